// The evidence of determinism: one line for everything that happens, with its virtual time in
// microseconds, and SHA-256 over all lines. Payloads appear as length and checksum only, because
// paused audio must not be in any evidence (design.md §5, "Pause").
import { createHash } from "node:crypto";
import { microsecondsOf } from "./virtual-time.ts";

/** Text is hashed in pieces of about this size: longer ones outlive the young generation. */
const BATCH_CHARACTERS = 16_384;

export class Trace {
  readonly #hash = createHash("sha256");
  readonly #nowTicks: () => number;
  /** The virtual time of the last line: more often than not that of the next one too. */
  #stampTicks = -1;
  #stamp = "";
  /** Hashed batches, kept in full mode: lines one by one would be a great many strings. */
  readonly #batches: string[] | null;
  /** Not hashed yet. */
  #batch = "";
  /** The batch before, kept for recentLines. */
  #previousBatch = "";

  constructor(mode: "hash" | "full", nowTicks: () => number) {
    this.#nowTicks = nowTicks;
    this.#batches = mode === "full" ? [] : null;
  }

  /** `text` must not hold a newline. */
  add(text: string): void {
    const ticks = this.#nowTicks();
    if (ticks !== this.#stampTicks) {
      this.#stampTicks = ticks;
      this.#stamp = `${microsecondsOf(ticks)} `;
    }
    this.#batch += `${this.#stamp}${text}\n`;
    if (this.#batch.length < BATCH_CHARACTERS) return;
    this.#hash.update(this.#batch);
    this.#batches?.push(this.#batch);
    this.#previousBatch = this.#batch;
    this.#batch = "";
  }

  /** Empty where only the hash is kept. */
  lines(): readonly string[] {
    return this.#batches === null ? [] : linesOf(this.#batches.join("") + this.#batch);
  }

  recent(count: number): readonly string[] {
    return count <= 0 ? [] : linesOf(this.#previousBatch + this.#batch).slice(-count);
  }

  hash(): string {
    return this.#hash.copy().update(this.#batch).digest("hex");
  }
}

function linesOf(text: string): string[] {
  const lines = text.split("\n");
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
    const count = data.length >> 2;
    const words = new Int32Array(data.buffer, data.byteOffset, count);
    for (let word = 0; word < count; word += 1) {
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

/** Then a word in memory is the same number as its bytes put together: no need to do so. */
const IS_LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** The same as 8 hex digits. */
export function checksum(data: Uint8Array): string {
  const sum = checksumNumber(data);
  // By table: toString(16) of such a number is several times slower.
  return HEX[sum >>> 24]! + HEX[(sum >>> 16) & 0xff]! + HEX[(sum >>> 8) & 0xff]! + HEX[sum & 0xff]!;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
