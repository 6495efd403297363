// Until when a pause that the story knows of was in force. One that the recorder called unsaved
// ends with its process, unless the live disk went on before that (recorder/README.md, "Pause").
import { didLiveDiskHang } from "../environment/live-disk.ts";
import type { PauseObservation } from "../environment/observations.ts";
import type { RunRecord } from "./run-record.ts";

/** On the clock of the IP Office; Infinity = it lasted to the end of the leg. */
export function pauseEndMs(
  { faults, life }: Pick<RunRecord, "faults" | "life">,
  { fromMs, toMs, unsavedSinceMs }: PauseObservation,
): number {
  const endMs = toMs ?? Infinity;
  if (unsavedSinceMs === undefined) return endMs;
  const crash = life.find(({ kind, atMs }) => kind !== "ready" && atMs >= fromMs && atMs <= endMs);
  if (crash === undefined) return endMs;
  const isLost = didLiveDiskHang(faults, { fromMs: unsavedSinceMs, toMs: crash.atMs });
  return isLost ? crash.atMs : endMs;
}
