// The head of a suite's page: verdict, trend, figures per mode, what failed and why in a line each,
// and what was slowest. Everything here fits a phone's first screens.
import { repeatCommand } from "../failure.ts";
import type { RunResult, SuiteResult, Verdict } from "../result.ts";
import { evidenceKey } from "../run-key.ts";
import type { EvidenceByRun } from "../run-key.ts";
import { speedOf, summarize } from "../summary.ts";
import { trendName, trendSentence } from "../trend.ts";
import type { SuiteDigest, Trend } from "../trend.ts";
import {
  escapeMarkup,
  formatCount,
  formatDuration,
  formatShare,
  plural,
  visibleLine,
} from "../text.ts";
import { renderFirstFinding } from "./findings.ts";
import { cardId } from "./run-card.ts";

/** Failures named at the top; their cards have the rest. */
const FAILURES_MAX = 25;
const WHY_MAX_CHARACTERS = 220;
const SEEDS_MAX = 10;
const SLOWEST = 8;
const BAR_WIDTH = 14;
const BAR_HEIGHT = 44;

/** The verdict of a suite in words and as a class. */
export function suiteVerdict(suite: SuiteResult): { verdict: Verdict; words: string } {
  const { passed, failed, skipped } = suite.summary;
  if (failed > 0) return { verdict: "fail", words: `${plural(failed, "run")} failed` };
  if (passed === 0) return { verdict: "skip", words: "Nothing passed, nothing failed" };
  const rest = skipped > 0 ? `, ${formatCount(skipped)} skipped` : "";
  return { verdict: "pass", words: `All ${plural(passed, "run")} passed${rest}` };
}

/** Header with verdict and figures. */
export function renderHeader(suite: SuiteResult, trend: Trend | null): string {
  const { verdict, words } = suiteVerdict(suite);
  const against =
    trend === null
      ? ""
      : `<p class="against">Against the last run: <b>${escapeMarkup(trendSentence(trend))}</b></p>`;
  return [
    `<header class="${verdict}">`,
    '<p class="brand">Tapeline <span>scenario report</span></p>',
    `<h1>${escapeMarkup(words)}</h1>`,
    `<p class="facts">Started ${moment(suite.startedAt)} · commit <code>${commit(suite.commit)}</code></p>`,
    against,
    '<div class="tiles">',
    ...summarize(suite.runs).map((row) => {
      const speed = row.mode === "virtual" ? speedOf(row) : null;
      const figures = [
        `<span class="n pass">${formatCount(row.passed)}</span> passed`,
        ...(row.failed > 0
          ? [`<span class="n fail">${formatCount(row.failed)}</span> failed`]
          : []),
        ...(row.skipped > 0
          ? [`<span class="n skip">${formatCount(row.skipped)}</span> skipped`]
          : []),
      ];
      const details = [
        plural(row.recordings, "recording"),
        `${formatDuration(row.audioMs)} of audio`,
        `took ${formatDuration(row.wallMs)}`,
        ...(speed === null ? [] : [`${formatCount(speed)} × real time`]),
      ];
      return `<div class="tile"><h2>${row.mode === "virtual" ? "Virtual world" : "Real sockets"}</h2><p class="big">${figures.join(" ")}</p><p class="facts">${details.join(" · ")}</p></div>`;
    }),
    "</div></header>",
  ].join("\n");
}

/** What the page knows of its runs. */
export interface FailuresOptions {
  readonly linked: ReadonlySet<RunResult>;
  readonly evidence: EvidenceByRun;
  readonly trend: Trend | null;
}

