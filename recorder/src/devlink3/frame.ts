// A DevLink3 byte stream ↔ frames.  devlink3.md §2. First stage of the link: bytes in any pieces,
// whole payloads out. Once damaged it stays damaged: there are no marks to find the next frame by,
// so the owner reconnects.
//
//   short   49 | 0LLLLLLL LLLLLLLL          | payload     L = whole frame, header included
//   long    49 | 1LLLLLLL 0LLLLLLL LLLLLLLL | payload     7 + 7 + 8 bits = 22 bits of L
import { assert } from "../assert.ts";
import { refused, type Problem } from "../parsed.ts";

/** Bit 22 of the length would fall on the marker bit. */
export const MAXIMUM_FRAME_BYTES = 0x3fffff;
/** Longest frame in the short form: its top bit must stay 0. */
export const MAXIMUM_SHORT_FRAME_BYTES = 0x7fff;

const DISCRIMINATOR = 0x49;
const SHORT_HEADER_BYTES = 3;
const LONG_HEADER_BYTES = 4;
const TYPE_BYTES = 4;
const INITIAL_BUFFER_BYTES = 4_096;
/** An empty buffer larger than this is given back: it was for one long file. */
const KEPT_BUFFER_BYTES = 65_536;

export interface FrameLimits {
  /** Header included; at most MAXIMUM_FRAME_BYTES. */
  readonly maximumFrameBytes: number;
}

export type FrameOutput =
  | { readonly type: "frame"; readonly payload: Uint8Array }
  /** Stream integrity is lost: close. */
  | { readonly type: "damaged"; readonly problem: Problem };

/** One frame around `payload`, always in the shortest form. */
export function serializeFrame(payload: Uint8Array): Uint8Array {
  const isShort = payload.length + SHORT_HEADER_BYTES <= MAXIMUM_SHORT_FRAME_BYTES;
  const headerBytes = isShort ? SHORT_HEADER_BYTES : LONG_HEADER_BYTES;
  const length = payload.length + headerBytes;
  assert(length <= MAXIMUM_FRAME_BYTES, "A DevLink3 frame has at most 4,194,303 bytes.");
  const frame = new Uint8Array(length);
  frame[0] = DISCRIMINATOR;
  if (isShort) {
    frame[1] = length >>> 8;
    frame[2] = length & 0xff;
  } else {
    // The shift is 15, not 16: the middle byte carries seven bits.  §2, quirks
    frame[1] = 0x80 | (length >>> 15);
    frame[2] = (length >>> 8) & 0x7f;
    frame[3] = length & 0xff;
  }
  frame.set(payload, headerBytes);
  return frame;
}

export class Deframer {
  readonly #maximumFrameBytes: number;
  /** Received and not yet given out: #buffer[#begin, #end). */
  #buffer = new Uint8Array(INITIAL_BUFFER_BYTES);
  #begin = 0;
  #end = 0;
  /** Of the stream, for messages. */
  #offset = 0;
  #isDamaged = false;

  constructor(limits: FrameLimits) {
    this.#maximumFrameBytes = Math.min(limits.maximumFrameBytes, MAXIMUM_FRAME_BYTES);
  }

  push(data: Uint8Array): FrameOutput[] {
    if (this.#isDamaged) return [];
    this.#append(data);
    const outputs: FrameOutput[] = [];
    for (let output = this.#next(); output !== null; output = this.#next()) outputs.push(output);
    return outputs;
  }

  /** Bytes held for a frame that is not complete. */
  pendingBytes(): number {
    return this.#end - this.#begin;
  }

  #next(): FrameOutput | null {
    if (this.#isDamaged) return null;
    const size = this.#measure();
    if (size === null) return null;
    if ("problem" in size) {
      this.#isDamaged = true;
      this.#buffer = new Uint8Array(0);
      this.#begin = this.#end = 0;
      return { type: "damaged", problem: size.problem };
    }
    if (this.#end - this.#begin < size.length) return null;
    const next = this.#begin + size.length;
    const payload = this.#buffer.slice(this.#begin + size.headerBytes, next);
    this.#begin = next;
    this.#offset += size.length;
    return { type: "frame", payload };
  }

  /** Header of the frame at the front; null while too little of it is there. */
  #measure(): { headerBytes: number; length: number } | { problem: Problem } | null {
    const available = this.#end - this.#begin;
    if (available < 1) return null;
    const [mark, b1 = 0, b2 = 0, b3 = 0] = this.#buffer.subarray(this.#begin, this.#begin + 4);
    if (mark !== DISCRIMINATOR) return this.#problem("bad-mark", "A frame must begin with 0x49.");
    if (available < SHORT_HEADER_BYTES) return null;
    const isLong = (b1 & 0x80) !== 0;
    if (isLong && available < LONG_HEADER_BYTES) return null;
    // "legal only if bit 0 of b1 is set too": both then stand for bit 15 of the length.  §2, rule 4
    if (isLong && (b2 & 0x80) !== 0 && (b1 & 0x01) === 0) {
      return this.#problem("bad-length", "The length bytes of a long frame contradict each other.");
    }
    const headerBytes = isLong ? LONG_HEADER_BYTES : SHORT_HEADER_BYTES;
    const length = isLong ? ((b1 & 0x7f) << 15) | ((b2 & 0x7f) << 8) | b3 : (b1 << 8) | b2;
    if (length < headerBytes + TYPE_BYTES) {
      return this.#problem("too-short", `A frame of ${length} bytes has no room for a type.`);
    }
    if (length > this.#maximumFrameBytes) {
      return this.#problem("too-long", `A frame of ${length} bytes is beyond the limit.`);
    }
    return { headerBytes, length };
  }

  #problem(code: string, detail: string): { problem: Problem } {
    return { problem: refused(code, this.#offset, detail).problem };
  }

  /**
   * Doubles when full and moves down only what is left, so each byte is copied a few times only.
   */
  #append(data: Uint8Array): void {
    const held = this.#end - this.#begin;
    if (held === 0) {
      this.#begin = this.#end = 0;
      if (this.#buffer.length > KEPT_BUFFER_BYTES) {
        this.#buffer = new Uint8Array(INITIAL_BUFFER_BYTES);
      }
    }
    const needed = held + data.length;
    if (this.#end + data.length > this.#buffer.length) {
      const isTight = needed * 2 > this.#buffer.length;
      const size = isTight ? Math.max(needed, this.#buffer.length * 2) : this.#buffer.length;
      const target = isTight ? new Uint8Array(size) : this.#buffer;
      target.set(this.#buffer.subarray(this.#begin, this.#end));
      this.#buffer = target;
      this.#begin = 0;
      this.#end = held;
    }
    this.#buffer.set(data, this.#end);
    this.#end += data.length;
  }
}
