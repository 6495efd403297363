// At most one of something each interval: the 403 to strangers, log lines that a sender can cause.
// Pure but for its own last time; time comes in as an argument.

export class RateGate {
  readonly #intervalMs: number;
  #lastMs = Number.NEGATIVE_INFINITY;
  #heldBack = 0;

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  /** True when the interval has passed since the last true. */
  pass(nowMs: number): boolean {
    if (nowMs - this.#lastMs < this.#intervalMs) {
      this.#heldBack++;
      return false;
    }
    this.#lastMs = nowMs;
    return true;
  }

  /** How many were held back since the last call. */
  takeHeldBack(): number {
    const count = this.#heldBack;
    this.#heldBack = 0;
    return count;
  }
}
