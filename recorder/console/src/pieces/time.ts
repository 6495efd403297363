// Times and durations as people read them, in the viewer's own zone and language. Every time is a
// <time> with the exact instant behind it (pieces/moment.tsx).

const CLOCK = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const DAY = new Intl.DateTimeFormat(undefined, {
  weekday: "short",
  day: "numeric",
  month: "short",
});
const DAY_AND_YEAR = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

/** "14:03:09". */
export function clockTime(timeMs: number): string {
  return CLOCK.format(timeMs);
}

/** "Today", "Yesterday", "Mon 23 Nov", or with its year when that is another one. */
export function dayName(timeMs: number, nowMs = Date.now()): string {
  const days = Math.round((startOfDay(nowMs) - startOfDay(timeMs)) / 86_400_000);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  const isThisYear = new Date(timeMs).getFullYear() === new Date(nowMs).getFullYear();
  return (isThisYear ? DAY : DAY_AND_YEAR).format(timeMs);
}

/** With weekday and zone, for a tooltip. */
export function fullTime(timeMs: number): string {
  return FULL.format(timeMs);
}

/** Midnight of the viewer's zone before this moment. */
export function startOfDay(timeMs: number): number {
  return new Date(timeMs).setHours(0, 0, 0, 0);
}

/** "0:07", "12:30", "1:02:03". */
export function duration(spanMs: number): string {
  const seconds = Math.max(0, Math.floor(spanMs / 1_000));
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
  const tail = String(seconds % 60).padStart(2, "0");
  return hours === 0
    ? `${minutes}:${tail}`
    : `${hours}:${String(minutes).padStart(2, "0")}:${tail}`;
}

/** "7 seconds", "2 minutes 5 seconds": as a screen reader should say it. */
export function spokenDuration(spanMs: number): string {
  const seconds = Math.max(0, Math.round(spanMs / 1_000));
  const parts = [
    [Math.floor(seconds / 3_600), "hour"],
    [Math.floor(seconds / 60) % 60, "minute"],
    [seconds % 60, "second"],
  ] as const;
  const said = parts
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}${count === 1 ? "" : "s"}`);
  return said.length === 0 ? "0 seconds" : said.join(" ");
}

const SIZES = ["B", "kB", "MB", "GB", "TB"] as const;

/** "51 kB", "1.2 GB": powers of 1,000, as drives are sold. */
export function byteSize(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(SIZES.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1_000 ** power;
  return `${value < 10 && power > 0 ? value.toFixed(1) : Math.round(value)} ${SIZES[power] ?? "B"}`;
}
