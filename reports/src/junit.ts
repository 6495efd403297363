// JUnit XML for CI servers: one suite a mode, one test case a run. The failure's text says all that
// is needed to repeat it, because CI often keeps no artefacts.
// The dialect is the one that Jenkins, GitLab and GitHub actions agree on.
import { formatFailure, NO_FACTS } from "./failure.ts";
import type { Mode, RunResult, SuiteResult } from "./result.ts";
import { evidenceKey } from "./run-key.ts";
import type { FactsByRun } from "./run-key.ts";
import { escapeMarkup } from "./text.ts";

/** The suite as one XML document; `facts`, when given, say more of failures. */
export function renderJunit(suite: SuiteResult, facts: FactsByRun = new Map()): string {
  const modes = [...new Set(suite.runs.map((run) => run.mode))];
  const suites = modes.map((mode) => renderMode(suite, mode, facts));
  const attributes = countAttributes(suite.runs);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="tapeline" ${attributes}>`,
    ...suites,
    "</testsuites>",
    "",
  ].join("\n");
}

function renderMode(suite: SuiteResult, mode: Mode, facts: FactsByRun): string {
  const runs = suite.runs.filter((run) => run.mode === mode);
  const timestamp = escapeMarkup(suite.startedAt);
  const cases = runs.map((run) => renderRun(run, facts));
  return [
    `  <testsuite name="tapeline ${mode}" timestamp="${timestamp}" ${countAttributes(runs)}>`,
    "    <properties>",
    `      <property name="commit" value="${escapeMarkup(suite.commit)}"/>`,
    "    </properties>",
    ...cases,
    "  </testsuite>",
  ].join("\n");
}

function renderRun(run: RunResult, facts: FactsByRun): string {
  const folder = run.scenario.includes("/") ? run.scenario.replace(/\/[^/]*$/, "") : "scenarios";
  const name = escapeMarkup(`${run.scenario} (${run.mode}, seed ${run.seed})`);
  const opening = `    <testcase classname="${escapeMarkup(`${run.mode}.${folder.replaceAll("/", ".")}`)}" name="${name}" time="${seconds(run.wallMs)}"`;
  const why = escapeMarkup(run.why ?? "no reason was given");
  if (run.verdict === "pass") return `${opening}/>`;
  if (run.verdict === "skip") {
    return `${opening}>\n      <skipped message="${why}"/>\n    </testcase>`;
  }
  const lines = formatFailure(run, facts.get(evidenceKey(run)) ?? NO_FACTS);
  const text = escapeMarkup(lines.join("\n"));
  return `${opening}>\n      <failure type="check" message="${why}">${text}</failure>\n    </testcase>`;
}

function countAttributes(runs: readonly RunResult[]): string {
  const failures = runs.filter((run) => run.verdict === "fail").length;
  const skipped = runs.filter((run) => run.verdict === "skip").length;
  const time = seconds(runs.reduce((sum, run) => sum + run.wallMs, 0));
  return `tests="${runs.length}" failures="${failures}" errors="0" skipped="${skipped}" time="${time}"`;
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(3);
}
