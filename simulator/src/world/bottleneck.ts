// A narrow link: so many bits a second, with a short queue before it. What finds the queue full is
// lost, as in a router that drops the tail. A stage: time comes with each piece.

/** What waits before a narrow link at most. */
export const QUEUE_MS = 200;
/** Ethernet, IPv4 and UDP around each payload. */
const OVERHEAD_BYTES = 46;

export class Bottleneck {
  readonly #bitsPerMs: number;
  #freeMs = -Infinity;

  constructor(rateBitsPerSecond: number) {
    this.#bitsPerMs = rateBitsPerSecond / 1_000;
  }

  /** How long these bytes wait until they are through; null = no room. */
  push(nowMs: number, payloadBytes: number): number | null {
    const startMs = Math.max(nowMs, this.#freeMs);
    if (startMs - nowMs > QUEUE_MS) return null;
    this.#freeMs = startMs + ((payloadBytes + OVERHEAD_BYTES) * 8) / this.#bitsPerMs;
    return this.#freeMs - nowMs;
  }
}
