// RTCP of the simulated IP Office (codec): sender and receiver reports, CNAME, BYE, and the NTP
// arithmetic around them.  RFC 3550 §6.4.1, §6.4.2, §6.5, §6.6, §4
//
// |V=2|P|  RC/SC  |      PT       |     length in words - 1       |
import { unreachable } from "../unreachable.ts";
import { parsed, refused } from "./parsed.ts";
import type { Parsed } from "./parsed.ts";

const SENDER_REPORT = 200;
const RECEIVER_REPORT = 201;
const SOURCE_DESCRIPTION = 202;
const GOODBYE = 203;
const CNAME = 1;
const REPORT_BLOCK_BYTES = 24;
/** Seconds between 1900-01-01 (NTP) and 1970-01-01. */
const NTP_EPOCH_SECONDS = 2_208_988_800;
/** More packets than this in one datagram are refused. */
const MAX_PACKETS = 32;

/** A 64-bit NTP timestamp. */
export interface NtpTime {
  readonly seconds: number;
  readonly fraction: number;
}

export interface ReportBlock {
  readonly ssrc: number;
  /** 0–255, in 256ths. */
  readonly fractionLost: number;
  /** Signed, 24 bits. */
  readonly cumulativeLost: number;
  readonly highestSequence: number;
  /** In timestamp units. */
  readonly jitter: number;
  /** Middle 32 bits of the NTP time of the last sender report; 0 = none yet. */
  readonly lastSenderReport: number;
  /** In 1/65536 s. */
  readonly delaySinceLastSenderReport: number;
}

export type RtcpPacket =
  | {
      readonly type: "sender-report";
      readonly ssrc: number;
      readonly ntp: NtpTime;
      readonly rtpTimestamp: number;
      readonly packetCount: number;
      readonly octetCount: number;
      readonly blocks: readonly ReportBlock[];
    }
  | {
      readonly type: "receiver-report";
      readonly ssrc: number;
      readonly blocks: readonly ReportBlock[];
    }
  | { readonly type: "cname"; readonly ssrc: number; readonly cname: string }
  | { readonly type: "bye"; readonly sources: readonly number[] }
  | { readonly type: "other"; readonly packetType: number; readonly body: Uint8Array };

/** NTP time of a wall clock reading in epoch milliseconds. */
export function ntpFromWallTime(wallTimeMs: number): NtpTime {
  const wholeSeconds = Math.floor(wallTimeMs / 1000);
  const fraction = Math.floor(((wallTimeMs - wholeSeconds * 1000) / 1000) * 0x1_0000_0000);
  return { seconds: (wholeSeconds + NTP_EPOCH_SECONDS) % 0x1_0000_0000, fraction };
}

/** The middle 32 bits, as in LSR. */
export function compactNtp(time: NtpTime): number {
  return (time.seconds & 0xffff) * 0x10000 + (time.fraction >>> 16);
}

/**
 * Round trip in ms by RFC 3550 §6.4.1 (A − LSR − DLSR); null when the peer has had no sender
 * report, or when the figures do not fit together.
 */
export function roundTripMs(arrival: NtpTime, block: ReportBlock): number | null {
  if (block.lastSenderReport === 0) return null;
  const units =
    (compactNtp(arrival) - block.lastSenderReport - block.delaySinceLastSenderReport) >>> 0;
  // Half the number range or more is a negative difference: clocks or figures are wrong.
  return units >= 0x8000_0000 ? null : (units * 1000) / 65536;
}

function blockBytes(view: DataView, at: number, block: ReportBlock): void {
  view.setUint32(at, block.ssrc);
  view.setUint32(at + 4, block.fractionLost * 0x1000000 + (block.cumulativeLost & 0xffffff));
  view.setUint32(at + 8, block.highestSequence);
  view.setUint32(at + 12, block.jitter);
  view.setUint32(at + 16, block.lastSenderReport);
  view.setUint32(at + 20, block.delaySinceLastSenderReport);
}

function withHeader(options: { count: number; packetType: number; bodyBytes: number }): DataView {
  const view = new DataView(new ArrayBuffer(4 + options.bodyBytes));
  view.setUint8(0, 0x80 | options.count);
  view.setUint8(1, options.packetType);
  view.setUint16(2, options.bodyBytes / 4);
  return view;
}

function serializeReport(
  packet: Extract<RtcpPacket, { type: "sender-report" | "receiver-report" }>,
): DataView {
  const isSender = packet.type === "sender-report";
  const blocksAt = isSender ? 28 : 8;
  const view = withHeader({
    count: packet.blocks.length,
    packetType: isSender ? SENDER_REPORT : RECEIVER_REPORT,
    bodyBytes: blocksAt - 4 + packet.blocks.length * REPORT_BLOCK_BYTES,
  });
  view.setUint32(4, packet.ssrc);
  if (packet.type === "sender-report") {
    view.setUint32(8, packet.ntp.seconds);
    view.setUint32(12, packet.ntp.fraction);
    view.setUint32(16, packet.rtpTimestamp);
    view.setUint32(20, packet.packetCount);
    view.setUint32(24, packet.octetCount);
  }
  for (const [index, block] of packet.blocks.entries()) {
    blockBytes(view, blocksAt + index * REPORT_BLOCK_BYTES, block);
  }
  return view;
}

