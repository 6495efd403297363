// After a suite: its failed swarms are reduced to the people, steps and faults that the failure
// needs. One of each kind, and a few at most: what fails alike is one bug.
import type { RunResult } from "@tapeline/reports";
import { failureKinds } from "../shrink/failure-kind.ts";
import { shrinkRun } from "../shrink/shrink-run.ts";
import type { PlannedRun } from "./suite-runner.ts";

/** Failures of one suite that are reduced. */
const SHRUNK_FAILURES = 3;
/** Runs between two lines of progress. */
const TELL_EVERY_RUNS = 50;

/** The results with what was found, by index; `file` will hold them, a line each. */
export async function shrinkFailures(
  runs: readonly PlannedRun[],
  results: readonly RunResult[],
  { note, file }: { readonly note: (text: string) => void; readonly file: string },
): Promise<ReadonlyMap<number, RunResult>> {
  const shrunk = new Map<number, RunResult>();
  const kinds = new Set<string>();
  for (const [index, result] of results.entries()) {
    const scenario = runs[index]?.scenario;
    const [kind] = failureKinds(result);
    if (scenario?.swarm === undefined || kind === undefined || kinds.has(kind)) continue;
    if (shrunk.size >= SHRUNK_FAILURES) break;
    kinds.add(kind);
    note(`reducing ${result.scenario}, seed ${result.seed}: ${kind}`);
    const found = await shrinkRun(scenario, result, {
      onProgress: ({ people, steps, faults }, runCount) => {
        if (runCount % TELL_EVERY_RUNS !== 0) return;
        note(`  after ${runCount} runs: ${countsText(people.length, steps.length, faults.length)}`);
      },
    });
    if (found === null) continue;
    const { to, from } = found;
    note(
      `  ${countsText(to.people, to.steps, to.faults)} are left of ` +
        `${countsText(from.people, from.steps, from.faults)}, after ${found.runs} runs` +
        (found.isMinimal ? "" : " (the bound on runs)"),
    );
    note(`  look into it: npx testbed replay ${file}#${index + 1} --shrunk`);
    note(`  keep it:      npx testbed pin ${file}#${index + 1} pinned/…`);
    shrunk.set(index, { ...result, shrunk: found });
  }
  return shrunk;
}

function countsText(people: number, steps: number, faults: number): string {
  const many = (count: number, one: string): string => `${count} ${one}${count === 1 ? "" : "s"}`;
  return `${people} people, ${many(steps, "step")}, ${many(faults, "fault")}`;
}
