// Sequence numbers of one RTP source: extended to 32 bits and more, with loss, duplicates and
// restarts told apart.  RFC 3550 A.1 (validity), A.3 (loss). Stage: no I/O, no clock.

/** "MAX_DROPOUT": a larger step ahead is a restart until the next packet proves it. */
export const MAX_DROPOUT = 3000;
/** "MAX_MISORDER": a packet at most so far behind is a late one, not a restart. */
export const MAX_MISORDER = 100;
const SEQUENCE_MODULUS = 65_536;
/** Recent numbers remembered to know duplicates; a power of two above MAX_MISORDER. */
const SEEN_SLOTS = 128;

/**
 * `ahead`: newer than all before; `behind`: older, seen for the first time; `duplicate`;
 * `suspect`: a jump that one more packet must confirm; `restart`: that packet, counted afresh.
 */
export type SequenceVerdict = "ahead" | "behind" | "duplicate" | "suspect" | "restart";

export class SequenceTracker {
  #maximum = -1;
  #base = 0;
  #suspect = -1;
  #received = 0;
  #expectedBefore = 0;
  #step = 0;
  #expectedPrior = 0;
  #receivedPrior = 0;
  readonly #seen = new Float64Array(SEEN_SLOTS).fill(-1);

  /** Takes the 16-bit number of a packet. */
  update(sequence: number): SequenceVerdict {
    if (this.#maximum < 0) {
      this.#begin(sequence);
      return "ahead";
    }
    const delta = (sequence - this.#maximum) & 0xffff;
    if (delta !== 0 && delta < MAX_DROPOUT) {
      this.#step = delta;
      this.#maximum += delta;
      this.#note(this.#maximum);
      return "ahead";
    }
    if (delta === 0 || delta >= SEQUENCE_MODULUS - MAX_MISORDER) return this.#old(delta);
    // "the sequence number made a very large jump": two in a row mean the other side restarted.
    if (sequence === this.#suspect) {
      this.#expectedBefore += this.#expectedNow();
      this.#begin(sequence);
      return "restart";
    }
    this.#suspect = (sequence + 1) & 0xffff;
    return "suspect";
  }

  /** The last `ahead` packet had a wrong number: as if it had not come. */
  takeBack(): void {
    this.#seen[this.#maximum & (SEEN_SLOTS - 1)] = -1;
    this.#maximum -= this.#step;
    this.#received -= 1;
    this.#step = 0;
  }

  #old(delta: number): SequenceVerdict {
    const extended = delta === 0 ? this.#maximum : this.#maximum - (SEQUENCE_MODULUS - delta);
    if (this.#seen[extended & (SEEN_SLOTS - 1)] === extended) return "duplicate";
    this.#note(extended);
    // Packets overtaken by the very first one extend the range at its beginning.
    if (extended < this.#base) this.#base = extended;
    return "behind";
  }

  #begin(sequence: number): void {
    // One cycle up, so that numbers behind the first one stay positive.
    this.#maximum = SEQUENCE_MODULUS + sequence;
    this.#base = this.#maximum;
    this.#suspect = -1;
    this.#step = 1;
    this.#seen.fill(-1);
    this.#note(this.#maximum);
  }

  #note(extended: number): void {
    this.#seen[extended & (SEEN_SLOTS - 1)] = extended;
    this.#received += 1;
    this.#suspect = -1;
  }

  #expectedNow(): number {
    // 0 before the first.
    return this.#maximum - this.#base + 1;
  }

  /** How far the last `ahead` packet was ahead of the one before; 1 = nothing missing. */
  get step(): number {
    return this.#step;
  }

  /** Distinct packets received. */
  get received(): number {
    return this.#received;
  }

  /** Packets that a complete stream would have had. */
  get expected(): number {
    return this.#expectedBefore + this.#expectedNow();
  }

  get lost(): number {
    return Math.max(0, this.expected - this.#received);
  }

  /** "extended highest sequence number received" of a receiver report, 32 bits. */
  get extendedMaximum(): number {
    return Math.max(0, this.#maximum - SEQUENCE_MODULUS) >>> 0;
  }

  /** "fraction lost" since the call before, in 1/256.  RFC 3550 A.3 */
  takeFractionLost(): number {
    const expected = this.expected - this.#expectedPrior;
    const lost = expected - (this.#received - this.#receivedPrior);
    this.#expectedPrior = this.expected;
    this.#receivedPrior = this.#received;
    return lost <= 0 ? 0 : Math.min(255, Math.floor((lost * 256) / expected));
  }
}

/** How far the number `to` is ahead of `from`, modulo 65,536; negative = behind. */
export function numbersBetween(from: number, to: number): number {
  return ((to - from) << 16) >> 16;
}
