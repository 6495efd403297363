// Chance in the virtual world. Every consumer has a stream of its own, made of the world's seed and
// the consumer's name: a new consumer, or one more draw by an old one, changes no other stream.
// The generator is sfc32 (C. Doty-Humphrey's PractRand, 128 bits of state), seeded by SHA-256.
import { createHash } from "node:crypto";
import type { SeededRandom } from "./contract.ts";

/** Outputs thrown away at the start, as the author of sfc32 advises. */
const WARM_UP_DRAWS = 12;

export function seededRandom(seed: string, name: string): SeededRandom {
  // The length keeps ("a", "bc") and ("ab", "c") apart.
  const digest = createHash("sha256").update(`${seed.length}:${seed}${name}`).digest();
  return new Sfc32(digest);
}

class Sfc32 implements SeededRandom {
  #a: number;
  #b: number;
  #c: number;
  #counter: number;

  constructor(digest: Buffer) {
    this.#a = digest.readInt32LE(0);
    this.#b = digest.readInt32LE(4);
    this.#c = digest.readInt32LE(8);
    this.#counter = digest.readInt32LE(12);
    for (let draw = 0; draw < WARM_UP_DRAWS; draw += 1) this.#next();
  }

  fraction(): number {
    return this.#next() / 2 ** 32;
  }

  integer(minimum: number, maximum: number): number {
    if (maximum < minimum) throw new RangeError(`no integer in [${minimum}, ${maximum}]`);
    return minimum + Math.floor(this.fraction() * (maximum - minimum + 1));
  }

  chance(ratio: number): boolean {
    return this.fraction() < ratio;
  }

  bytes(count: number): Uint8Array {
    const bytes = new Uint8Array(count);
    let word = 0;
    for (let index = 0; index < count; index += 1) {
      word = index % 4 === 0 ? this.#next() : word >>> 8;
      bytes[index] = word & 0xff;
    }
    return bytes;
  }

  uuid(): string {
    const bytes = this.bytes(16);
    bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
    bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
    const hex = Buffer.from(bytes).toString("hex");
    const cuts = [0, 8, 12, 16, 20, 32];
    return cuts
      .slice(1)
      .map((end, index) => hex.slice(cuts[index], end))
      .join("-");
  }

  /** An unsigned 32-bit number. */
  #next(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    this.#c |= 0;
    return sum >>> 0;
  }
}
