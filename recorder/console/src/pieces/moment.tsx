// A moment: in the viewer's zone, with the full date and zone behind it.
import { clockTime, dayName, fullTime } from "./time.ts";

interface MomentProps {
  /** Epoch ms, or ISO 8601. */
  readonly at: number | string;
  /** Only the clock, where the day stands beside it. */
  readonly isClockOnly?: boolean;
}

export function Moment({ at, isClockOnly = false }: MomentProps) {
  const timeMs = typeof at === "number" ? at : Date.parse(at);
  if (!Number.isFinite(timeMs)) return null;
  return (
    <time dateTime={new Date(timeMs).toISOString()} title={fullTime(timeMs)}>
      {isClockOnly ? clockTime(timeMs) : `${dayName(timeMs)}, ${clockTime(timeMs)}`}
    </time>
  );
}
