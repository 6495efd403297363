// The real clock. Monotonic time comes from the system's own monotonic clock (process.hrtime),
// whose origin is the same in every thread, so that stamps of the media plane's worker and of the
// main thread can be compared. Wall time is for stamps only.
import type { Clock, Timer } from "../clock.ts";

/** Longest delay that the runtime's own timer takes; longer ones are walked in such steps. */
const MAXIMUM_STEP_MS = 2_147_483_647;

function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}

function startTimer(delayMs: number, callback: () => void): Timer {
  const dueMs = monotonicMs() + delayMs;
  let handle: NodeJS.Timeout | null = null;
  // The runtime may fire a fraction of a millisecond early; the port promises "not before".
  const arm = (): void => {
    const waitMs = Math.min(Math.max(0, Math.ceil(dueMs - monotonicMs())), MAXIMUM_STEP_MS);
    handle = setTimeout(() => {
      if (monotonicMs() < dueMs) {
        arm();
        return;
      }
      handle = null;
      callback();
    }, waitMs);
  };
  arm();
  return {
    cancel() {
      if (handle !== null) clearTimeout(handle);
      handle = null;
    },
  };
}

/** The machine's clocks and timers. */
export function nodeClock(): Clock {
  return {
    nowMs: monotonicMs,
    wallTimeMs: () => Date.now(),
    setTimer: (_name, delayMs, callback) => startTimer(delayMs, callback),
  };
}