/** What failed, seeds that failed alike in one entry; empty when nothing did. */
export function renderFailures(
  suite: SuiteResult,
  { linked, evidence, trend }: FailuresOptions,
): string {
  const failed = suite.runs.filter((run) => run.verdict === "fail");
  if (failed.length === 0) return "";
  const broken = new Set(trend?.broken);
  const groups = [...failuresAlike(failed).values()];
  const items = groups.slice(0, FAILURES_MAX).map((runs) => {
    const [first] = runs;
    const isNew = broken.has(trendName(first));
    const chip = isNew ? ' <span class="chip odd">new</span>' : "";
    const name = runLink(first, first.scenario, linked);
    const seeds = `<span class="facts">${first.mode}, ${seedWords(runs, linked)}</span>`;
    const finding = renderFirstFinding(evidence.get(evidenceKey(first))?.findings ?? []);
    const why = finding || escapeMarkup(shortened(first.why ?? "no reason was given"));
    const command = escapeMarkup(visibleLine(repeatCommand(first)));
    return `<li>${name}${chip} ${seeds}<p>${why}</p><code>${command}</code></li>`;
  });
  const hidden = groups.length - items.length;
  const more = hidden > 0 ? `<p class="cut">and ${plural(hidden, "more failure")}</p>` : "";
  return `<section id="failures"><h2>What failed</h2><ol class="failures">${items.join("\n")}</ol>${more}</section>`;
}

