// Counts of a suite, per mode and over all: what the console, Markdown and HTML reports print.
// Pure; formats.md, "Result of a run".
import type { Mode, RunResult, Verdict } from "./result.ts";

/** The runs of one mode in figures. */
export interface ModeSummary {
  readonly mode: Mode;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly recordings: number;
  /** Audio recorded, at 8,000 samples a second. */
  readonly audioMs: number;
  readonly virtualMs: number;
  readonly wallMs: number;
}

const MODES: readonly Mode[] = ["virtual", "live"];
const SAMPLES_PER_MS = 8;

/** One row for each mode that has runs, virtual first. */
export function summarize(runs: readonly RunResult[]): readonly ModeSummary[] {
  return MODES.map((mode) => ofMode(mode, runs)).filter(
    (row) => row.passed + row.failed + row.skipped > 0,
  );
}

/** How many times faster than real time the runs went; null when none took time. */
export function speedOf(row: ModeSummary): number | null {
  return row.wallMs > 0 && row.virtualMs > 0 ? row.virtualMs / row.wallMs : null;
}

function ofMode(mode: Mode, all: readonly RunResult[]): ModeSummary {
  const runs = all.filter((run) => run.mode === mode);
  const count = (verdict: Verdict): number => runs.filter((run) => run.verdict === verdict).length;
  const recordings = runs.flatMap((run) => run.recordings);
  return {
    mode,
    passed: count("pass"),
    failed: count("fail"),
    skipped: count("skip"),
    recordings: recordings.length,
    audioMs: recordings.reduce((sum, recording) => sum + recording.samples, 0) / SAMPLES_PER_MS,
    virtualMs: runs.reduce((sum, run) => sum + run.virtualMs, 0),
    wallMs: runs.reduce((sum, run) => sum + run.wallMs, 0),
  };
}
