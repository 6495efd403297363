// The result of runs, as formats.md has it ("Result of a run"): what the reports are drawn from.

export type Mode = "virtual" | "live";
export type Verdict = "pass" | "fail" | "skip";

export interface RecordingResult {
  readonly recordingKey: string;
  readonly outcome: string;
  readonly why: string | null;
  readonly samples: number;
  readonly part: number | null;
  readonly callKey: string | null;
  /** How long nothing was recorded between the part before and this one; null = it is the first. */
  readonly gapMs?: number | null;
  /** Lost packets as a share of those expected. */
  readonly loss: number;
  readonly mos: number | null;
}

export interface CheckResult {
  readonly name: string;
  readonly verdict: Verdict;
  readonly detail: string | null;
}

/** Absolute paths; null where a run has none. */
export interface Artifacts {
  readonly ladder: string | null;
  readonly pcap: string | null;
  readonly trace: string | null;
  readonly log: string | null;
  readonly live: string | null;
  readonly pool: string | null;
}

/** Sizes of a plan. */
export interface PlanCounts {
  readonly people: number;
  readonly steps: number;
  readonly faults: number;
}

/** What is left of a failed swarm's plan when all is taken out that the failure does not need. */
export interface ShrunkRun {
  /** The simulator's plan (people, steps, faults) as JSON. */
  readonly plan: unknown;
  readonly from: PlanCounts;
  readonly to: PlanCounts;
  /** Runs that it took. */
  readonly runs: number;
  /** False where the bound on runs came first. */
  readonly isMinimal: boolean;
  /** Why the reduced plan fails, and the trace of that. */
  readonly why: string;
  readonly traceHash: string | null;
}

export interface RunResult {
  readonly scenario: string;
  readonly mode: Mode;
  readonly seed: string;
  readonly verdict: Verdict;
  /** Why it failed or was skipped, one sentence. */
  readonly why: string | null;
  readonly proves: readonly string[];
  readonly virtualMs: number;
  readonly wallMs: number;
  readonly traceHash: string | null;
  readonly recordings: readonly RecordingResult[];
  readonly checks: readonly CheckResult[];
  readonly artifacts: Artifacts;
  /** Only of failed runs that have a plan. */
  readonly shrunk?: ShrunkRun;
}

/** Which oddity met which situation, of all that may meet, over the swarms of a suite. */
export interface SituationCoverage {
  readonly legal: number;
  readonly reached: number;
  /** 0–1. */
  readonly ratio: number;
  /** "oddity × situation". */
  readonly missing: readonly string[];
}

export interface SuiteResult {
  readonly version: 1;
  readonly commit: string;
  readonly startedAt: string;
  readonly summary: { readonly passed: number; readonly failed: number; readonly skipped: number };
  /** Absent where no swarm with troubles ran. */
  readonly coverage?: SituationCoverage;
  readonly runs: readonly RunResult[];
}
