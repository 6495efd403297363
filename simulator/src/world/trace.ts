// The evidence of determinism: one line for everything that happens, with its virtual time in
// microseconds, and SHA-256 over all lines. Payloads appear as length and checksum only, because
// paused audio must not be in any evidence (design.md §5, "Pause").
// Lines are bytes from the start: as strings, those of the packets took longer to put together than
// to hash. Most are added as a text; those of each packet by pieces, from `begin` to `end`.
import { createHash } from "node:crypto";
import { microsecondsOf } from "./virtual-time.ts";

/** Bytes are hashed in pieces of about this size. */
const BATCH_BYTES = 16_384;
/** Room behind a batch for its last line; it is made larger for a longer one. */
const LINE_BYTES = 4096;
/** Of that, what the numbers behind a text may take. */
const NUMBERS_BYTES = 256;

const SPACE = 0x20;
const NEWLINE = 0x0a;
const DIGIT_0 = 0x30;
const ENCODER = new TextEncoder();
const HEX_DIGITS = Buffer.from("0123456789abcdef");

/** A text that many lines have in common, as bytes: a route, the name of a timer. */
export function traceText(text: string): Uint8Array {
  return ENCODER.encode(text);
}

export class Trace {
  readonly #hash = createHash("sha256");
  readonly #nowTicks: () => number;
  /** Hashed batches, kept in full mode. */
  readonly #batches: Uint8Array[] | null;
  /** Not hashed yet: its first `#usedBytes`. */
  #batch = Buffer.alloc(BATCH_BYTES + LINE_BYTES);
  #usedBytes = 0;
  /** The batch before, kept for `recent`. */
  #previous = Buffer.alloc(BATCH_BYTES + LINE_BYTES);
  #previousBytes = 0;

  constructor(mode: "hash" | "full", nowTicks: () => number) {
    this.#nowTicks = nowTicks;
    this.#batches = mode === "full" ? [] : null;
  }

  /** A whole line. `text` must not hold a newline. */
  add(text: string): void {
    this.#stamp();
    // A character takes up to three bytes.
    this.#makeRoom(text.length * 3);
    this.#usedBytes += this.#batch.write(text, this.#usedBytes);
    this.end();
  }

  /** The first piece of a line; those that follow stand one behind the other. */
  begin(text: Uint8Array): this {
    this.#stamp();
    return this.text(text);
  }

  text(text: Uint8Array): this {
    this.#makeRoom(text.length);
    this.#batch.set(text, this.#usedBytes);
    this.#usedBytes += text.length;
    return this;
  }

  /** A whole number from 0 on. */
  number(value: number): this {
    let digits = 1;
    for (let power = 10; value >= power; power *= 10) digits += 1;
    this.#usedBytes += digits;
    let rest = value;
    for (let digit = 1; digit <= digits; digit += 1) {
      const tenth = Math.floor(rest / 10);
      this.#batch[this.#usedBytes - digit] = DIGIT_0 + (rest - tenth * 10);
      rest = tenth;
    }
    return this;
  }

  /** The checksum of some data, as 8 hex digits. */
  checksum(data: Uint8Array): this {
    const sum = checksumNumber(data);
    for (let shift = 28; shift >= 0; shift -= 4) {
      this.#batch[this.#usedBytes] = HEX_DIGITS[(sum >>> shift) & 15]!;
      this.#usedBytes += 1;
    }
    return this;
  }

  end(): void {
    this.#batch[this.#usedBytes] = NEWLINE;
    this.#usedBytes += 1;
    if (this.#usedBytes >= BATCH_BYTES) this.#flush();
  }

  /** Empty where only the hash is kept. */
  lines(): readonly string[] {
    return this.#batches === null ? [] : linesOf([...this.#batches, this.#unhashed()]);
  }

  recent(count: number): readonly string[] {
    if (count <= 0) return [];
    return linesOf([this.#previous.subarray(0, this.#previousBytes), this.#unhashed()]).slice(
      -count,
    );
  }

  hash(): string {
    return this.#hash.copy().update(this.#unhashed()).digest("hex");
  }

  #stamp(): void {
    this.number(microsecondsOf(this.#nowTicks()));
    this.#batch[this.#usedBytes] = SPACE;
    this.#usedBytes += 1;
  }

  /** For a text and the numbers behind it. */
  #makeRoom(bytes: number): void {
    const neededBytes = this.#usedBytes + bytes + NUMBERS_BYTES;
    if (neededBytes <= this.#batch.length) return;
    const larger = Buffer.alloc(neededBytes + LINE_BYTES);
    larger.set(this.#unhashed());
    this.#batch = larger;
  }

  #unhashed(): Uint8Array {
    return this.#batch.subarray(0, this.#usedBytes);
  }

  #flush(): void {
    const full = this.#unhashed();
    this.#hash.update(full);
    this.#batches?.push(Uint8Array.from(full));
    [this.#batch, this.#previous] = [this.#previous, this.#batch];
    this.#previousBytes = this.#usedBytes;
    this.#usedBytes = 0;
  }
}

function linesOf(batches: readonly Uint8Array[]): string[] {
  const lines = Buffer.concat(batches).toString().split("\n");
  lines.pop();
  return lines;
}

/**
 * An unsigned 32-bit number: FNV-1a, but over words of four bytes where there are as many. Every
 * step is a bijection, so two payloads that differ in one word never have the same sum. It is cheap
 * enough for every RTP packet.
 */
export function checksumNumber(data: Uint8Array): number {
  let sum = 0x811c9dc5;
  let index = 0;
  if (IS_LITTLE_ENDIAN && (data.byteOffset & 3) === 0) {
    const words = wordsOf(data.buffer);
    const first = data.byteOffset >> 2;
    const count = data.length >> 2;
    for (let word = first; word < first + count; word += 1) {
      sum = Math.imul(sum ^ (words[word] as number), 0x01000193);
    }
    index = count * 4;
  }
  for (const end = data.length - 3; index < end; index += 4) {
    const low = (data[index] as number) | ((data[index + 1] as number) << 8);
    const high = (data[index + 2] as number) | ((data[index + 3] as number) << 8);
    sum = Math.imul(sum ^ (low | (high << 16)), 0x01000193);
  }
  for (; index < data.length; index += 1) {
    sum = Math.imul(sum ^ (data[index] as number), 0x01000193);
  }
  return sum >>> 0;
}

/** Packets are cut from slabs, so that often the buffer is the one that was asked for last. */
let lastBuffer: ArrayBufferLike = new ArrayBuffer(0);
let lastWords: Int32Array = new Int32Array(lastBuffer);

function wordsOf(buffer: ArrayBufferLike): Int32Array {
  if (buffer !== lastBuffer) {
    lastBuffer = buffer;
    lastWords = new Int32Array(buffer, 0, buffer.byteLength >> 2);
  }
  return lastWords;
}

/** Then a word in memory is the same number as its bytes put together: no need to do so. */
const IS_LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** The same as 8 hex digits. */
export function checksum(data: Uint8Array): string {
  const sum = checksumNumber(data);
  // By table: toString(16) of such a number is several times slower.
  return HEX[sum >>> 24]! + HEX[(sum >>> 16) & 0xff]! + HEX[(sum >>> 8) & 0xff]! + HEX[sum & 0xff]!;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
