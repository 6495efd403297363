// Virtual time as a whole number of ticks. A tick is 1/1024 ms, about a microsecond: a power of
// two, so that milliseconds as `number` are exact and `now - start >= delayMs` never fails by a
// rounding error at the very moment for which a timer was set.

const TICKS_PER_MS = 1024;

/** The wall clock of every host when virtual time is 0. */
export const WALL_EPOCH_MS = Date.UTC(2026, 0, 5, 8, 0, 0);

/** The smallest number of ticks that is not shorter than `ms`. */
export function ticksFor(ms: number): number {
  if (!Number.isFinite(ms)) throw new RangeError(`a virtual delay must be finite, not ${ms} ms`);
  return ms <= 0 ? 0 : Math.ceil(ms * TICKS_PER_MS);
}

export function millisecondsOf(ticks: number): number {
  return ticks / TICKS_PER_MS;
}

/** For traces. */
export function microsecondsOf(ticks: number): number {
  return Math.floor((ticks * 1000) / TICKS_PER_MS);
}
