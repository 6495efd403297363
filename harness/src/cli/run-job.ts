// One run of a suite as a job that any process can do: which scenario, in which mode, under which
// seed, and where its files go. Used by the suite itself and by its worker processes.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Mode, Scenario } from "@tapeline/scenarios";
import { runScenario, type RunOutcome } from "../run-scenario.ts";

/** Plain data: it goes from process to process. */
export interface RunJob {
  readonly scenario: string;
  readonly mode: Mode;
  readonly seed: string;
  /** Absolute; null = keep nothing of a run that passes. */
  readonly directory: string | null;
}

/** Never rejects: whatever goes wrong is the run's verdict. */
export async function runJob(job: RunJob, scenario: Scenario): Promise<RunOutcome> {
  const { mode, seed, directory } = job;
  if (directory !== null || mode === "virtual") {
    return runScenario({ scenario, mode, seed, directory, workDirectory: directory ?? "" });
  }
  const workDirectory = await mkdtemp(join(tmpdir(), "testbed-"));
  const outcome = await runScenario({ scenario, mode, seed, directory, workDirectory });
  if (outcome.result.verdict !== "fail") await rm(workDirectory, { recursive: true });
  return outcome;
}
