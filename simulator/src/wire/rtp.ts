// RTP packets of the simulated IP Office (codec).  RFC 3550 §5.1
//
//  0                   1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// |V=2|P|X|  CC   |M|     PT      |       sequence number         |
// |                           timestamp                           |
// |           synchronization source (SSRC) identifier            |
// |            contributing source (CSRC) identifiers …           |
import { parsed, refused } from "./parsed.ts";
import type { Parsed } from "./parsed.ts";

export const RTP_HEADER_BYTES = 12;
const MAX_CSRC_COUNT = 15;

export interface RtpPacket {
  readonly marker: boolean;
  /** 0–127. */
  readonly payloadType: number;
  readonly sequence: number;
  readonly timestamp: number;
  readonly ssrc: number;
  readonly contributors: readonly number[];
  /** Header extension (§5.3.1); its length is a multiple of 4. */
  readonly extension: { readonly profile: number; readonly data: Uint8Array } | null;
  readonly payload: Uint8Array;
  /** Octets of padding that follow the payload, the count octet included; 0 = none. */
  readonly paddingBytes: number;
}

/** The fields of a header without contributors, extension or padding. */
export interface PlainRtpHeader {
  readonly marker: boolean;
  readonly payloadType: number;
  readonly sequence: number;
  readonly timestamp: number;
  readonly ssrc: number;
}

function writeUint32(target: Uint8Array, offset: number, value: number): void {
  target[offset] = value >>> 24;
  target[offset + 1] = value >>> 16;
  target[offset + 2] = value >>> 8;
  target[offset + 3] = value;
}

function readUint32(bytes: Uint8Array, offset: number): number {
  const high = (bytes[offset]! << 8) | bytes[offset + 1]!;
  return high * 0x10000 + ((bytes[offset + 2]! << 8) | bytes[offset + 3]!);
}

/** Writes a plain header into the first 12 bytes of `target`: the sender's fast path. */
export function writeRtpHeader(target: Uint8Array, header: PlainRtpHeader): void {
  target[0] = 0x80;
  target[1] = (header.marker ? 0x80 : 0) | header.payloadType;
  target[2] = header.sequence >>> 8;
  target[3] = header.sequence;
  writeUint32(target, 4, header.timestamp);
  writeUint32(target, 8, header.ssrc);
}

export function serializeRtp(packet: RtpPacket): Uint8Array {
  const { contributors, extension, paddingBytes } = packet;
  const extensionBytes = extension === null ? 0 : 4 + extension.data.length;
  const payloadAt = RTP_HEADER_BYTES + 4 * contributors.length + extensionBytes;
  const bytes = new Uint8Array(payloadAt + packet.payload.length + paddingBytes);
  writeRtpHeader(bytes, packet);
  bytes[0] =
    0x80 | (paddingBytes > 0 ? 0x20 : 0) | (extension === null ? 0 : 0x10) | contributors.length;
  for (const [index, source] of contributors.entries()) {
    writeUint32(bytes, RTP_HEADER_BYTES + 4 * index, source);
  }
  if (extension !== null) {
    const at = payloadAt - extensionBytes;
    writeUint32(bytes, at, extension.profile * 0x10000 + extension.data.length / 4);
    bytes.set(extension.data, at + 4);
  }
  bytes.set(packet.payload, payloadAt);
  if (paddingBytes > 0) bytes[bytes.length - 1] = paddingBytes;
  return bytes;
}

/** Reads one datagram. The payload is a view of `bytes`. */
export function parseRtp(bytes: Uint8Array): Parsed<RtpPacket> {
  if (bytes.length < RTP_HEADER_BYTES) {
    return refused("truncated", bytes.length, "shorter than the fixed RTP header");
  }
  const first = bytes[0]!;
  if (first >> 6 !== 2) return refused("bad-version", 0, "the RTP version is not 2");
  const contributorCount = first & MAX_CSRC_COUNT;
  let at = RTP_HEADER_BYTES + 4 * contributorCount;
  if (at > bytes.length) return refused("truncated", bytes.length, "the CSRC list is cut off");
  const contributors: number[] = [];
  for (let index = 0; index < contributorCount; index += 1) {
    contributors.push(readUint32(bytes, RTP_HEADER_BYTES + 4 * index));
  }
  let extension: RtpPacket["extension"] = null;
  if ((first & 0x10) !== 0) {
    if (at + 4 > bytes.length) return refused("truncated", at, "the extension header is cut off");
    const head = readUint32(bytes, at);
    const end = at + 4 + 4 * (head & 0xffff);
    if (end > bytes.length) return refused("truncated", at, "the header extension is cut off");
    extension = { profile: head >>> 16, data: bytes.subarray(at + 4, end) };
    at = end;
  }
  const paddingBytes = (first & 0x20) === 0 ? 0 : bytes[bytes.length - 1]!;
  if ((first & 0x20) !== 0 && (paddingBytes === 0 || paddingBytes > bytes.length - at)) {
    return refused("bad-padding", bytes.length - 1, "the padding count does not fit the packet");
  }
  return parsed({
    marker: (bytes[1]! & 0x80) !== 0,
    payloadType: bytes[1]! & 0x7f,
    sequence: (bytes[2]! << 8) | bytes[3]!,
    timestamp: readUint32(bytes, 4),
    ssrc: readUint32(bytes, 8),
    contributors,
    extension,
    payload: bytes.subarray(at, bytes.length - paddingBytes),
    paddingBytes,
  });
}
