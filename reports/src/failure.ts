// What a person needs of a failed run without opening anything: scenario, seed, why, the last
// events, and the one command that repeats it. Used by every report.  design.md §4
import type { RunEvidence } from "./evidence.ts";
import type { RunResult } from "./result.ts";
import { formatMoment, visibleLine } from "./text.ts";

/** Events shown with a failure unless the caller says otherwise. */
const LAST_EVENTS = 12;
const DETAIL_MAX_CHARACTERS = 2_000;

/** The command that runs exactly this once more. */
export function repeatCommand(run: Pick<RunResult, "scenario" | "mode" | "seed">): string {
  const scenario = shellWord(run.scenario);
  return `npx testbed run ${scenario} --mode ${run.mode} --seed ${shellWord(run.seed)}`;
}

/** Messages and notes of the end of a run as lines, oldest first. */
export function lastEvents(evidence: RunEvidence, count: number = LAST_EVENTS): readonly string[] {
  const messages = evidence.ladder.map((message) => ({
    atMs: message.atMs,
    text:
      message.protocol === "note"
        ? message.title
        : `${message.from} → ${message.to}: ${message.title}`,
  }));
  return [...messages, ...evidence.notes]
    .sort((a, b) => a.atMs - b.atMs)
    .slice(-count)
    .map((event) => `${formatMoment(event.atMs)}  ${visibleLine(event.text)}`);
}

/** A failure as lines of plain text, complete without any file. */
export function formatFailure(run: RunResult, events: readonly string[]): readonly string[] {
  const failed = run.checks.filter((check) => check.verdict === "fail");
  return [
    `${run.scenario} (${run.mode}, seed ${run.seed})`,
    `  why: ${cut(run.why ?? "no reason was given")}`,
    ...failed.map((check) => `  check ${check.name}: ${cut(check.detail ?? "failed")}`),
    ...(events.length > 0 ? ["  last events:", ...events.map((event) => `    ${event}`)] : []),
    `  repeat: ${repeatCommand(run)}`,
  ];
}

function shellWord(text: string): string {
  if (/^[\w./:@%+=-]+$/.test(text)) return text;
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function cut(text: string): string {
  const line = visibleLine(text);
  if (line.length <= DETAIL_MAX_CHARACTERS) return line;
  return `${line.slice(0, DETAIL_MAX_CHARACTERS)} … (cut at ${DETAIL_MAX_CHARACTERS} characters)`;
}
