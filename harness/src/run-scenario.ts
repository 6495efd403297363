// One run of one scenario: boot, story, heal, settle, stop, collect, check. The settle phase is the
// liveness check: once all faults are healed everything must finish within a bound (design.md §4).
import { join } from "node:path";
import type { CheckResult, Finding, RunEvidence, RunResult } from "@tapeline/reports";
import type { Mode, Scenario } from "@tapeline/scenarios";
import type { SwarmPlan } from "@tapeline/simulator/people";
import { CHECKERS } from "./checkers/all-checkers.ts";
import { StepFailure, type Environment } from "./environment/environment.ts";
import { LiveEnvironment } from "./live/live-environment.ts";
import { loopProblem } from "./live/loop-file-systems.ts";
import { postMortem, whyStopped } from "./post-mortem.ts";
import { evidenceOf } from "./record/evidence.ts";
import { findingsOf, storyFinding, type Complaints } from "./record/findings.ts";
import { recordingResults } from "./record/results.ts";
import { collect, type RunEnd, type RunRecord } from "./record/run-record.ts";
import {
  artifactPaths,
  NO_ARTIFACTS,
  unfinishedArtifacts,
  writeArtifacts,
  writeUnfinished,
} from "./record/write-artifacts.ts";
import { tell } from "./story/tell.ts";
import { VirtualEnvironment } from "./virtual/virtual-environment.ts";

/** After the story and the healing everything must be finished within this. */
const SETTLE_LIMIT_MS = 120_000;

export interface RunOptions {
  readonly scenario: Scenario;
  readonly mode: Mode;
  readonly seed: string;
  /** Folder for this run's files; null = keep nothing (many seeds). */
  readonly directory: string | null;
  /** Folder that live runs work in, also when nothing is kept. */
  readonly workDirectory: string;
  /** What a swarm plays in place of the plan of its seed: a reduced one. */
  readonly plan?: SwarmPlan | null;
}

export interface RunOutcome {
  readonly result: RunResult;
  readonly evidence: RunEvidence | null;
  /** "oddity × situation", as a swarm came by them. */
  readonly situations?: readonly string[];
}

export async function runScenario(options: RunOptions): Promise<RunOutcome> {
  const { scenario, mode } = options;
  if (!scenario.modes.includes(mode)) return skipped(options);
  const obstacle = mode === "live" && scenario.ownFileSystems === true ? loopProblem() : null;
  if (obstacle !== null) return skipped(options, obstacle);
  const startedMs = performance.now();
  let environment: Environment | null = null;
  try {
    environment = await boot(options);
    const record = await play(environment);
    const virtualMs = environment.nowMs();
    const wallMs = performance.now() - startedMs;
    const complaints = complaintsOf(record);
    return await conclude(options, environment, { record, complaints, virtualMs, wallMs });
  } catch (error) {
    const examined = environment === null ? null : await postMortem(environment, error);
    const wallMs = performance.now() - startedMs;
    const complaints = examined?.complaints ?? [];
    const result: RunResult = {
      ...failed(options, failureText(error), { environment, wallMs }),
      ...(complaints.length === 0
        ? {}
        : {
            why: whyStopped(failureText(error), complaints),
            checks: complaints.map(verdictOf),
          }),
    };
    if (environment === null) return { result, evidence: null };
    const seen = examined === null ? [] : findingsOf(examined.record, complaints);
    const finding = storyFinding(failureText(error), environment.pbxNowMs());
    return await concludeFailed(options, environment, { result, findings: [...seen, finding] });
  }
}

/** A run that came to no end: what there is of it is kept, then it is ended. */
async function concludeFailed(
  { directory }: RunOptions,
  environment: Environment,
  { result, findings }: { readonly result: RunResult; readonly findings: readonly Finding[] },
): Promise<RunOutcome> {
  const evidence = evidenceOf(environment, null, findings);
  try {
    if (directory === null) return { result, evidence };
    const artifacts = unfinishedArtifacts(directory, environment);
    const complete = { ...result, artifacts };
    await writeUnfinished(directory, environment, { evidence, result: complete });
    return { result: complete, evidence };
  } finally {
    await environment.abandon();
  }
}

function boot(options: RunOptions): Promise<Environment> {
  const { scenario, seed, directory, workDirectory } = options;
  if (options.mode === "virtual") {
    return VirtualEnvironment.start({
      scenario,
      seed,
      trace: directory === null ? "hash" : "full",
      plan: options.plan ?? null,
    });
  }
  return LiveEnvironment.start({
    scenario,
    seed,
    directory: join(workDirectory, "files"),
    captures: directory !== null,
  });
}

