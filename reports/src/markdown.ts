// A short summary in Markdown, for a pull request or a CI job page: figures per mode, then what
// failed with the command that repeats it, then what was skipped and why.
import { repeatCommand } from "./failure.ts";
import type { RunResult, SuiteResult } from "./result.ts";
import { speedOf, summarize } from "./summary.ts";
import { formatCount, formatDuration, plural, visibleLine } from "./text.ts";

/** Failures listed in full; the rest is a number. */
const FAILURES_MAX = 50;

/** The suite as a Markdown text. */
export function renderMarkdown(suite: SuiteResult): string {
  const failed = suite.runs.filter((run) => run.verdict === "fail");
  const skipped = suite.runs.filter((run) => run.verdict === "skip");
  const verdict = failed.length > 0 ? `${plural(failed.length, "run")} failed` : "all runs passed";
  return `${[
    `## Tapeline: ${suite.runs.length === 0 ? "nothing was run" : verdict}`,
    "",
    `Commit \`${codeText(suite.commit)}\`, started ${cell(suite.startedAt)}.`,
    "",
    ...table(suite),
    ...(failed.length > 0 ? ["", "### Failed", "", ...failureLines(failed)] : []),
    ...(skipped.length > 0 ? ["", "### Skipped", "", ...skipped.map(skippedLine)] : []),
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

function failureLines(failed: readonly RunResult[]): readonly string[] {
  const lines = failed
    .slice(0, FAILURES_MAX)
    .map(
      (run) =>
        `* **${cell(run.scenario)}** (${run.mode}): ${cell(run.why ?? "no reason was given")}\n` +
        `  \`${codeText(repeatCommand(run))}\``,
    );
  const hidden = failed.length - FAILURES_MAX;
  return hidden > 0 ? [...lines, `* and ${plural(hidden, "more failure")}`] : lines;
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
