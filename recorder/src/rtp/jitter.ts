// Interarrival jitter of one RTP source.  RFC 3550 §6.4.1, A.8
import { SAMPLES_PER_MS } from "../audio/g711.ts";

export class JitterMeter {
  #transit = Number.NaN;
  #jitter = 0;

  /** Takes a packet's RTP timestamp and the monotonic time of its arrival. */
  update(timestamp: number, arrivalMs: number): void {
    const transit = arrivalMs * SAMPLES_PER_MS - timestamp;
    const difference = Math.abs(transit - this.#transit);
    this.#transit = transit;
    // NaN at the first packet; a wrapped or restarted timestamp says nothing of the network.
    if (!(difference < MEANINGFUL_LIMIT)) return;
    this.#jitter += (difference - this.#jitter) / 16;
  }

  /** In timestamp units, as a receiver report carries it. */
  get units(): number {
    return Math.floor(this.#jitter);
  }

  get ms(): number {
    return this.#jitter / SAMPLES_PER_MS;
  }
}

/** 10 s in timestamp units: a larger difference is a new timestamp base. */
const MEANINGFUL_LIMIT = 80_000;
