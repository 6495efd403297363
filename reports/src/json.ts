// The result of a suite as the one JSON document of formats.md ("Result of a run"), and a run as
// one line of results.jsonl. Members are named here one by one, so that the document's order is
// formats.md's and nothing internal slips in.
import type {
  Artifacts,
  RecordingResult,
  RunResult,
  ShrunkRun,
  SituationCoverage,
  SuiteResult,
} from "./result.ts";

/** The whole suite, indented, with a final line feed. */
export function renderJson(suite: SuiteResult): string {
  const { passed, failed, skipped } = suite.summary;
  const document = {
    version: suite.version,
    commit: suite.commit,
    startedAt: suite.startedAt,
    summary: { passed, failed, skipped },
    ...(suite.coverage === undefined ? {} : { coverage: coverageDocument(suite.coverage) }),
    runs: suite.runs.map(runDocument),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function coverageDocument(coverage: SituationCoverage): SituationCoverage {
  const { legal, reached, ratio, missing } = coverage;
  return { legal, reached, ratio, missing };
}

/** One run as one line, with its line feed. */
export function renderJsonLine(run: RunResult): string {
  return `${JSON.stringify(runDocument(run))}\n`;
}

function runDocument(run: RunResult): RunResult {
  return {
    scenario: run.scenario,
    mode: run.mode,
    seed: run.seed,
    verdict: run.verdict,
    why: run.why,
    proves: run.proves,
    virtualMs: run.virtualMs,
    wallMs: run.wallMs,
    traceHash: run.traceHash,
    recordings: run.recordings.map(recordingDocument),
    checks: run.checks.map(({ name, verdict, detail }) => ({ name, verdict, detail })),
    artifacts: artifactsDocument(run.artifacts),
    ...(run.shrunk === undefined ? {} : { shrunk: shrunkDocument(run.shrunk) }),
  };
}

function shrunkDocument(shrunk: ShrunkRun): ShrunkRun {
  const { from, to, runs, isMinimal, why, traceHash, plan } = shrunk;
  return { from, to, runs, isMinimal, why, traceHash, plan };
}

function recordingDocument(recording: RecordingResult): RecordingResult {
  const { recordingKey, outcome, why, samples, part, callKey, gapMs = null, loss, mos } = recording;
  const gap = gapMs === null ? {} : { gapMs };
  return { recordingKey, outcome, why, samples, part, callKey, ...gap, loss, mos };
}

function artifactsDocument(artifacts: Artifacts): Artifacts {
  const { ladder, pcap, trace, log, live, pool } = artifacts;
  return { ladder, pcap, trace, log, live, pool };
}
