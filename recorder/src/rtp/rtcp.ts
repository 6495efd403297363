// The RTCP codec: sender and receiver reports, source description and BYE, alone or compound.
// RFC 3550 §6.4–6.6. Packets of other types are stepped over.
//
//  0                   1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
// |V=2|P| RC / SC |      PT       |   length in words − 1         |
// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
// |            SSRC of the sender of this packet                  |
// +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
// | SR: NTP time (2 words), RTP timestamp, packets, octets; then  |
// | RC × report block: SSRC, fraction lost (8) + lost (24, signed)|
// |   highest sequence, jitter, LSR, DLSR                         |
// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
import { type Parsed, parsed, refused } from "../parsed.ts";

export const RTCP_LIMIT_BYTES = 2048;
const SENDER_REPORT = 200;
const RECEIVER_REPORT = 201;
const SOURCE_DESCRIPTION = 202;
const GOODBYE = 203;
const CNAME = 1;
const BLOCK_BYTES = 24;
/** "cumulative number of packets lost" is a signed 24-bit number. */
const LOST_MAXIMUM = 0x7fffff;

export interface ReportBlock {
  readonly ssrc: number;
  /** In 1/256. */
  readonly fractionLost: number;
  readonly packetsLost: number;
  readonly highestSequence: number;
  readonly jitter: number;
  /** Middle 32 bits of the NTP time of the last sender report; 0 = none yet. */
  readonly lastSenderReport: number;
  /** Delay since then in 1/65,536 s. */
  readonly delaySinceLastSenderReport: number;
}

export type RtcpPacket =
  | {
      readonly type: "senderReport";
      readonly ssrc: number;
      readonly ntpSeconds: number;
      readonly ntpFraction: number;
      readonly rtpTimestamp: number;
      readonly packets: number;
      readonly octets: number;
      readonly blocks: readonly ReportBlock[];
    }
  | {
      readonly type: "receiverReport";
      readonly ssrc: number;
      readonly blocks: readonly ReportBlock[];
    }
  | {
      readonly type: "sourceDescription";
      readonly chunks: readonly {
        readonly ssrc: number;
        readonly items: readonly { readonly item: number; readonly text: string }[];
      }[];
    }
  | { readonly type: "goodbye"; readonly ssrcs: readonly number[]; readonly reason: string | null };

/** "The middle 32 bits out of 64 in the NTP timestamp": what LSR repeats. */
export function middleOfNtp(ntpSeconds: number, ntpFraction: number): number {
  return (((ntpSeconds & 0xffff) << 16) | (ntpFraction >>> 16)) >>> 0;
}

/** Milliseconds as DLSR counts them. */
export function delayUnits(delayMs: number): number {
  return Math.min(0xffff_ffff, Math.max(0, Math.round((delayMs * 65_536) / 1000)));
}

/** All packets of a datagram. A flaw in any part refuses the whole. */
export function parseRtcp(data: Uint8Array): Parsed<readonly RtcpPacket[]> {
  if (data.length > RTCP_LIMIT_BYTES) return refused("too-long", 0, "The datagram is too long.");
  if (data.length < 4) return refused("too-short", 0, "No RTCP header fits.");
  const packets: RtcpPacket[] = [];
  for (let at = 0; at < data.length;) {
    if (at + 4 > data.length) return refused("too-short", at, "A header is cut off.");
    const first = data[at]!;
    if (first >> 6 !== 2) return refused("bad-version", at, "The version is not 2.");
    const end = at + 4 + ((data[at + 2]! << 8) | data[at + 3]!) * 4;
    if (end > data.length)
      return refused("bad-length", at, "A packet is longer than its datagram.");
    const padding = (first & 0x20) === 0 ? 0 : data[end - 1]!;
    if (padding > end - at - 4) return refused("bad-padding", at, "The padding is too long.");
    const body = new DataView(data.buffer, data.byteOffset + at + 4, end - at - 4 - padding);
    const packet = parseOne(data[at + 1]!, first & 0x1f, body);
    if (packet === "cut-off") return refused("too-short", at, "A packet's content is cut off.");
    if (packet !== null) packets.push(packet);
    at = end;
  }
  return parsed(packets);
}

function parseOne(type: number, count: number, body: DataView): RtcpPacket | null | "cut-off" {
  switch (type) {
    case SENDER_REPORT: {
      if (body.byteLength < 24 + count * BLOCK_BYTES) return "cut-off";
      return {
        type: "senderReport",
        ssrc: body.getUint32(0),
        ntpSeconds: body.getUint32(4),
        ntpFraction: body.getUint32(8),
        rtpTimestamp: body.getUint32(12),
        packets: body.getUint32(16),
        octets: body.getUint32(20),
        blocks: parseBlocks(body, 24, count),
      };
    }
    case RECEIVER_REPORT:
      if (body.byteLength < 4 + count * BLOCK_BYTES) return "cut-off";
      return {
        type: "receiverReport",
        ssrc: body.getUint32(0),
        blocks: parseBlocks(body, 4, count),
      };
    case SOURCE_DESCRIPTION:
      return parseDescription(body, count);
    case GOODBYE:
      return parseGoodbye(body, count);
    default:
      return null;
  }
}