/** A booted environment becomes the record of its run. */
export async function play(environment: Environment): Promise<RunRecord> {
  return collect(environment, await act(environment));
}

/** Story, healing, settling, stop: all that a run does before anybody looks at what it left. */
export async function act(environment: Environment): Promise<RunEnd> {
  const { story, listeners } = tell(environment);
  await environment.drive(environment.scenario.story(story));
  await environment.drive(settle(environment));
  const catalog = await environment.catalog();
  const account = await environment.account();
  const stoppedMs = environment.pbxNowMs();
  const leftovers = await environment.stop();
  return { listeners, catalog, account, stoppedMs, leftovers };
}

async function settle(environment: Environment): Promise<void> {
  environment.faults.heal();
  environment.note("settle");
  await environment.waitFor(
    "no call is left on the IP Office",
    () => environment.pbx.activeCalls().length === 0,
    SETTLE_LIMIT_MS,
  );
  await environment.waitFor(
    "the recorder has finished all work",
    environment.isIdle,
    SETTLE_LIMIT_MS,
  );
}

/** The verdict of every checker. */
export function check(record: RunRecord): CheckResult[] {
  return complaintsOf(record).map(verdictOf);
}

function complaintsOf(record: RunRecord): Complaints[] {
  return CHECKERS.map((checker) => ({ name: checker.name, texts: checker.check(record) }));
}

function verdictOf({ name, texts }: Complaints): CheckResult {
  const isGood = texts.length === 0;
  return { name, verdict: isGood ? "pass" : "fail", detail: isGood ? null : texts.join("; ") };
}

interface Played {
  readonly record: RunRecord;
  readonly complaints: readonly Complaints[];
  readonly virtualMs: number;
  readonly wallMs: number;
}

async function conclude(
  options: RunOptions,
  environment: Environment,
  played: Played,
): Promise<RunOutcome> {
  const { record, complaints, virtualMs, wallMs } = played;
  const checks = complaints.map(verdictOf);
  const failure = checks.find(({ verdict }) => verdict === "fail");
  const { directory } = options;
  const result: RunResult = {
    scenario: options.scenario.name,
    mode: options.mode,
    seed: options.seed,
    verdict: failure === undefined ? "pass" : "fail",
    why: failure === undefined ? null : `${failure.name}: ${failure.detail ?? ""}`,
    proves: options.scenario.proves,
    virtualMs: options.mode === "virtual" ? virtualMs : wallMs,
    wallMs,
    traceHash: environment.trace()?.hash ?? null,
    recordings: recordingResults(record),
    checks,
    artifacts: directory === null ? NO_ARTIFACTS : artifactPaths(directory, environment),
  };
  const situations = [...environment.observations.situations];
  if (directory === null) {
    // Of many seeds only those that fail are worth showing.
    const isKept = failure !== undefined;
    const kept = isKept ? evidenceOf(environment, record, findingsOf(record, complaints)) : null;
    return { result, evidence: kept, situations };
  }
  const evidence = evidenceOf(environment, record, findingsOf(record, complaints));
  await writeArtifacts(directory, environment, { record, evidence, result });
  return { result, evidence, situations };
}

function failureText(error: unknown): string {
  if (error instanceof StepFailure) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** A run whose process was lost. */
export function lostRun(
  run: Pick<RunOptions, "scenario" | "mode" | "seed">,
  why: string,
  wallMs: number,
): RunOutcome {
  return { result: failed(run, why, { environment: null, wallMs }), evidence: null };
}

function failed(
  options: Pick<RunOptions, "scenario" | "mode" | "seed">,
  why: string,
  run: { readonly environment: Environment | null; readonly wallMs: number },
): RunResult {
  return {
    ...emptyResult(options),
    verdict: "fail",
    why,
    virtualMs: run.environment?.nowMs() ?? 0,
    wallMs: run.wallMs,
    traceHash: run.environment?.trace()?.hash ?? null,
  };
}

function skipped(
  options: RunOptions,
  why = options.scenario.notElsewhere ?? "not for this mode",
): RunOutcome {
  return { result: { ...emptyResult(options), verdict: "skip", why }, evidence: null };
}

function emptyResult(options: Pick<RunOptions, "scenario" | "mode" | "seed">): RunResult {
  return {
    scenario: options.scenario.name,
    mode: options.mode,
    seed: options.seed,
    verdict: "skip",
    why: null,
    proves: options.scenario.proves,
    virtualMs: 0,
    wallMs: 0,
    traceHash: null,
    recordings: [],
    checks: [],
    artifacts: NO_ARTIFACTS,
  };
}
