// Time axes of waveforms and timelines: where ticks stand, and what is written at them. Pure.

/** At most so many steps over the whole. */
const TICKS = 6;
const STEPS_SECONDS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600];

/** The seconds at which ticks stand, from 0. */
export function axisSteps(totalSeconds: number): readonly number[] {
  if (totalSeconds <= 0) return [0];
  const step =
    STEPS_SECONDS.find((candidate) => totalSeconds / candidate <= TICKS) ?? totalSeconds / TICKS;
  return Array.from({ length: Math.floor(totalSeconds / step) + 1 }, (_, tick) => tick * step);
}

/** "0:05", "1:02:30"; tenths below a second. */
export function clockTime(seconds: number): string {
  const tenths = Math.round(seconds * 10);
  const whole = Math.floor(tenths / 10);
  const fraction = tenths % 10 === 0 ? "" : `.${tenths % 10}`;
  const minutes = Math.floor(whole / 60);
  const rest = `${String(whole % 60).padStart(2, "0")}${fraction}`;
  if (minutes < 60) return `${minutes}:${rest}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest}`;
}