function parseBlocks(body: DataView, from: number, count: number): ReportBlock[] {
  return Array.from({ length: count }, (_, index) => {
    const at = from + index * BLOCK_BYTES;
    return {
      ssrc: body.getUint32(at),
      fractionLost: body.getUint8(at + 4),
      packetsLost: (body.getInt16(at + 5) << 8) | body.getUint8(at + 7),
      highestSequence: body.getUint32(at + 8),
      jitter: body.getUint32(at + 12),
      lastSenderReport: body.getUint32(at + 16),
      delaySinceLastSenderReport: body.getUint32(at + 20),
    };
  });
}

function textOf(body: DataView, at: number, length: number): string {
  return new TextDecoder().decode(new Uint8Array(body.buffer, body.byteOffset + at, length));
}

function parseDescription(body: DataView, count: number): RtcpPacket | "cut-off" {
  const chunks: { ssrc: number; items: { item: number; text: string }[] }[] = [];
  let at = 0;
  for (let chunk = 0; chunk < count; chunk += 1) {
    if (at + 4 > body.byteLength) return "cut-off";
    const ssrc = body.getUint32(at);
    const items: { item: number; text: string }[] = [];
    at += 4;
    for (;;) {
      if (at >= body.byteLength) return "cut-off";
      const item = body.getUint8(at);
      // "The list of items in each chunk MUST be terminated by one or more null octets", to a word.
      if (item === 0) break;
      if (at + 2 > body.byteLength) return "cut-off";
      const length = body.getUint8(at + 1);
      if (at + 2 + length > body.byteLength) return "cut-off";
      items.push({ item, text: textOf(body, at + 2, length) });
      at += 2 + length;
    }
    at = (at + 4) & ~3;
    chunks.push({ ssrc, items });
  }
  return { type: "sourceDescription", chunks };
}

function parseGoodbye(body: DataView, count: number): RtcpPacket | "cut-off" {
  const at = count * 4;
  if (body.byteLength < at) return "cut-off";
  const ssrcs = Array.from({ length: count }, (_, index) => body.getUint32(index * 4));
  if (body.byteLength === at) return { type: "goodbye", ssrcs, reason: null };
  const length = body.getUint8(at);
  if (at + 1 + length > body.byteLength) return "cut-off";
  return { type: "goodbye", ssrcs, reason: textOf(body, at + 1, length) };
}

/**
 * The compound packet of a receiver: RR, then SDES with CNAME ("Each compound RTCP packet MUST
 * include … an SDES packet containing the CNAME item", §6.1). At most 31 blocks.
 */
export function serializeReceiverReport(report: {
  readonly ssrc: number;
  readonly blocks: readonly ReportBlock[];
  readonly cname: string;
}): Uint8Array {
  const { ssrc, blocks } = report;
  const cname = new TextEncoder().encode(report.cname).subarray(0, 255);
  const reportBytes = 8 + blocks.length * BLOCK_BYTES;
  // SSRC, item, length, text, and at least one null octet up to a whole word.
  const chunkBytes = (4 + 2 + cname.length + 4) & ~3;
  const data = new Uint8Array(reportBytes + 4 + chunkBytes);
  const view = new DataView(data.buffer);
  data[0] = 0x80 | blocks.length;
  data[1] = RECEIVER_REPORT;
  view.setUint16(2, reportBytes / 4 - 1);
  view.setUint32(4, ssrc);
  blocks.forEach((block, index) => writeBlock(view, 8 + index * BLOCK_BYTES, block));
  data[reportBytes] = 0x81;
  data[reportBytes + 1] = SOURCE_DESCRIPTION;
  view.setUint16(reportBytes + 2, chunkBytes / 4);
  view.setUint32(reportBytes + 4, ssrc);
  data[reportBytes + 8] = CNAME;
  data[reportBytes + 9] = cname.length;
  data.set(cname, reportBytes + 10);
  return data;
}

function writeBlock(view: DataView, at: number, block: ReportBlock): void {
  const lost = Math.max(-LOST_MAXIMUM - 1, Math.min(LOST_MAXIMUM, block.packetsLost));
  view.setUint32(at, block.ssrc);
  view.setUint32(at + 4, (((block.fractionLost & 0xff) << 24) | (lost & 0xffffff)) >>> 0);
  view.setUint32(at + 8, block.highestSequence);
  view.setUint32(at + 12, block.jitter);
  view.setUint32(at + 16, block.lastSenderReport);
  view.setUint32(at + 20, block.delaySinceLastSenderReport);
}
