// What changed against the last run of a suite: what fails now and did not, what is mended, what
// takes longer; and the history of the last runs as figures. Pure; scenarios are compared by name
// and mode, because seeds differ from run to run.
import type { RunResult, SuiteResult } from "./result.ts";

/** One finished suite in figures: a line of history.jsonl. */
export interface SuiteDigest {
  readonly version: 1;
  readonly commit: string;
  readonly startedAt: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly wallMs: number;
}

/** A scenario in a mode that takes longer than it did. */
export interface SlowerScenario {
  readonly scenario: string;
  readonly mode: string;
  readonly beforeMs: number;
  readonly nowMs: number;
}

/** The comparison with the last run; names are "scenario (mode)". */
export interface Trend {
  readonly before: SuiteDigest;
  /** Scenarios that ran both times. */
  readonly commonCount: number;
  /** Failed now, not then. */
  readonly broken: readonly string[];
  /** Failed then, not now. */
  readonly mended: readonly string[];
  readonly stillFailing: readonly string[];
  /** Run now, not then. */
  readonly added: readonly string[];
  readonly slower: readonly SlowerScenario[];
}

/** Suites kept in the history. */
export const HISTORY_MAX = 40;
/** Slower by less than both is noise of the machine. */
const SLOWER_RATIO = 1.5;
const SLOWER_MS = 500;
const SLOWER_MAX = 10;

/** A suite in figures. */
export function digestOf(suite: SuiteResult): SuiteDigest {
  const { passed, failed, skipped } = suite.summary;
  const wallMs = Math.round(suite.runs.reduce((sum, run) => sum + run.wallMs, 0));
  const { commit, startedAt } = suite;
  return { version: 1, commit, startedAt, passed, failed, skipped, wallMs };
}

/** How a run is named in a trend. */
export function trendName(run: Pick<RunResult, "scenario" | "mode">): string {
  return `${run.scenario} (${run.mode})`;
}

/** Compares with the last run. */
export function compareSuites(before: SuiteResult, now: SuiteResult): Trend {
  const [then, current] = [byName(before), byName(now)];
  const names = [...current.keys()].sort();
  const common = names.filter((name) => then.has(name));
  const failed = (runs: ReadonlyMap<string, Group>, name: string): boolean =>
    runs.get(name)?.hasFailed === true;
  return {
    before: digestOf(before),
    commonCount: common.length,
    broken: common.filter((name) => failed(current, name) && !failed(then, name)),
    mended: common.filter((name) => current.get(name)?.hasPassed && failed(then, name)),
    stillFailing: common.filter((name) => failed(current, name) && failed(then, name)),
    added: names.filter((name) => !then.has(name)),
    slower: common
      .flatMap((name) => slowerOf(then.get(name), current.get(name)))
      .sort((a, b) => b.nowMs - b.beforeMs - (a.nowMs - a.beforeMs))
      .slice(0, SLOWER_MAX),
  };
}

/** The trend in one sentence. */
export function trendSentence(trend: Trend): string {
  const parts = [
    ...(trend.broken.length > 0 ? [`${trend.broken.length} newly failing`] : []),
    ...(trend.stillFailing.length > 0 ? [`${trend.stillFailing.length} still failing`] : []),
    ...(trend.mended.length > 0 ? [`${trend.mended.length} mended`] : []),
    ...(trend.slower.length > 0 ? [`${trend.slower.length} slower`] : []),
    ...(trend.added.length > 0 ? [`${trend.added.length} new`] : []),
  ];
  return parts.length === 0 ? "nothing changed" : parts.join(", ");
}

interface Group {
  readonly scenario: string;
  readonly mode: string;
  /** Mixed seeds: one that failed makes it failed. */
  readonly hasFailed: boolean;
  readonly hasPassed: boolean;
  readonly meanMs: number;
}

function byName(suite: SuiteResult): ReadonlyMap<string, Group> {
  const groups = new Map<string, RunResult[]>();
  for (const run of suite.runs) {
    const name = trendName(run);
    const runs = groups.get(name) ?? [];
    runs.push(run);
    groups.set(name, runs);
  }
  return new Map([...groups].map(([name, runs]) => [name, groupOf(runs)]));
}

function groupOf(runs: readonly RunResult[]): Group {
  const [{ scenario, mode } = { scenario: "", mode: "" }] = runs;
  const hasFailed = runs.some(({ verdict }) => verdict === "fail");
  const hasPassed = !hasFailed && runs.some(({ verdict }) => verdict === "pass");
  const meanMs = runs.reduce((sum, run) => sum + run.wallMs, 0) / Math.max(1, runs.length);
  return { scenario, mode, hasFailed, hasPassed, meanMs };
}

function slowerOf(then: Group | undefined, now: Group | undefined): readonly SlowerScenario[] {
  if (then === undefined || now === undefined || !then.hasPassed || !now.hasPassed) return [];
  const [beforeMs, nowMs] = [then.meanMs, now.meanMs];
  if (nowMs < beforeMs * SLOWER_RATIO || nowMs - beforeMs < SLOWER_MS) return [];
  return [{ scenario: now.scenario, mode: now.mode, beforeMs, nowMs }];
}
