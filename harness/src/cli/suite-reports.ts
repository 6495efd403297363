// The reports of a suite as files: JSON, JUnit, Markdown, the HTML page, and a page for each failed
// run that kept none of its own. What the last suite left in the same folder is read before it is
// made anew, for the trend.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  compareSuites,
  digestOf,
  HISTORY_MAX,
  parseDigests,
  parseSuite,
  renderHtml,
  renderJson,
  renderJunit,
  renderMarkdown,
  renderRunHtml,
  type FailureFacts,
  type RunEvidence,
  type RunResult,
  type SuiteDigest,
  type SuiteResult,
  type Trend,
} from "@tapeline/reports";

const RESULTS_FILE = "results.json";
const HISTORY_FILE = "history.jsonl";
/** A run's own page. */
const RUN_PAGE = "ladder.html";

/** What the last suites left. */
export interface Past {
  readonly last: SuiteResult | null;
  /** Oldest first. */
  readonly history: readonly SuiteDigest[];
}

/** Reads it; a missing or broken file is as good as none. */
export async function readPast(directory: string): Promise<Past> {
  const results = await textOf(join(directory, RESULTS_FILE));
  const history = await textOf(join(directory, HISTORY_FILE));
  return { last: parseSuite(results), history: parseDigests(history) };
}

/** The comparison with the last suite; null when there was none, or other scenarios ran. */
export function trendOf(past: Past, suite: SuiteResult): Trend | null {
  if (past.last === null) return null;
  const trend = compareSuites(past.last, suite);
  return trend.commonCount === 0 ? null : trend;
}

export interface ReportOptions {
  readonly directory: string;
  readonly junitFile?: string;
  readonly evidence: ReadonlyMap<string, RunEvidence>;
  /** Of every failed run, by `evidenceKey`. */
  readonly facts: ReadonlyMap<string, FailureFacts>;
  readonly past: Past;
}

/** Writes all; resolves with the paths that a person wants to know. */
export async function writeReports(
  suite: SuiteResult,
  options: ReportOptions,
): Promise<readonly string[]> {
  const { directory, junitFile, evidence, facts, past } = options;
  const trend = trendOf(past, suite);
  const history = [...past.history, digestOf(suite)].slice(-HISTORY_MAX);
  const html = join(directory, "report.html");
  await writeFile(html, renderHtml(suite, evidence, { directory, trend, history }));
  await writeFile(join(directory, RESULTS_FILE), renderJson(suite));
  await writeFile(
    join(directory, HISTORY_FILE),
    history.map((digest) => `${JSON.stringify(digest)}\n`).join(""),
  );
  await writeFile(join(directory, "report.md"), renderMarkdown(suite, { facts, trend }));
  await writeFile(junitFile ?? join(directory, "junit.xml"), renderJunit(suite, facts));
  return [html];
}

/** The page of a failed run that kept no files; resolves with the run that has it. */
export async function withOwnPage(
  run: RunResult,
  evidence: RunEvidence,
  folder: string,
): Promise<RunResult> {
  const ladder = join(folder, RUN_PAGE);
  const complete = { ...run, artifacts: { ...run.artifacts, ladder } };
  await mkdir(folder, { recursive: true });
  await writeFile(ladder, renderRunHtml(complete, evidence));
  return complete;
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error) return "";
    throw error;
  }
}
