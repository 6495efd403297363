// `testbed suite`: what `npm start` runs: all scenarios virtual, then the smoke ones live.
import { resolve } from "node:path";
import { loadScenarios, runnable } from "@tapeline/scenarios";
import { EXIT } from "./exit-codes.ts";
import { Suite, type PlannedRun } from "./suite-runner.ts";

export async function suiteCommand(options: {
  readonly out: string;
  readonly seed: string;
}): Promise<number> {
  const scenarios = runnable(await loadScenarios());
  const { seed } = options;
  const runs: PlannedRun[] = [
    ...scenarios
      .filter(({ modes }) => modes.includes("virtual"))
      .map((scenario) => ({
        scenario,
        mode: "virtual" as const,
        seed: scenario.seed ?? seed,
      })),
    ...scenarios
      .filter(({ modes, smoke }) => smoke && modes.includes("live"))
      .map((scenario) => ({ scenario, mode: "live" as const, seed })),
  ];
  const suite = new Suite({
    directory: resolve(options.out),
    isJson: false,
    keepsArtifacts: true,
    jobs: 1,
  });
  const result = await suite.run(runs);
  return result.summary.failed === 0 ? EXIT.ok : EXIT.failed;
}
