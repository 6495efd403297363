// The reports of a suite as files, the trend against what the folder held before, and the page of a
// failed seed among very many.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import {
  evidenceKey,
  HISTORY_MAX,
  type FailureFacts,
  type RunResult,
  type SuiteResult,
} from "@tapeline/reports";
import { readPast, trendOf, withOwnPage, writeReports } from "../../src/cli/suite-reports.ts";
import { NO_ARTIFACTS } from "../../src/record/write-artifacts.ts";

const FAILED: RunResult = {
  scenario: "swarm/busy-site",
  mode: "virtual",
  seed: "s+7",
  verdict: "fail",
  why: "audio: frame 3 is missing",
  proves: ["T1"],
  virtualMs: 1_000,
  wallMs: 10,
  traceHash: null,
  recordings: [],
  checks: [{ name: "audio", verdict: "fail", detail: "frame 3 is missing" }],
  artifacts: NO_ARTIFACTS,
};
const PASSED: RunResult = { ...FAILED, verdict: "pass", why: null, checks: [] };
const FACTS: FailureFacts = {
  findings: [{ check: "audio", text: "frame 3 is missing", atMs: 900 }],
  events: ["1.000 s  IP Office → Recorder: BYE"],
  trace: ["999990 udp recv"],
};

async function folder(context: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "tapeline-reports-"));
  context.after(() => rm(path, { recursive: true }));
  return path;
}

function suiteOf(run: RunResult): SuiteResult {
  const failed = run.verdict === "fail" ? 1 : 0;
  const summary = { passed: 1 - failed, failed, skipped: 0 };
  const startedAt = "2026-01-05T08:00:00.000Z";
  return { version: 1, commit: "0123abc", startedAt, summary, runs: [run] };
}

async function write(directory: string, suite: SuiteResult): Promise<void> {
  const past = await readPast(directory);
  const facts = new Map(suite.runs.map((run) => [evidenceKey(run), FACTS]));
  await writeReports(suite, { directory, evidence: new Map(), facts, past });
}

test("a failure's text in JUnit and Markdown needs no artefact: why, last events, command", async (context) => {
  const directory = await folder(context);
  await write(directory, suiteOf(FAILED));
  for (const name of ["junit.xml", "report.md"]) {
    const text = await readFile(join(directory, name), "utf8");
    assert.match(text, /audio: frame 3 is missing/, name);
    assert.match(text, /1\.000 s {2}IP Office → Recorder: BYE/, name);
    assert.match(text, /npx testbed run swarm\/busy-site --mode virtual --seed s\+7/, name);
  }
});

test("the next suite in the same folder knows what changed; the history has an end", async (context) => {
  const directory = await folder(context);
  assert.equal(trendOf(await readPast(directory), suiteOf(PASSED)), null);
  for (let count = 0; count < HISTORY_MAX + 3; count += 1) await write(directory, suiteOf(PASSED));
  const past = await readPast(directory);
  assert.equal(past.history.length, HISTORY_MAX);
  assert.deepEqual(trendOf(past, suiteOf(FAILED))?.broken, ["swarm/busy-site (virtual)"]);
  await write(directory, suiteOf(FAILED));
  assert.match(await readFile(join(directory, "report.html"), "utf8"), /1 newly failing/);
  const other = suiteOf({ ...FAILED, scenario: "basics/one-call" });
  assert.equal(trendOf(past, other), null, "other scenarios are no trend");
});

test("results that are cut off or foreign are no past, and no error", async (context) => {
  const directory = await folder(context);
  await writeFile(join(directory, "results.json"), '{"version":1,"runs":[');
  await writeFile(join(directory, "history.jsonl"), '{"version":1}\nnonsense\n');
  assert.deepEqual(await readPast(directory), { last: null, history: [] });
});

test("a failed seed that kept no files has a page of its own", async (context) => {
  const directory = join(await folder(context), "swarm-busy-site-virtual-s+7");
  const evidence = { ladder: [], tracks: [], notes: [{ atMs: 5, text: "2001 answers" }] };
  const { artifacts } = await withOwnPage(FAILED, evidence, directory);
  assert.equal(artifacts.ladder, join(directory, "ladder.html"));
  assert.match(await readFile(artifacts.ladder, "utf8"), /frame 3 is missing[\s\S]*2001 answers/);
});
