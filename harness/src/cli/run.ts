// `testbed run`: chosen scenarios, in one mode, once or many times, one after the other or in
// several processes.
import { resolve } from "node:path";
import { loadScenarios, type Mode, type Scenario } from "@tapeline/scenarios";
import { EXIT, UsageError } from "./exit-codes.ts";
import { Suite, type PlannedRun } from "./suite-runner.ts";

export interface RunCommandOptions {
  readonly mode: Mode;
  readonly seed: string;
  readonly times: number;
  readonly jobs: number;
  readonly out: string;
  readonly junit?: string;
  readonly json?: boolean;
}

/** Runs in excess of this keep no artefacts: thousands of seeds would fill the disk. */
const ARTIFACT_RUNS = 100;

export async function runCommand(
  patterns: readonly string[],
  options: RunCommandOptions,
): Promise<number> {
  const chosen = choose(await loadScenarios(), patterns);
  const runs: PlannedRun[] = chosen.flatMap((scenario) =>
    Array.from({ length: options.times }, (_, index) => ({
      scenario,
      mode: options.mode,
      seed: options.times === 1 ? options.seed : `${options.seed}+${index}`,
    })),
  );
  const suite = new Suite({
    directory: resolve(options.out),
    isJson: options.json === true,
    keepsArtifacts: runs.length <= ARTIFACT_RUNS,
    jobs: options.jobs,
    ...(options.junit === undefined ? {} : { junitFile: resolve(options.junit) }),
  });
  const result = await suite.run(runs);
  return result.summary.failed === 0 ? EXIT.ok : EXIT.failed;
}

/** The scenarios whose names match one of the patterns; all without patterns. */
export function choose(all: readonly Scenario[], patterns: readonly string[]): readonly Scenario[] {
  if (patterns.length === 0) return all;
  const matchers = patterns.map((pattern) => {
    const parts = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
    return { pattern, expression: new RegExp(`^${parts.join(".*")}$`) };
  });
  for (const { pattern, expression } of matchers) {
    if (!all.some(({ name }) => expression.test(name))) {
      throw new UsageError(`No scenario matches "${pattern}"; see \`npx testbed list\`.`);
    }
  }
  return all.filter(({ name }) => matchers.some(({ expression }) => expression.test(name)));
}
