// Finds lost events by the counter that each IP Office puts into its events.  devlink3.md §6.2.
// Pure. Start and wrap of the counter are not documented: counters are compared modulo 2^32 for
// each address, beginning anew with each connection.

/** Last counter by address. */
export type EventCounters = ReadonlyMap<string, number>;

/** Addresses whose counters are followed; an SCN has at most 150 nodes. */
export const MAXIMUM_ADDRESSES = 1_024;

const HALF_RANGE = 0x80000000;

export interface CounterStep {
  readonly counters: EventCounters;
  /** Events missing before this one. */
  readonly lostCount: number;
  /** Repeated, or older than the last: to be processed all the same. */
  readonly isOld: boolean;
}

export function stepCounters(
  counters: EventCounters,
  event: { readonly address: string; readonly counter: number },
): CounterStep {
  const last = counters.get(event.address);
  if (last === undefined && counters.size >= MAXIMUM_ADDRESSES) {
    return { counters, lostCount: 0, isOld: false };
  }
  const lostCount = last === undefined ? 0 : (event.counter - last - 1) >>> 0;
  if (lostCount >= HALF_RANGE) return { counters, lostCount: 0, isOld: true };
  const next = new Map(counters).set(event.address, event.counter);
  return { counters: next, lostCount, isOld: false };
}
