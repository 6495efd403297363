// The gap between parts: how long nothing of a conversation was recorded while one agent gave it to
// the next (R22). Pure.
import type { Part } from "./part.ts";

type Timed = Pick<Part, "part" | "recordingBeganMs" | "recordingEndedMs" | "endedMs" | "beganMs">;

/**
 * Since the last recorded part before; null = there is none. `recordedUntilMs`: the end of those
 * that only an earlier process knew.
 */
export function gapBefore(
  part: Timed,
  others: readonly Timed[],
  recordedUntilMs: number | null,
): number | null {
  const beganMs = part.recordingBeganMs;
  if (beganMs === null) return null;
  const before = others.filter(
    (other) => other !== part && other.part < part.part && other.recordingBeganMs !== null,
  );
  const endsMs = before.map((other) => endOf(other, beganMs));
  if (recordedUntilMs !== null) endsMs.push(recordedUntilMs);
  return endsMs.length === 0 ? null : Math.max(0, beganMs - Math.max(...endsMs));
}

/** For journal and row, of a part that follows another: whole milliseconds. */
export function gapFields(part: Pick<Part, "gapMs" | "recordingBeganMs" | "beganMs">): {
  readonly gapMs?: number;
  readonly missedMs?: number;
} {
  const { gapMs, recordingBeganMs, beganMs } = part;
  if (recordingBeganMs === null || gapMs === null) return {};
  return {
    gapMs: Math.round(gapMs),
    missedMs: Math.round(Math.max(0, recordingBeganMs - beganMs)),
  };
}

/** Its SIP call may end before the PBX's records tell that the agent has left, or after. */
function endOf({ endedMs, recordingEndedMs }: Timed, nowMs: number): number {
  return Math.min(endedMs ?? nowMs, recordingEndedMs ?? nowMs);
}
