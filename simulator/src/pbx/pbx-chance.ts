// A small seeded generator for the oddities of one recording leg, fed once from the Random port:
// drawing port bytes for every packet would be slow, and would tie the trace to the packet count.
import type { Random } from "@tapeline/recorder/ports";

export class PbxChance {
  #state: number;

  constructor(random: Random) {
    this.#state = 0;
    for (const byte of random.bytes(4)) this.#state = (this.#state << 8) | byte;
  }

  /** 32 random bits (splitmix32). */
  uint32(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    let bits = this.#state ^ (this.#state >>> 16);
    bits = Math.imul(bits, 0x21f0aaad);
    bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97);
    return (bits ^ (bits >>> 15)) >>> 0;
  }

  /** An integer from 0 to below `limit`. */
  below(limit: number): number {
    return Math.floor((this.uint32() / 0x1_0000_0000) * limit);
  }

  hits(ratio: number): boolean {
    return ratio > 0 && this.uint32() / 0x1_0000_0000 < ratio;
  }

  /** A token of `length` characters for tags, branches and Call-IDs. */
  token(length: number): string {
    let text = "";
    while (text.length < length) text += this.uint32().toString(16).padStart(8, "0");
    return text.slice(0, length);
  }
}