/** Runs of one scenario whose reasons differ only in numbers and ids. */
function failuresAlike(
  failed: readonly RunResult[],
): ReadonlyMap<string, readonly [RunResult, ...RunResult[]]> {
  const groups = new Map<string, [RunResult, ...RunResult[]]>();
  for (const run of failed) {
    const key = `${trendName(run)} ${(run.why ?? "").replace(/[0-9a-f-]*\d[0-9a-f-]*/gi, "#")}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [run]);
    else group.push(run);
  }
  return groups;
}

function seedWords(runs: readonly RunResult[], linked: ReadonlySet<RunResult>): string {
  const shown = runs.slice(0, SEEDS_MAX).map((run) => runLink(run, run.seed, linked));
  const hidden = runs.length - shown.length;
  const more = hidden > 0 ? ` and ${formatCount(hidden)} more` : "";
  if (runs.length === 1) return `seed ${escapeMarkup(visibleLine(runs[0]?.seed ?? ""))}`;
  return `${plural(runs.length, "seed")}: ${shown.join(", ")}${more}`;
}

function runLink(run: RunResult, words: string, linked: ReadonlySet<RunResult>): string {
  const text = escapeMarkup(visibleLine(words));
  return linked.has(run) ? `<a href="#${cardId(run)}">${text}</a>` : `<b>${text}</b>`;
}

/** The slowest runs, and the last suites as bars. */
export function renderTimes(
  suite: SuiteResult,
  linked: ReadonlySet<RunResult>,
  past: { readonly trend: Trend | null; readonly history: readonly SuiteDigest[] },
): string {
  const slowest = [...suite.runs].sort((a, b) => b.wallMs - a.wallMs).slice(0, SLOWEST);
  const longest = Math.max(1, slowest[0]?.wallMs ?? 1);
  const rows = slowest
    .filter((run) => run.wallMs > 0)
    .map((run) => {
      const name = escapeMarkup(visibleLine(run.scenario));
      const link = linked.has(run) ? `<a href="#${cardId(run)}">${name}</a>` : name;
      const width = Number(((run.wallMs / longest) * 100).toFixed(1));
      return `<li><span>${link} <span class="facts">${run.mode}, seed ${escapeMarkup(visibleLine(run.seed))}</span></span><span class="took">${formatDuration(run.wallMs)}</span><i style="width:${width}%"></i></li>`;
    });
  const slow =
    rows.length === 0
      ? ""
      : `<section class="panel"><h2>Slowest</h2><ol class="slow">${rows.join("\n")}</ol></section>`;
  return `<div class="panels">${slow}${renderTrend(past.trend, past.history)}${renderCoverage(suite)}</div>`;
}

function renderTrend(trend: Trend | null, history: readonly SuiteDigest[]): string {
  if (trend === null && history.length < 2) return "";
  const parts = ['<section class="panel"><h2>Trend</h2>', renderHistory(history)];
  if (trend !== null) {
    parts.push(
      `<p class="facts">Last run: ${moment(trend.before.startedAt)}, commit <code>${commit(trend.before.commit)}</code>; ${plural(trend.commonCount, "scenario")} in both</p>`,
      '<dl class="changes">',
      change("Newly failing", "fail", trend.broken),
      change("Still failing", "fail", trend.stillFailing),
      change("Mended", "pass", trend.mended),
      change(
        "Slower",
        "skip",
        trend.slower.map(
          ({ scenario, mode, beforeMs, nowMs }) =>
            `${scenario} (${mode}): ${formatDuration(beforeMs)} → ${formatDuration(nowMs)}`,
        ),
      ),
      change("New", "none", trend.added),
      "</dl>",
      trendSentence(trend) === "nothing changed" ? '<p class="empty">Nothing changed.</p>' : "",
    );
  }
  return [...parts, "</section>"].join("");
}

/** Which oddity met which situation, over the swarms of the suite. */
function renderCoverage({ coverage }: SuiteResult): string {
  if (coverage === undefined) return "";
  const { legal, reached, ratio, missing } = coverage;
  const words = `${formatCount(reached)} of ${formatCount(legal)} pairs of oddity and situation, ${formatShare(ratio)}`;
  const width = Number((ratio * 100).toFixed(1));
  const list =
    missing.length === 0
      ? ""
      : `<dl class="changes">${change("Not reached", "skip", missing)}</dl>`;
  return `<section class="panel"><h2>Situations reached</h2><p class="facts">${words}</p><p class="meter"><i style="width:${width}%"></i></p>${list}</section>`;
}

const CHANGES_MAX = 12;

function change(name: string, kind: string, names: readonly string[]): string {
  if (names.length === 0) return "";
  const items = names.slice(0, CHANGES_MAX).map((item) => escapeMarkup(visibleLine(item)));
  const hidden = names.length - items.length;
  const more = hidden > 0 ? [`and ${formatCount(hidden)} more`] : [];
  const list = [...items, ...more].map((item) => `<dd>${item}</dd>`).join("");
  return `<div class="${kind}"><dt>${name} <b>${formatCount(names.length)}</b></dt>${list}</div>`;
}

/** Suites as bars, oldest first: height by runs, red what failed. */
function renderHistory(history: readonly SuiteDigest[]): string {
  if (history.length < 2) return "";
  const most = Math.max(1, ...history.map((one) => one.passed + one.failed + one.skipped));
  const bars = history.map((one, index) => {
    const x = index * BAR_WIDTH;
    const title = `${one.startedAt}, ${one.commit}: ${plural(one.passed, "run")} passed, ${formatCount(one.failed)} failed, ${formatCount(one.skipped)} skipped, ${formatDuration(one.wallMs)}`;
    const failed = one.failed === 0 ? 0 : Math.max(3, (one.failed / most) * BAR_HEIGHT);
    const passed = ((one.passed + one.skipped) / most) * BAR_HEIGHT;
    const good = `<rect class="pass" x="${x}" y="${round(BAR_HEIGHT - passed)}" width="${BAR_WIDTH - 3}" height="${round(passed)}"/>`;
    const bad = `<rect class="fail" x="${x}" y="${round(BAR_HEIGHT - Math.min(BAR_HEIGHT, passed + failed))}" width="${BAR_WIDTH - 3}" height="${round(failed)}"/>`;
    return `<g><title>${escapeMarkup(visibleLine(title))}</title>${good}${failed > 0 ? bad : ""}</g>`;
  });
  const width = history.length * BAR_WIDTH;
  const failing = history.filter((one) => one.failed > 0).length;
  return `<svg class="history" viewBox="0 0 ${width} ${BAR_HEIGHT}" width="${width}" height="${BAR_HEIGHT}" role="img" aria-label="The last ${history.length} suites, ${failing} of them with failures">${bars.join("")}</svg>`;
}

function round(value: number): number {
  return Number(value.toFixed(1));
}

function moment(startedAt: string): string {
  return escapeMarkup(visibleLine(startedAt.replace("T", " ").replace(/\.\d+Z$/, " UTC")));
}

function commit(hash: string): string {
  return escapeMarkup(visibleLine(hash.slice(0, 12)));
}

function shortened(text: string): string {
  const line = visibleLine(text);
  return line.length > WHY_MAX_CHARACTERS ? `${line.slice(0, WHY_MAX_CHARACTERS - 1)}…` : line;
}
