// DevLink3 frames: the discriminator 0x49, a length that counts the whole frame, and the payload.
// Codec and stage between a TCP stream and devlink3-packet.ts; devlink3.md §2.
//
//   short form   49 | L1 L0        | payload (N bytes)      L = N + 3, top bit of L1 is 0
//   long form    49 | B1 B2 B3     | payload (N bytes)      L = N + 4
//                B1 = 1 and bits 15–21 of L, B2 = bits 8–14, B3 = bits 0–7
import { parsed, refused, type Parsed, type Problem } from "./parsed.ts";

const DISCRIMINATOR = 0x49;
const SHORT_HEADER_BYTES = 3;
const LONG_HEADER_BYTES = 4;
const TYPE_BYTES = 4;
const MAXIMUM_SHORT_FRAME_BYTES = 0x7fff;

/** The largest frame that the long form can express; bit 22 would fall on its marker bit. */
export const MAXIMUM_FRAME_BYTES = 0x3fffff;

/** The largest payload of one frame. */
export const MAXIMUM_FRAME_PAYLOAD_BYTES = MAXIMUM_FRAME_BYTES - LONG_HEADER_BYTES;

/** Puts the payload into one frame; the long form only where the short one cannot. */
export function serializeFrame(payload: Uint8Array): Parsed<Uint8Array> {
  if (payload.length > MAXIMUM_FRAME_PAYLOAD_BYTES) {
    return refused("too-long", payload.length, "The payload does not fit into one frame.");
  }
  const isShort = payload.length + SHORT_HEADER_BYTES <= MAXIMUM_SHORT_FRAME_BYTES;
  const headerBytes = isShort ? SHORT_HEADER_BYTES : LONG_HEADER_BYTES;
  const length = payload.length + headerBytes;
  const frame = new Uint8Array(length);
  frame[0] = DISCRIMINATOR;
  if (isShort) {
    frame[1] = length >> 8;
    frame[2] = length & 0xff;
  } else {
    // The published C code shifts by 15, not 16: seven bits of the length stand in each of B1, B2.
    frame[1] = 0x80 | (length >> 15);
    frame[2] = (length >> 8) & 0x7f;
    frame[3] = length & 0xff;
  }
  frame.set(payload, headerBytes);
  return parsed(frame);
}

interface FrameHeader {
  readonly headerBytes: number;
  readonly frameBytes: number;
}

/** The header at `at`; null when more bytes are needed to know it. */
function parseHeader(bytes: Uint8Array, at: number, end: number): Parsed<FrameHeader | null> {
  if (end - at < 1) return parsed(null);
  if (bytes[at] !== DISCRIMINATOR) {
    return refused("bad-discriminator", at, "A frame does not begin with 0x49.");
  }
  if (end - at < SHORT_HEADER_BYTES) return parsed(null);
  const b1 = bytes[at + 1] ?? 0;
  const b2 = bytes[at + 2] ?? 0;
  if ((b1 & 0x80) === 0) {
    return parsed({ headerBytes: SHORT_HEADER_BYTES, frameBytes: (b1 << 8) | b2 });
  }
  // A sender that forgot the mask puts bit 15 of the length into both bytes; nothing else may.
  if ((b2 & 0x80) !== 0 && (b1 & 0x01) === 0) {
    return refused("bad-length", at, "The long form has a stray bit in its second length byte.");
  }
  if (end - at < LONG_HEADER_BYTES) return parsed(null);
  const b3 = bytes[at + 3] ?? 0;
  const frameBytes = ((b1 & 0x7f) << 15) | ((b2 & 0x7f) << 8) | b3;
  return parsed({ headerBytes: LONG_HEADER_BYTES, frameBytes });
}

/**
 * Cuts a byte stream into payloads. After a problem the stream's integrity is lost for good: the
 * reader delivers nothing more, and the owner closes the stream.
 */
export class FrameReader {
  readonly #maximumFrameBytes: number;
  #buffer = new Uint8Array(1024);
  #start = 0;
  #end = 0;
  #streamOffset = 0;
  #problem: Problem | null = null;

  constructor(maximumFrameBytes: number = MAXIMUM_FRAME_BYTES) {
    this.#maximumFrameBytes = maximumFrameBytes;
  }

  /** Why the integrity of the stream is lost; null while it is not. */
  get problem(): Problem | null {
    return this.#problem;
  }

  /** Takes bytes as they came; returns the payloads that became complete, copied. */
  push(data: Uint8Array): Uint8Array[] {
    const payloads: Uint8Array[] = [];
    if (this.#problem !== null) return payloads;
    this.#append(data);
    for (;;) {
      const header = parseHeader(this.#buffer, this.#start, this.#end);
      if (!header.ok) {
        this.#lose(header.problem.code, header.problem.detail);
        break;
      }
      if (header.value === null) break;
      const { headerBytes, frameBytes } = header.value;
      if (frameBytes < headerBytes + TYPE_BYTES) {
        this.#lose("bad-length", "A frame has no room for a packet type.");
        break;
      }
      if (frameBytes > this.#maximumFrameBytes) {
        this.#lose("too-long", `A frame is longer than ${this.#maximumFrameBytes} bytes.`);
        break;
      }
      if (this.#end - this.#start < frameBytes) break;
      payloads.push(this.#buffer.slice(this.#start + headerBytes, this.#start + frameBytes));
      this.#start += frameBytes;
      this.#streamOffset += frameBytes;
    }
    return payloads;
  }

  #append(data: Uint8Array): void {
    const heldBytes = this.#end - this.#start;
    if (this.#end + data.length > this.#buffer.length) {
      const needed = heldBytes + data.length;
      const target =
        needed <= this.#buffer.length ? this.#buffer : new Uint8Array(Math.max(1024, needed * 2));
      target.set(this.#buffer.subarray(this.#start, this.#end), 0);
      this.#buffer = target;
      this.#start = 0;
      this.#end = heldBytes;
    }
    this.#buffer.set(data, this.#end);
    this.#end += data.length;
  }

  #lose(code: string, detail: string): void {
    this.#problem = { code, at: this.#streamOffset, detail };
    this.#buffer = new Uint8Array(0);
    this.#start = 0;
    this.#end = 0;
  }
}
