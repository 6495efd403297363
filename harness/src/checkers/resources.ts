// resources: when all calls are over the recorder is back to where it was: by its own gauges there
// is no recording, listener or call, and no byte in memory. VCM channels: vcm.ts; sockets, timers
// and open files: quiet.ts.
import type { RunRecord } from "../record/run-record.ts";
import type { Checker } from "./checker.ts";

/** Zero when nothing goes on. Dialogs and transactions stay a while, as RFC 3261 has it. */
const GAUGES = [
  "recordings_open",
  "listeners",
  "calls_tracked",
  "media_write_behind_bytes",
  "storage_queue",
  "vcm_channels_needed",
] as const;

export const resourcesChecker: Checker = {
  name: "resources",
  check: checkGauges,
};

function checkGauges({ account }: RunRecord): string[] {
  const metrics = account?.metrics ?? null;
  if (metrics === null) return [];
  return GAUGES.filter((name) => (metrics[name] ?? 0) !== 0).map(
    (name) => `${name} is ${metrics[name] ?? 0} although nothing goes on`,
  );
}
