// `testbed run`: chosen scenarios, in one mode, once or many times, one after the other or in
// several processes.
import { resolve } from "node:path";
import { loadScenarios, type Mode } from "@tapeline/scenarios";
import { choose } from "./choose.ts";
import { EXIT } from "./exit-codes.ts";
import { Suite, type PlannedRun } from "./suite-runner.ts";

export interface RunCommandOptions {
  readonly mode: Mode;
  /** Without one a pinned failure runs under its own, everything else under "1". */
  readonly seed?: string;
  readonly times: number;
  readonly jobs: number;
  readonly out: string;
  readonly junit?: string;
  readonly json?: boolean;
  /** false: failures of swarms are not reduced. */
  readonly shrink?: boolean;
}

const DEFAULT_SEED = "1";
/** Runs in excess of this keep no artefacts: thousands of seeds would fill the disk. */
const ARTIFACT_RUNS = 100;

export async function runCommand(
  patterns: readonly string[],
  options: RunCommandOptions,
): Promise<number> {
  const chosen = choose(await loadScenarios(), patterns);
  const runs: PlannedRun[] = chosen.flatMap((scenario) => {
    const seed = options.seed ?? scenario.seed ?? DEFAULT_SEED;
    return Array.from({ length: options.times }, (_, index) => ({
      scenario,
      mode: options.mode,
      seed: options.times === 1 ? seed : `${seed}+${index}`,
    }));
  });
  const suite = new Suite({
    directory: resolve(options.out),
    isJson: options.json === true,
    keepsArtifacts: runs.length <= ARTIFACT_RUNS,
    jobs: options.jobs,
    leavesFailuresWhole: options.shrink === false,
    ...(options.junit === undefined ? {} : { junitFile: resolve(options.junit) }),
  });
  const result = await suite.run(runs);
  return result.summary.failed === 0 ? EXIT.ok : EXIT.failed;
}
