// Writes DevLink3 packets, both directions: the mirror of devlink3-packet.ts. devlink3.md §3–§7.
import { unreachable } from "../unreachable.ts";
import {
  AUTH_KIND,
  PACKET_TYPE,
  PLAIN_PASSWORD_BYTES,
  RESULT,
  type DevLink3Packet,
} from "./devlink3-packet.ts";
import { encodeText, serializeTuples } from "./devlink3-tuple.ts";

type Part = { readonly u32: number } | { readonly u16: number } | { readonly bytes: Uint8Array };

function join(parts: readonly Part[]): Uint8Array {
  let sizeBytes = 0;
  for (const part of parts) {
    sizeBytes += "bytes" in part ? part.bytes.length : "u32" in part ? 4 : 2;
  }
  const joined = new Uint8Array(sizeBytes);
  const view = new DataView(joined.buffer);
  let at = 0;
  for (const part of parts) {
    if ("bytes" in part) {
      joined.set(part.bytes, at);
      at += part.bytes.length;
    } else if ("u32" in part) {
      view.setUint32(at, part.u32);
      at += 4;
    } else {
      view.setUint16(at, part.u16);
      at += 2;
    }
  }
  return joined;
}

function countedText(text: string): Part[] {
  const bytes = encodeText(text);
  return [{ u16: bytes.length }, { bytes }];
}

/** An empty list of accepted flags is a length of 0, without a NUL (vector E6). */
function acceptedFlags(flags: string): Part[] {
  return flags === "" ? [{ u16: 0 }] : countedText(flags);
}

/** Writes the payload of one frame. */
export function serializePacket(packet: DevLink3Packet): Uint8Array {
  switch (packet.type) {
    case "testRequest":
      return join([
        ...head(PACKET_TYPE.testRequest, packet.requestId),
        { u32: packet.payloadBytes },
        { bytes: packet.payload },
      ]);
    case "testResponse":
      return join([
        ...head(PACKET_TYPE.testResponse, packet.requestId, packet.result),
        { u32: packet.payload.length },
        { bytes: packet.payload },
      ]);
    case "authRequest":
      return join([
        ...head(PACKET_TYPE.authRequest, packet.requestId, AUTH_KIND.user),
        { bytes: encodeText(packet.user) },
        { bytes: serializeTuples(packet.tuples) },
      ]);
    case "authDigest":
    case "authPlain":
    case "authChallenge":
      return serializeAuthentication(packet);
    case "authResult":
      return join([
        ...head(PACKET_TYPE.authResponse, packet.requestId, packet.result),
        { bytes: serializeTuples(packet.tuples) },
      ]);
    case "eventRequest":
      return join([
        ...head(PACKET_TYPE.eventRequest, packet.requestId),
        ...countedText(packet.flags),
      ]);
    case "eventResponse":
      return join([
        ...head(PACKET_TYPE.eventResponse, packet.requestId, packet.result),
        ...acceptedFlags(packet.flags),
      ]);
    case "event":
      return join([
        ...head(PACKET_TYPE.event, packet.address, packet.counter),
        { bytes: serializeTuples(packet.tuples) },
      ]);
    case "readRequest":
      return join([
        ...head(PACKET_TYPE.readRequest, packet.requestId),
        ...countedText(packet.name),
      ]);
    case "readResponse":
      return join([
        ...head(PACKET_TYPE.readResponse, packet.requestId, packet.result),
        { bytes: packet.data },
      ]);
    case "unknown":
      return packet.payload;
    default:
      return unreachable(packet);
  }
}

function head(...numbers: readonly number[]): Part[] {
  return numbers.map((u32) => ({ u32 }));
}

type AuthenticationPacket = Extract<
  DevLink3Packet,
  { type: "authDigest" | "authPlain" | "authChallenge" }
>;

function serializeAuthentication(packet: AuthenticationPacket): Uint8Array {
  switch (packet.type) {
    case "authDigest":
      return join([
        ...head(PACKET_TYPE.authRequest, packet.requestId, AUTH_KIND.sha1, packet.digest.length),
        { bytes: packet.digest },
      ]);
    case "authPlain": {
      const padded = new Uint8Array(PLAIN_PASSWORD_BYTES);
      padded.set(packet.password.subarray(0, PLAIN_PASSWORD_BYTES));
      return join([
        ...head(PACKET_TYPE.authRequest, packet.requestId, AUTH_KIND.plain, PLAIN_PASSWORD_BYTES),
        { bytes: padded },
      ]);
    }
    case "authChallenge": {
      if (packet.challenge === null) {
        return join(head(PACKET_TYPE.authResponse, packet.requestId, RESULT.challengePlain));
      }
      const { challenge, requestId } = packet;
      return join([
        ...head(PACKET_TYPE.authResponse, requestId, RESULT.challengeSha1, challenge.length),
        { bytes: challenge },
      ]);
    }
    default:
      return unreachable(packet);
  }
}
