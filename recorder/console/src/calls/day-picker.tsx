// The day that is looked at, in the viewer's zone: a date, the day before, the day after. It stands
// in the address as "day=2026-11-23".
import { Icon } from "../pieces/icon.tsx";
import { dayName, startOfDay } from "../pieces/time.ts";
import { setQuery } from "../shell/router.ts";
import { dayOf, dayText } from "./days.ts";

const HOUR_MS = 3_600_000;

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
