// The passing of time, for durations that run: one timer for the whole page, only while somebody
// looks.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";

const STEP_MS = 1_000;

const nowMs = signal(Date.now());
let users = 0;
let timer: ReturnType<typeof setInterval> | undefined;

/** The wall clock, a second exact; the component renders again as it passes. */
export function useNow(): number {
  useEffect(() => {
    users += 1;
    timer ??= setInterval(() => (nowMs.value = Date.now()), STEP_MS);
    return () => {
      users -= 1;
      if (users > 0) return;
      clearInterval(timer);
      timer = undefined;
    };
  }, []);
  return nowMs.value;
}
