// vcm: the channels in use never exceed those that there are, and all are given back (R16).
import type { RunRecord } from "../record/run-record.ts";
import type { Checker } from "./checker.ts";

export const vcmChecker: Checker = {
  name: "vcm",
  check: ({ truth }) => [
    ...truth.vcm
      .filter(({ used, available }) => used > available)
      .map(({ used, available, atMs }) => `${used} of ${available} VCM channels at ${atMs} ms`),
    ...stillHeld(truth.vcm.at(-1)),
  ],
};

/** By what they were taken for, in words that stay the same whatever their number. */
function stillHeld(last: RunRecord["truth"]["vcm"][number] | undefined): string[] {
  if (last === undefined || last.used === 0) return [];
  const uses = Object.entries(last.uses ?? { something: last.used });
  return uses
    .filter(([, count]) => count > 0)
    .map(([use, count]) => {
      const what = use === "queued" ? "queued call" : use;
      return `VCM channels taken for a ${what} are still held when all calls are over: ${count} leaked`;
    });
}
