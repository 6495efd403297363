// A crash before and after every disk call of one thing the recorder does, of the process and of
// power, in the virtual world with the whole recorder (R6, R13): the calls are counted from the
// moment at which the story arms the crash, until a run has fewer.
import assert from "node:assert/strict";
import { scenario, type ScenarioOptions, type Story } from "@tapeline/scenarios/language";
import type { RunResult } from "@tapeline/reports";
import { runScenario } from "../src/run-scenario.ts";

/** More disk calls than anything swept takes: a sweep would have no end. */
const MAXIMUM_CALLS = 400;

export type CrashKind = "process" | "power";
export type CrashSide = "before" | "after";
export const CRASHES: readonly (readonly [CrashKind, CrashSide])[] = [
  ["process", "before"],
  ["process", "after"],
  ["power", "before"],
  ["power", "after"],
];

interface Swept extends Omit<ScenarioOptions, "story" | "modes" | "notElsewhere"> {
  /** Calls `arm` where the count begins, and ends once the crash came or can no longer come. */
  readonly story: (story: Story, arm: () => void) => Promise<void>;
  /** What must come after the start that follows the crash. */
  readonly settled?: (story: Story) => Promise<void>;
}

/** One result for each disk call at which the recorder could be made to crash; all have passed. */
export async function sweepDiskCalls(
  { story, settled, ...options }: Swept,
  [kind, side]: readonly [CrashKind, CrashSide],
): Promise<readonly RunResult[]> {
  const results: RunResult[] = [];
  for (let call = 1; call < MAXIMUM_CALLS; call += 1) {
    let hasCrashed = false;
    const { result } = await runScenario({
      scenario: scenario({
        ...options,
        modes: ["virtual"],
        notElsewhere: "calls are counted in the virtual disk",
        async story(steps) {
          await story(steps, () => steps.world.crashesAtDiskCall({ call, side }, kind));
          hasCrashed = !steps.recorder.isUp();
          if (!hasCrashed) return;
          await steps.recorder.restarts();
          await settled?.(steps);
        },
      }),
      mode: "virtual",
      seed: `crash ${side} ${call} ${kind}`,
      directory: null,
      workDirectory: "",
    });
    assert.equal(result.verdict, "pass", `${kind} ${side} call ${call}: ${result.why}`);
    if (!hasCrashed) return results;
    results.push(result);
  }
  return assert.fail(`after ${MAXIMUM_CALLS} disk calls there were still more`);
}
