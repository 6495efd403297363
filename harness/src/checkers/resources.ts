// resources: when all calls are over everything is back to where it was: no VCM channel in use (R16),
// and by the recorder's own gauges no recording, listener, call, or byte in memory.
import type { RunRecord } from "../record/run-record.ts";
import type { Checker } from "./checker.ts";

/** Zero when nothing goes on. Dialogs and transactions stay a while, as RFC 3261 has it. */
const GAUGES = [
  "recordings_open",
  "listeners",
  "calls_tracked",
  "media_write_behind_bytes",
  "storage_queue",
] as const;

export const resourcesChecker: Checker = {
  name: "resources",
  check: (record) => [...checkChannels(record), ...checkGauges(record)],
};

function checkChannels({ truth }: RunRecord): string[] {
  const last = truth.vcm.at(-1);
  const isOver = truth.conversations.every(({ endedMs }) => endedMs !== null);
  return last === undefined || last.used === 0 || !isOver
    ? []
    : [`${last.used} VCM channels are in use although every call is over`];
}

function checkGauges({ account }: RunRecord): string[] {
  const metrics = account?.metrics ?? null;
  if (metrics === null) return [];
  return GAUGES.filter((name) => (metrics[name] ?? 0) !== 0).map(
    (name) => `${name} is ${metrics[name] ?? 0} although nothing goes on`,
  );
}
