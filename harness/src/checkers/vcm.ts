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

function stillHeld(last: RunRecord["truth"]["vcm"][number] | undefined): string[] {
  const { used, uses } = last ?? { used: 0 };
  if (used === 0) return [];
  const whatFor = Object.entries(uses ?? {})
    .filter(([, count]) => count > 0)
    .map(([use, count]) => `${count} for a ${use === "queued" ? "queued call" : use}`);
  const taken = whatFor.length === 0 ? "" : ` (${whatFor.join(", ")})`;
  const channels = used === 1 ? "channel is" : "channels are";
  return [`${used} VCM ${channels} still held when all calls are over${taken}: never given back`];
}
