// What a person needs of a failed run without opening anything: scenario, seed, what is wrong and
// when, the events and the trace up to there, and the one command that repeats it. Used by every
// report.  design.md §4
import type { Finding, RunEvidence } from "./evidence.ts";
import type { RunResult } from "./result.ts";
import { formatMoment, plural, visibleLine } from "./text.ts";

/** Events shown with a failure unless the caller says otherwise. */
const LAST_EVENTS = 12;
const DETAIL_MAX_CHARACTERS = 2_000;
const FINDINGS_MAX = 20;
/** A trace line may hold the payload's description; its beginning says what it is. */
const TRACE_MAX_CHARACTERS = 240;

/** Of a failed run what stands in the reports that keep no evidence. */
export interface FailureFacts {
  readonly findings: readonly Finding[];
  /** Messages and notes up to the first finding, as lines. */
  readonly events: readonly string[];
  /** The trace up to the first finding. */
  readonly trace: readonly string[];
}

/** For a run without evidence. */
export const NO_FACTS: FailureFacts = { findings: [], events: [], trace: [] };

/** The command that runs exactly this once more. */
export function repeatCommand(run: Pick<RunResult, "scenario" | "mode" | "seed">): string {
  const scenario = shellWord(run.scenario);
  return `npx testbed run ${scenario} --mode ${run.mode} --seed ${shellWord(run.seed)}`;
}

/** What the text reports say of a failed run. */
export function failureFacts(evidence: RunEvidence): FailureFacts {
  const { findings = [], trace = [] } = evidence;
  return { findings, events: lastEvents(evidence), trace };
}

/** When it first went wrong; null = no finding is about a moment. */
export function firstMoment(findings: readonly Finding[] = []): number | null {
  const moments = findings.flatMap(({ atMs }) => atMs ?? []);
  return moments.length === 0 ? null : Math.min(...moments);
}

/** Messages and notes as lines, oldest first: the last ones until it first went wrong. */
export function lastEvents(evidence: RunEvidence, count: number = LAST_EVENTS): readonly string[] {
  const untilMs = firstMoment(evidence.findings) ?? Infinity;
  const messages = evidence.ladder.map((message) => ({
    atMs: message.atMs,
    text:
      message.protocol === "note"
        ? message.title
        : `${message.from} → ${message.to}: ${message.title}`,
  }));
  return [...messages, ...evidence.notes]
    .filter(({ atMs }) => atMs <= untilMs)
    .sort((a, b) => a.atMs - b.atMs)
    .slice(-count)
    .map((event) => `${formatMoment(event.atMs)}  ${visibleLine(event.text)}`);
}

/** A failure as lines of plain text, complete without any file. */
export function formatFailure(run: RunResult, facts: FailureFacts): readonly string[] {
  const { findings, events, trace } = facts;
  const [first] = findings;
  const why = first === undefined ? (run.why ?? "no reason was given") : findingText(first);
  return [
    `${run.scenario} (${run.mode}, seed ${run.seed})`,
    `  why: ${cut(why)}`,
    ...(findings.length > 0 ? findingLines(findings) : checkLines(run)),
    ...block("last events:", events),
    ...block(
      "trace before it:",
      trace.map((line) => visibleLine(line).slice(0, TRACE_MAX_CHARACTERS)),
    ),
    `  repeat: ${repeatCommand(run)}`,
  ];
}

function block(name: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`  ${name}`, ...lines.map((line) => `    ${line}`)];
}

function checkLines({ checks }: RunResult): readonly string[] {
  const failed = checks.filter((check) => check.verdict === "fail");
  return failed.map((check) => `  check ${check.name}: ${cut(check.detail ?? "failed")}`);
}

function findingLines(findings: readonly Finding[]): readonly string[] {
  const shown = findings.slice(0, FINDINGS_MAX).map((finding) => {
    const moment = finding.atMs === null ? "" : ` (at ${formatMoment(finding.atMs)})`;
    return `  check ${cut(findingText(finding))}${moment}`;
  });
  const hidden = findings.length - shown.length;
  return hidden > 0 ? [...shown, `  and ${plural(hidden, "more finding")}`] : shown;
}

function findingText({ check, text }: Finding): string {
  return `${check}: ${text}`;
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
