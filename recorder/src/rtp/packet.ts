// The RTP packet codec.  RFC 3550 §5.1, §5.3.1
//
//  0                   1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
// |V=2|P|X|  CC   |M|     PT      |       sequence number         |
// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
// |                           timestamp                           |
// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
// |           synchronization source (SSRC) identifier            |
// +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
// |            contributing source (CSRC) identifiers, CC words    |
// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
// |  X: defined by profile        |  length in words, then those  |
// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
// `readRtpHeader` is the hot path: it fills one object that the caller keeps, and copies nothing.
import { type Parsed, parsed, refused } from "../parsed.ts";

/** Without CSRC and extension. */
export const RTP_HEADER_BYTES = 12;
/** Longest packet taken; 100 ms of G.711 with every option is shorter. */
export const RTP_PACKET_LIMIT_BYTES = 2048;

export interface RtpPacket {
  readonly payloadType: number;
  readonly marker: boolean;
  readonly sequence: number;
  readonly timestamp: number;
  readonly ssrc: number;
  readonly csrcs: readonly number[];
  /** RFC 3550 §5.3.1, or null without one. */
  readonly extension: { readonly profile: number; readonly data: Uint8Array } | null;
  readonly payload: Uint8Array;
  /** Bytes of padding cut off, the count byte included. */
  readonly paddingBytes: number;
}

/** What the hot path needs of a packet; reused from packet to packet. */
export interface RtpHeader {
  payloadType: number;
  marker: boolean;
  sequence: number;
  timestamp: number;
  ssrc: number;
  /** The payload is data[payloadStart, payloadEnd). */
  payloadStart: number;
  payloadEnd: number;
}

export type RtpFlaw =
  "too-short" | "too-long" | "bad-version" | "rtcp" | "bad-extension" | "bad-padding";

const FLAW_DETAILS: Readonly<Record<RtpFlaw, string>> = {
  "too-short": "The header or its CSRC list is cut off.",
  "too-long": `A packet has at most ${RTP_PACKET_LIMIT_BYTES} bytes.`,
  "bad-version": "The version is not 2.",
  rtcp: "This is RTCP, not RTP (RFC 5761 §4).",
  "bad-extension": "The header extension is cut off.",
  "bad-padding": "The padding is longer than the payload, or empty.",
};

export function makeRtpHeader(): RtpHeader {
  return {
    payloadType: 0,
    marker: false,
    sequence: 0,
    timestamp: 0,
    ssrc: 0,
    payloadStart: 0,
    payloadEnd: 0,
  };
}

/** Reads a datagram into `header`; null = well formed. Of "bad-padding" all but the end is read. */
export function readRtpHeader(data: Uint8Array, header: RtpHeader): RtpFlaw | null {
  const length = data.length;
  if (length < RTP_HEADER_BYTES) return "too-short";
  if (length > RTP_PACKET_LIMIT_BYTES) return "too-long";
  const first = data[0]!;
  if (first >> 6 !== 2) return "bad-version";
  const second = data[1]!;
  // Packet types 192–223 are RTCP's; as RTP they would be payload types 64–95 with the marker.
  if (second >= 192 && second <= 223) return "rtcp";
  let start = RTP_HEADER_BYTES + (first & 0x0f) * 4;
  if (start > length) return "too-short";
  if ((first & 0x10) !== 0) {
    if (start + 4 > length) return "bad-extension";
    start += 4 + ((data[start + 2]! << 8) | data[start + 3]!) * 4;
    if (start > length) return "bad-extension";
  }
  header.payloadType = second & 0x7f;
  header.marker = second > 0x7f;
  header.sequence = (data[2]! << 8) | data[3]!;
  header.timestamp = readWord(data, 4);
  header.ssrc = readWord(data, 8);
  header.payloadStart = start;
  header.payloadEnd = length;
  if ((first & 0x20) === 0) return null;
  const padding = data[length - 1]!;
  if (padding === 0 || start + padding > length) return "bad-padding";
  header.payloadEnd -= padding;
  return null;
}

/** RTP beyond doubt, with a payload and without padding, extension and CSRCs: the usual packet. */
export function isPlainRtp(data: Uint8Array): boolean {
  const { length } = data;
  if (length <= RTP_HEADER_BYTES || length > RTP_PACKET_LIMIT_BYTES || data[0] !== 0x80)
    return false;
  const second = data[1]!;
  return second < 192 || second > 223;
}

function readWord(data: Uint8Array, at: number): number {
  return ((data[at]! << 24) | (data[at + 1]! << 16) | (data[at + 2]! << 8) | data[at + 3]!) >>> 0;
}

/** The whole packet; payload and extension are views of `data`. */
export function parseRtpPacket(data: Uint8Array): Parsed<RtpPacket> {
  const header = makeRtpHeader();
  const flaw = readRtpHeader(data, header);
  if (flaw !== null) return refused(flaw, 0, FLAW_DETAILS[flaw]);
  const first = data[0]!;
  const csrcs: number[] = [];
  for (let index = 0; index < (first & 0x0f); index += 1) {
    csrcs.push(readWord(data, RTP_HEADER_BYTES + index * 4));
  }
  const extensionAt = RTP_HEADER_BYTES + csrcs.length * 4;
  const extension =
    (first & 0x10) === 0
      ? null
      : {
          profile: (data[extensionAt]! << 8) | data[extensionAt + 1]!,
          data: data.subarray(extensionAt + 4, header.payloadStart),
        };
  return parsed({
    payloadType: header.payloadType,
    marker: header.marker,
    sequence: header.sequence,
    timestamp: header.timestamp,
    ssrc: header.ssrc,
    csrcs,
    extension,
    payload: data.subarray(header.payloadStart, header.payloadEnd),
    paddingBytes: data.length - header.payloadEnd,
  });
}

/** The packet as bytes. At most 15 CSRCs; an extension is filled up with zeros to whole words. */
export function serializeRtpPacket(packet: RtpPacket): Uint8Array {
  const { csrcs, extension, payload, paddingBytes } = packet;
  const extensionWords = extension === null ? 0 : Math.ceil(extension.data.length / 4);
  const extensionBytes = extension === null ? 0 : 4 + extensionWords * 4;
  const payloadAt = RTP_HEADER_BYTES + csrcs.length * 4 + extensionBytes;
  const data = new Uint8Array(payloadAt + payload.length + paddingBytes);
  const view = new DataView(data.buffer);
  const flags = (paddingBytes > 0 ? 0x20 : 0) | (extension === null ? 0 : 0x10);
  data[0] = 0x80 | flags | csrcs.length;
  data[1] = (packet.marker ? 0x80 : 0) | packet.payloadType;
  view.setUint16(2, packet.sequence);
  view.setUint32(4, packet.timestamp);
  view.setUint32(8, packet.ssrc);
  csrcs.forEach((csrc, index) => view.setUint32(RTP_HEADER_BYTES + index * 4, csrc));
  if (extension !== null) {
    const at = RTP_HEADER_BYTES + csrcs.length * 4;
    view.setUint16(at, extension.profile);
    view.setUint16(at + 2, extensionWords);
    data.set(extension.data, at + 4);
  }
  data.set(payload, payloadAt);
  if (paddingBytes > 0) data[data.length - 1] = paddingBytes;
  return data;
}
