// What a person calls a DevLink3 packet, for ladder and capture. Passwords never appear in it.
import { parsePacket, type DevLink3Packet } from "../wire/devlink3-packet.ts";
import {
  parseRecordingRequest,
  RECORDING_OPERATION,
  RECORDING_PACKET_TYPE,
} from "../wire/recording-extension.ts";

/** Longest hex text of a packet; the rest is cut. */
const MAXIMUM_HEX_BYTES = 512;

export interface LadderEntry {
  readonly title: string;
  readonly text: string;
}

/** A received packet. */
export function describeReceived(payload: Uint8Array): LadderEntry {
  const packet = parsePacket(payload);
  if (!packet.ok) return { title: "malformed packet", text: hexText(payload) };
  if (packet.value.type === "authPlain") {
    return { title: titleOf(packet.value), text: "(password not shown)" };
  }
  return { title: titleOf(packet.value), text: hexText(payload) };
}

/** Hex of the payload, cut where it is very long. */
export function hexText(payload: Uint8Array): string {
  const shown = Buffer.from(payload.subarray(0, MAXIMUM_HEX_BYTES)).toString("hex");
  return payload.length > MAXIMUM_HEX_BYTES ? `${shown}… (${payload.length} bytes)` : shown;
}

/** Eight hex digits, as results and codes are spelled in the specification. */
export function codeText(code: number): string {
  return (code >>> 0).toString(16).padStart(8, "0").toUpperCase();
}

function titleOf(packet: DevLink3Packet): string {
  switch (packet.type) {
    case "testRequest":
      return "Test";
    case "authRequest":
      return `Auth request ${packet.user}`;
    case "authDigest":
      return "Auth SHA1 response";
    case "authPlain":
      return "Auth PLAIN response";
    case "eventRequest":
      return `Event request ${packet.flags}`;
    case "readRequest":
      return `Read file ${packet.name}`;
    case "unknown":
      return unknownTitle(packet.code, packet.payload);
    default:
      return `unexpected ${packet.type}`;
  }
}

function unknownTitle(code: number, payload: Uint8Array): string {
  if (code !== RECORDING_PACKET_TYPE.request) return `unknown packet ${codeText(code)}`;
  const request = parseRecordingRequest(payload);
  if (!request.ok) return "malformed recording request";
  const { operation, fields } = request.value;
  const name = Object.entries(RECORDING_OPERATION).find(([, value]) => value === operation)?.[0];
  return `Recording ${(name ?? String(operation)).toUpperCase()} ${fields.streamId ?? ""}`.trimEnd();
}
