// JUnit XML for CI servers: one suite a mode, one test case a run. The failure's text says all that
// is needed to repeat it, because CI often keeps no artefacts.
// The dialect is the one that Jenkins, GitLab and GitHub actions agree on: valid against Jenkins'
// junit-10.xsd, and suite by suite against Ant's JUnit.xsd.
import { formatFailure, NO_FACTS } from "./failure.ts";
import type { Mode, RunResult, SuiteResult } from "./result.ts";
import { evidenceKey } from "./run-key.ts";
import type { FactsByRun } from "./run-key.ts";
import { escapeMarkup } from "./text.ts";

const MESSAGE_CHARACTERS = 400;

/** The suite as one XML document; `facts`, when given, say more of failures. */
export function renderJunit(suite: SuiteResult, facts: FactsByRun = new Map()): string {
  const modes = [...new Set(suite.runs.map((run) => run.mode))];
  const suites = modes.map((mode, id) => renderMode(suite, { mode, id, facts }));
  const attributes = countAttributes(suite.runs);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="tapeline" ${attributes}>`,
    ...suites,
    "</testsuites>",
    "",
  ].join("\n");
}

function renderMode(
  suite: SuiteResult,
  { mode, id, facts }: { readonly mode: Mode; readonly id: number; readonly facts: FactsByRun },
): string {
  const runs = suite.runs.filter((run) => run.mode === mode);
  const skipped = runs.filter((run) => run.verdict === "skip").length;
  // Ant's schema wants whole seconds without a zone; all our times are UTC.
  const timestamp = escapeMarkup(suite.startedAt.replace(/(?:\.\d+)?Z$/, ""));
  // The machine is not named: a report is mailed and attached.
  const place = `id="${id}" package="tapeline" hostname="localhost" timestamp="${timestamp}"`;
  const cases = runs.map((run) => renderRun(run, facts));
  return [
    `  <testsuite name="tapeline ${mode}" ${place} ${countAttributes(runs)} skipped="${skipped}">`,
    "    <properties>",
    `      <property name="commit" value="${escapeMarkup(suite.commit)}"/>`,
    "    </properties>",
    ...cases,
    "    <system-out/>",
    "    <system-err/>",
    "  </testsuite>",
  ].join("\n");
}

function renderRun(run: RunResult, facts: FactsByRun): string {
  const folder = run.scenario.includes("/") ? run.scenario.replace(/\/[^/]*$/, "") : "scenarios";
  const name = escapeMarkup(`${run.scenario} (${run.mode}, seed ${run.seed})`);
  const opening = `    <testcase classname="${escapeMarkup(`${run.mode}.${folder.replaceAll("/", ".")}`)}" name="${name}" time="${seconds(run.wallMs)}"`;
  const known = facts.get(evidenceKey(run)) ?? NO_FACTS;
  const why = escapeMarkup(shortened(run.why ?? "no reason was given"));
  if (run.verdict === "pass") return `${opening}/>`;
  if (run.verdict === "skip") {
    return `${opening}>\n      <skipped message="${why}"/>\n    </testcase>`;
  }
  const lines = formatFailure(run, known);
  const text = escapeMarkup(lines.join("\n"));
  return `${opening}>\n      <failure type="check" message="${why}">${text}</failure>\n    </testcase>`;
}

/** A message is a headline in every viewer; the text has the rest. */
function shortened(why: string): string {
  return why.length > MESSAGE_CHARACTERS ? `${why.slice(0, MESSAGE_CHARACTERS - 1)}…` : why;
}

function countAttributes(runs: readonly RunResult[]): string {
  const failures = runs.filter((run) => run.verdict === "fail").length;
  const time = seconds(runs.reduce((sum, run) => sum + run.wallMs, 0));
  return `tests="${runs.length}" failures="${failures}" errors="0" time="${time}"`;
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(3);
}
