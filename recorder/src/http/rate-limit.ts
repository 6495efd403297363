// How often one asker may ask: a bucket of requests for each, filled again as time passes. What
// does not fit is answered with 429 and the time to wait (RFC 6585 §4).
import type { Clock } from "../ports/index.ts";

const MINUTE_MS = 60_000;
/** Askers that are remembered; beyond it those that asked longest ago are forgotten. */
export const MAXIMUM_BUCKETS = 10_000;

interface Bucket {
  tokens: number;
  atMs: number;
}

export class RateLimit {
  readonly #perMinute: number;
  readonly #clock: Clock;
  /** In the order of the last request. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(perMinute: number, clock: Clock) {
    this.#perMinute = perMinute;
    this.#clock = clock;
  }

  /** null: go on. Else seconds to wait, at least 1. */
  take(asker: string): number | null {
    const nowMs = this.#clock.nowMs();
    const bucket = this.#buckets.get(asker) ?? { tokens: this.#perMinute, atMs: nowMs };
    const gained = ((nowMs - bucket.atMs) / MINUTE_MS) * this.#perMinute;
    bucket.tokens = Math.min(this.#perMinute, bucket.tokens + gained);
    bucket.atMs = nowMs;
    this.#buckets.delete(asker);
    this.#buckets.set(asker, bucket);
    this.#forgetOldest();
    if (bucket.tokens >= 1) {
      bucket.tokens -= 1;
      return null;
    }
    const waitMs = ((1 - bucket.tokens) / this.#perMinute) * MINUTE_MS;
    return Math.max(1, Math.ceil(waitMs / 1_000));
  }

  #forgetOldest(): void {
    if (this.#buckets.size <= MAXIMUM_BUCKETS) return;
    const [oldest] = this.#buckets.keys();
    if (oldest !== undefined) this.#buckets.delete(oldest);
  }
}
