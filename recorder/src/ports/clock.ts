// The clock port: monotonic time, wall time and one-shot timers.
// Monotonic time is for every difference, wall time only for stamps that people read; wall times
// are never subtracted, because the wall clock may step.

/** A running one-shot timer. */
export interface Timer {
  /** Idempotent. A cancelled timer never calls back. */
  cancel(): void;
}

export interface Clock {
  /** Monotonic milliseconds, with fractions, from an arbitrary origin. */
  nowMs(): number;
  /** Wall clock, milliseconds since 1970-01-01T00:00:00Z. May step in either direction. */
  wallTimeMs(): number;
  /**
   * Calls back once, not before `delayMs` of monotonic time has passed.
   * `name` says whose timer it is ("sip.timerG"); it appears in traces.
   */
  setTimer(name: string, delayMs: number, callback: () => void): Timer;
}
