// The day that is looked at, in the viewer's zone: a date, the day before, the day after. It stands
// in the address as "day=2026-11-23".
import { Icon } from "../pieces/icon.tsx";
import { dayName, startOfDay } from "../pieces/time.ts";
import { setQuery } from "../shell/router.ts";

const HOUR_MS = 3_600_000;

/** Midnight of a day like "2026-11-23" in the viewer's zone; null when there is no such day. */
export function dayOf(text: string | null): number | null {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text ?? "") ?? [];
  if (year === undefined || month === undefined || day === undefined) return null;
  const beganMs = new Date(Number(year), Number(month) - 1, Number(day)).getTime();
  return dayText(beganMs) === text ? beganMs : null;
}

export function dayText(beganMs: number): string {
  const date = new Date(beganMs);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

export function DayPicker({ beganMs }: { readonly beganMs: number }) {
  const today = startOfDay(Date.now());
  const go = (dayMs: number): void =>
    setQuery({ day: dayMs === today ? undefined : dayText(dayMs) });
  const before = startOfDay(beganMs - HOUR_MS);
  const after = startOfDay(beganMs + 36 * HOUR_MS);
  return (
    <div class="day-picker">
      <button type="button" class="button" aria-label="The day before" onClick={() => go(before)}>
        <Icon name="back" />
      </button>
      <input
        type="date"
        aria-label="Day"
        value={dayText(beganMs)}
        max={dayText(today)}
        onChange={({ currentTarget }) => {
          const chosen = dayOf(currentTarget.value);
          if (chosen !== null) go(chosen);
        }}
      />
      <button
        type="button"
        class="button"
        aria-label="The day after"
        disabled={beganMs >= today}
        onClick={() => go(after)}
      >
        <Icon name="chevron" />
      </button>
      <strong class="day-name">{dayName(beganMs)}</strong>
      {beganMs === today ? null : (
        <button type="button" class="button button-quiet" onClick={() => go(today)}>
          Today
        </button>
      )}
    </div>
  );
}
