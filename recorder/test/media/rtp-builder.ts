// Builders of RTP for tests of the media plane: frames whose bytes tell their number, packets with
// defaults, and a sender that numbers and stamps them.
import { serializeRtpPacket } from "../../src/rtp/packet.ts";

export const FRAME = 160;

/** 160 bytes that are neither silence nor tone, and differ from frame to frame. */
export function frame(number: number): Uint8Array {
  return Uint8Array.from(
    { length: FRAME },
    (_, index) => 1 + ((number * 7 + index * 3 + (number >> 5)) % 100),
  );
}

export interface PacketDefaults {
  readonly ssrc?: number;
  readonly firstSequence?: number;
  readonly firstTimestamp?: number;
  readonly payloadType?: number;
}

/** Packet number `n` of a stream of 20 ms frames. */
export function packet(n: number, of: PacketDefaults = {}): Uint8Array {
  return rtp({
    payload: frame(n),
    sequence: (of.firstSequence ?? 0) + n,
    timestamp: (of.firstTimestamp ?? 0) + n * FRAME,
    ssrc: of.ssrc ?? 0xabcd,
    payloadType: of.payloadType ?? 0,
  });
}

export function rtp(fields: {
  readonly payload: Uint8Array;
  readonly sequence: number;
  readonly timestamp: number;
  readonly ssrc?: number;
  readonly payloadType?: number;
}): Uint8Array {
  return serializeRtpPacket({
    payloadType: fields.payloadType ?? 0,
    marker: false,
    sequence: fields.sequence & 0xffff,
    timestamp: fields.timestamp >>> 0,
    ssrc: fields.ssrc ?? 0xabcd,
    csrcs: [],
    extension: null,
    payload: fields.payload,
    paddingBytes: 0,
  });
}

/** Frames one after the other. */
export function frames(numbers: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(numbers.length * FRAME);
  numbers.forEach((number, index) => bytes.set(frame(number), index * FRAME));
  return bytes;
}

export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}