function serializeOne(packet: RtcpPacket): DataView {
  switch (packet.type) {
    case "sender-report":
    case "receiver-report":
      return serializeReport(packet);
    case "cname": {
      const text = new TextEncoder().encode(packet.cname).subarray(0, 255);
      // At least one null octet ends the item list, then padding to a word.  §6.5
      const view = withHeader({
        count: 1,
        packetType: SOURCE_DESCRIPTION,
        bodyBytes: 4 + Math.ceil((2 + text.length + 1) / 4) * 4,
      });
      view.setUint32(4, packet.ssrc);
      view.setUint8(8, CNAME);
      view.setUint8(9, text.length);
      new Uint8Array(view.buffer).set(text, 10);
      return view;
    }
    case "bye": {
      const count = packet.sources.length;
      const view = withHeader({ count, packetType: GOODBYE, bodyBytes: 4 * count });
      for (const [index, source] of packet.sources.entries()) view.setUint32(4 + 4 * index, source);
      return view;
    }
    case "other": {
      const { packetType, body } = packet;
      const view = withHeader({ count: 0, packetType, bodyBytes: body.length });
      new Uint8Array(view.buffer).set(body, 4);
      return view;
    }
    default:
      return unreachable(packet);
  }
}

/** One compound packet. §6.1 wants a report first; that is the caller's choice. */
export function serializeRtcp(packets: readonly RtcpPacket[]): Uint8Array {
  const parts = packets.map(serializeOne);
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(new Uint8Array(part.buffer), at);
    at += part.byteLength;
  }
  return bytes;
}

function parseBlock(view: DataView, at: number): ReportBlock {
  const loss = view.getUint32(at + 4);
  return {
    ssrc: view.getUint32(at),
    fractionLost: loss >>> 24,
    cumulativeLost: (loss << 8) >> 8,
    highestSequence: view.getUint32(at + 8),
    jitter: view.getUint32(at + 12),
    lastSenderReport: view.getUint32(at + 16),
    delaySinceLastSenderReport: view.getUint32(at + 20),
  };
}

function parseReport(view: DataView, isSender: boolean): RtcpPacket | null {
  const count = view.getUint8(0) & 0x1f;
  const blocksAt = isSender ? 28 : 8;
  if (view.byteLength < blocksAt + count * REPORT_BLOCK_BYTES) return null;
  const blocks: ReportBlock[] = [];
  for (let index = 0; index < count; index += 1) {
    blocks.push(parseBlock(view, blocksAt + index * REPORT_BLOCK_BYTES));
  }
  const ssrc = view.getUint32(4);
  if (!isSender) return { type: "receiver-report", ssrc, blocks };
  return {
    type: "sender-report",
    ssrc,
    ntp: { seconds: view.getUint32(8), fraction: view.getUint32(12) },
    rtpTimestamp: view.getUint32(16),
    packetCount: view.getUint32(20),
    octetCount: view.getUint32(24),
    blocks,
  };
}

function parseOne(view: DataView): RtcpPacket | null {
  const count = view.getUint8(0) & 0x1f;
  const packetType = view.getUint8(1);
  const body = new Uint8Array(view.buffer, view.byteOffset + 4, view.byteLength - 4);
  switch (packetType) {
    case SENDER_REPORT:
    case RECEIVER_REPORT:
      return parseReport(view, packetType === SENDER_REPORT);
    case SOURCE_DESCRIPTION: {
      if (count !== 1 || body.length < 8 || body[4] !== CNAME) break;
      const length = body[5]!;
      if (6 + length > body.length) return null;
      const cname = new TextDecoder().decode(body.subarray(6, 6 + length));
      return { type: "cname", ssrc: view.getUint32(4), cname };
    }
    case GOODBYE: {
      if (view.byteLength < 4 + 4 * count) return null;
      const sources = Array.from({ length: count }, (_, index) => view.getUint32(4 + 4 * index));
      return { type: "bye", sources };
    }
    default:
      break;
  }
  return { type: "other", packetType, body };
}

/** Reads all packets of a compound datagram. */
export function parseRtcp(bytes: Uint8Array): Parsed<RtcpPacket[]> {
  const packets: RtcpPacket[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (packets.length === MAX_PACKETS) return refused("too-many", at, "too many RTCP packets");
    if (bytes.length - at < 4) return refused("truncated", at, "an RTCP header is cut off");
    if (bytes[at]! >> 6 !== 2) return refused("bad-version", at, "the RTCP version is not 2");
    const end = at + 4 + 4 * ((bytes[at + 2]! << 8) | bytes[at + 3]!);
    if (end > bytes.length) return refused("truncated", at, "an RTCP packet is cut off");
    const isPadded = (bytes[at]! & 0x20) !== 0;
    const paddingBytes = isPadded ? bytes[end - 1]! : 0;
    // "In a compound RTCP packet, padding is only required on one individual packet", the last.
    if (isPadded && (end !== bytes.length || paddingBytes === 0 || paddingBytes > end - at - 4)) {
      return refused("bad-padding", at, "the RTCP padding does not fit");
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset + at, end - at - paddingBytes);
    const packet = parseOne(view);
    if (packet === null) return refused("bad-length", at, "an RTCP packet is too short");
    packets.push(packet);
    at = end;
  }
  if (packets.length === 0) return refused("truncated", 0, "an empty RTCP datagram");
  return parsed(packets);
}
