// A short summary in Markdown, for a pull request or a CI job page: figures per mode, then what
// failed with the command that repeats it, then what was skipped and why.
import { NO_FACTS, repeatCommand } from "./failure.ts";
import type { FailureFacts } from "./failure.ts";
import type { RunResult, SuiteResult } from "./result.ts";
import type { Finding } from "./evidence.ts";
import { evidenceKey } from "./run-key.ts";
import type { FactsByRun } from "./run-key.ts";
import { speedOf, summarize } from "./summary.ts";
import { trendSentence } from "./trend.ts";
import type { Trend } from "./trend.ts";
import { formatCount, formatDuration, formatMoment, plural, visibleLine } from "./text.ts";

/** Failures listed in full; the rest is a number. */
const FAILURES_MAX = 50;

/** Runs listed as the slowest. */
const SLOWEST = 5;
/** Runs with fewer than this are seen at a glance. */
const SLOWEST_OF = 10;

/** What a summary knows beyond the results. */
export interface MarkdownOptions {
  readonly facts?: FactsByRun;
  readonly trend?: Trend | null;
}

/** The suite as a Markdown text. */
export function renderMarkdown(suite: SuiteResult, options: MarkdownOptions = {}): string {
  const { facts = new Map<string, FailureFacts>(), trend = null } = options;
  const failed = suite.runs.filter((run) => run.verdict === "fail");
  const skipped = suite.runs.filter((run) => run.verdict === "skip");
  const verdict = failed.length > 0 ? `${plural(failed.length, "run")} failed` : "all runs passed";
  return `${[
    `## Tapeline: ${suite.runs.length === 0 ? "nothing was run" : verdict}`,
    "",
    `Commit \`${codeText(suite.commit)}\`, started ${cell(suite.startedAt)}.`,
    "",
    ...trendLines(trend),
    ...table(suite),
    ...(failed.length > 0 ? ["", "### Failed", "", ...failureLines(failed, facts)] : []),
    ...(skipped.length > 0 ? ["", "### Skipped", "", ...skipped.map(skippedLine)] : []),
    ...slowestLines(suite.runs),
  ].join("\n")}\n`;
}

function table(suite: SuiteResult): readonly string[] {
  const rows = summarize(suite.runs).map((row) => {
    const speed = speedOf(row);
    const ratio = row.mode === "virtual" && speed !== null ? `${formatCount(speed)} ×` : "–";
    return `| ${row.mode} | ${row.passed} | ${row.failed} | ${row.skipped} | ${row.recordings} | ${formatDuration(row.audioMs)} | ${formatDuration(row.wallMs)} | ${ratio} |`;
  });
  return [
    "| mode | passed | failed | skipped | recordings | audio | time | speed |",
    "|---|--:|--:|--:|--:|--:|--:|--:|",
    ...rows,
  ];
}

function trendLines(trend: Trend | null): readonly string[] {
  if (trend === null) return [];
  const { commit, startedAt } = trend.before;
  const before = `${cell(startedAt)}, commit \`${codeText(commit)}\``;
  const named = [
    ...trend.broken.map((name) => `* newly failing: ${cell(name)}`),
    ...trend.mended.map((name) => `* mended: ${cell(name)}`),
  ].slice(0, FAILURES_MAX);
  const list = named.length > 0 ? [...named, ""] : [];
  return [`Against the last run (${before}): **${trendSentence(trend)}**.`, "", ...list];
}

function failureLines(failed: readonly RunResult[], facts: FactsByRun): readonly string[] {
  const lines = failed.slice(0, FAILURES_MAX).map((run) => {
    const { findings, events: last } = facts.get(evidenceKey(run)) ?? NO_FACTS;
    return [
      `* **${cell(run.scenario)}** (${run.mode}): ${cell(whyOf(run, findings))}`,
      `  \`${codeText(repeatCommand(run))}\``,
      ...(last.length > 0 ? ["", "  ```text", ...last.map(eventLine), "  ```", ""] : []),
    ].join("\n");
  });
  const hidden = failed.length - FAILURES_MAX;
  return hidden > 0 ? [...lines, `* and ${plural(hidden, "more failure")}`] : lines;
}

/** The first finding with its moment stands for all: the page has the rest. */
function whyOf(run: RunResult, findings: readonly Finding[]): string {
  const [first] = findings;
  if (first === undefined) return run.why ?? "no reason was given";
  const moment = first.atMs === null ? "" : ` (at ${formatMoment(first.atMs)})`;
  const more = findings.length > 1 ? `; and ${plural(findings.length - 1, "more finding")}` : "";
  return `${first.check}: ${first.text}${moment}${more}`;
}

/** A line inside a fence, which no text of an event can end. */
function eventLine(event: string): string {
  return `  ${codeText(event)}`;
}

function slowestLines(runs: readonly RunResult[]): readonly string[] {
  if (runs.length < SLOWEST_OF) return [];
  const slowest = [...runs].sort((a, b) => b.wallMs - a.wallMs).slice(0, SLOWEST);
  const lines = slowest.map(
    (run) => `* ${cell(run.scenario)} (${run.mode}): ${formatDuration(run.wallMs)}`,
  );
  return ["", "### Slowest", "", ...lines];
}

function skippedLine(run: RunResult): string {
  return `* ${cell(run.scenario)} (${run.mode}): ${cell(run.why ?? "no reason was given")}`;
}

/** Text that cannot leave its line, build a table, a link or markup. */
function cell(text: string): string {
  return visibleLine(text)
    .replace(/[\\`*_[\]|~#]/g, String.raw`\$&`)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;");
}

function codeText(text: string): string {
  return visibleLine(text).replaceAll("`", "'");
}
