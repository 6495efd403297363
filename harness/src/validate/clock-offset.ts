// The offset between two clocks from exchanges with four time stamps, by the exchange that took
// least: what queues on the way is not the same there and back, and the quickest had least of it.
// Pure.  RFC 5905 §8 (offset and delay), §10 (clock filter by minimum delay)
import type { FourStamps } from "./responder-channel.ts";

export interface ClockOffset {
  /** Their clock less ours. */
  readonly offsetMs: number;
  /** Round trip of the quickest exchange: the offset is certain to within half of it. */
  readonly roundTripMs: number;
}

export function clockOffset(exchanges: readonly FourStamps[]): ClockOffset | null {
  let best: ClockOffset | null = null;
  for (const { t1, t2, t3, t4 } of exchanges) {
    const roundTripMs = t4 - t1 - (t3 - t2);
    const offsetMs = (t2 - t1 + (t3 - t4)) / 2;
    if (roundTripMs < 0) continue;
    if (best === null || roundTripMs < best.roundTripMs) best = { offsetMs, roundTripMs };
  }
  return best;
}
