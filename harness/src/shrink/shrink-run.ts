// A failed run of a swarm, reduced: its plan made smaller by playing parts of it under its seed.
import type { RunResult, ShrunkRun } from "@tapeline/reports";
import type { Scenario } from "@tapeline/scenarios";
import { makePlan } from "@tapeline/simulator/people";
import { runScenario } from "../run-scenario.ts";
import { SHRINK_LIMIT_RUNS, shrinkPlan, type ShrinkOptions } from "./shrink-plan.ts";

/** null for a run that has no plan, or did not fail. */
export async function shrinkRun(
  scenario: Scenario,
  failure: RunResult,
  options: Partial<Pick<ShrinkOptions, "limitRuns" | "onProgress">> = {},
): Promise<ShrunkRun | null> {
  const { seed, mode } = failure;
  if (scenario.swarm === undefined || failure.verdict !== "fail" || mode !== "virtual") return null;
  const whole = scenario.plan ?? makePlan(scenario.swarm, seed);
  const found = await shrinkPlan(whole, failure, {
    limitRuns: options.limitRuns ?? SHRINK_LIMIT_RUNS,
    onProgress: options.onProgress ?? (() => undefined),
    run: async (plan) => {
      const place = { directory: null, workDirectory: "" };
      return (await runScenario({ scenario, mode, seed, plan, ...place })).result;
    },
  });
  const { plan, result, runs, isMinimal } = found;
  return {
    ...{ plan, runs, isMinimal },
    from: countsOf(whole),
    to: countsOf(plan),
    why: result.why ?? "",
    traceHash: result.traceHash,
  };
}

function countsOf({
  people,
  steps,
  faults,
}: {
  readonly people: readonly unknown[];
  readonly steps: readonly unknown[];
  readonly faults: readonly unknown[];
}): ShrunkRun["from"] {
  return { people: people.length, steps: steps.length, faults: faults.length };
}
