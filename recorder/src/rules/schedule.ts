// Times of day and days of the week of a rule, in its own time zone. Pure: Intl reads the given
// moment in the named zone, so that summer time is as that zone has it, whatever this machine's is.
import { WEEKDAYS, type TimeSpan, type Weekday } from "./rule-schema.ts";

const DAY_MINUTES = 24 * 60;

/** A moment as clocks on the wall show it in a zone. */
interface WallClock {
  readonly day: Weekday;
  readonly minutes: number;
}

/** Formatters are dear to make and the same for ever; as many as rules name zones. */
const formatters = new Map<string, Intl.DateTimeFormat>();

/** No spans: always. The end of a span is not in it; one over midnight has its first day's name. */
export function isWithinTimes(
  times: readonly TimeSpan[],
  timezone: string,
  wallMs: number,
): boolean {
  if (times.length === 0) return true;
  const { day, minutes } = wallClock(timezone, wallMs);
  return times.some(({ days, from, to }) => {
    const [begin, end] = [minutesOf(from), minutesOf(to)];
    if (begin < end) return days.includes(day) && minutes >= begin && minutes < end;
    return (
      (days.includes(day) && minutes >= begin) || (days.includes(dayBefore(day)) && minutes < end)
    );
  });
}

function wallClock(timezone: string, wallMs: number): WallClock {
  const parts = new Map(
    formatterOf(timezone)
      .formatToParts(Math.floor(wallMs))
      .map(({ type, value }) => [type, value]),
  );
  const name = (parts.get("weekday") ?? "").toLowerCase();
  const minutes = Number(parts.get("hour")) * 60 + Number(parts.get("minute"));
  return { day: WEEKDAYS.find((day) => day === name) ?? "mon", minutes };
}

function formatterOf(timeZone: string): Intl.DateTimeFormat {
  let formatter = formatters.get(timeZone);
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat("en-US", {
      timeZone,
      weekday: "short",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    });
    formatters.set(timeZone, formatter);
  }
  return formatter;
}

/** "24:00" is the end of the day. */
function minutesOf(clock: string): number {
  const [hours, minutes] = clock.split(":").map(Number);
  return Math.min((hours ?? 0) * 60 + (minutes ?? 0), DAY_MINUTES);
}

function dayBefore(day: Weekday): Weekday {
  return WEEKDAYS[(WEEKDAYS.indexOf(day) + 6) % 7] ?? "sun";
}
