// How a run is named where evidence is looked up and pages are linked.
import type { RunEvidence } from "./evidence.ts";
import type { FailureFacts } from "./failure.ts";
import type { RunResult } from "./result.ts";

/** Evidence of each run by `evidenceKey`. */
export type EvidenceByRun = ReadonlyMap<string, RunEvidence>;

/** What the text reports say of failed runs, by `evidenceKey`. */
export type FactsByRun = ReadonlyMap<string, FailureFacts>;

/** The key of a run's evidence: `scenario|mode|seed`. */
export function evidenceKey(run: Pick<RunResult, "scenario" | "mode" | "seed">): string {
  return `${run.scenario}|${run.mode}|${run.seed}`;
}
