// Waiting over the clock port, for probes that go one step after the other: the same code waits in
// the virtual world and on the wall clock. What is measured is stamped in callbacks, never by
// these.
import type { Clock } from "@tapeline/recorder/ports";

/** How often a condition is looked at; no measured time depends on it. */
const LOOK_EVERY_MS = 10;

export function sleep(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.setTimer("validate.sleep", ms, resolve);
  });
}

/** True as soon as the condition holds; false when `limitMs` have passed. */
export async function until(
  clock: Clock,
  condition: () => boolean,
  limitMs: number,
): Promise<boolean> {
  const endMs = clock.nowMs() + limitMs;
  while (!condition()) {
    const leftMs = endMs - clock.nowMs();
    if (leftMs <= 0) return false;
    await sleep(clock, Math.min(LOOK_EVERY_MS, leftMs));
  }
  return true;
}
