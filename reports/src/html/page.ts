// A suite, or one run, as one self-contained HTML page that opens offline: no request leaves it.
// Its content security policy forbids every script but our own, whatever a message may contain.
// Pure: results and evidence in, text out.
import { createHash } from "node:crypto";
import type { RunEvidence } from "../evidence.ts";
import type { RunResult, SuiteResult } from "../result.ts";
import type { SuiteDigest, Trend } from "../trend.ts";
import { evidenceKey } from "../run-key.ts";
import type { EvidenceByRun } from "../run-key.ts";
import { escapeMarkup, formatCount, plural, visibleLine } from "../text.ts";
import { BEHAVIOUR } from "./behaviour.ts";
import { ladderMarkers } from "./ladder.ts";
import { fairShare, RUN_LIMITS, SUITE_LIMITS } from "./limits.ts";
import type { PageLimits, PageShares } from "./limits.ts";
import { renderMatrix } from "./matrix.ts";
import { renderFailures, renderHeader, renderTimes, suiteVerdict } from "./overview.ts";
import { renderCard, viewOf } from "./run-card.ts";
import type { RunView } from "./run-card.ts";
import { STYLE } from "./style.ts";

const PEAKS_MIN = 200;

/** What a suite's page knows beyond its results. */
export interface SuitePageOptions {
  /** Where the page will lie: links to files below it go with it wherever it is moved. */
  readonly directory?: string;
  readonly trend?: Trend | null;
  /** The last suites, oldest first, this one included. */
  readonly history?: readonly SuiteDigest[];
}

/** The page of a whole suite; evidence by `evidenceKey(run)`, missing where a run left none. */
export function renderHtml(
  suite: SuiteResult,
  evidence: EvidenceByRun,
  given: SuitePageOptions = {},
): string {
  const { directory = null, trend = null, history = [] } = given;
  const failed = suite.runs.filter((run) => run.verdict === "fail");
  const others = suite.runs.filter((run) => run.verdict !== "fail");
  const runs = [...failed, ...others].slice(0, SUITE_LIMITS.runCards);
  const views = runs.map((run) => viewOf(run, evidence.get(evidenceKey(run))));
  const options = {
    limits: SUITE_LIMITS,
    shares: sharesOf(views, SUITE_LIMITS),
    isSinglePage: false,
    directory,
  };
  const linked = new Set(runs);
  const hidden = suite.runs.length - runs.length;
  const title = `${suiteVerdict(suite).words} – Tapeline`;
  return document(title, [
    renderHeader(suite, trend),
    "<main>",
    renderFailures(suite, { linked, evidence, trend }),
    renderMatrix(suite, linked),
    renderTimes(suite, linked, { trend, history }),
    '<section id="runs">',
    `<div class="bar"><h2>Runs</h2>${filters(suite)}</div>`,
    ...views.map((view) => renderCard(view, options)),
    '<p class="empty" id="none" hidden>No run matches.</p>',
    ...(hidden > 0
      ? [
          `<p class="cut">${plural(hidden, "more run")}${without(failed, linked)}: see results.jsonl.</p>`,
        ]
      : []),
    "</section></main>",
  ]);
}

/** Whether there are failures among the runs that have no card. */
function without(failed: readonly RunResult[], linked: ReadonlySet<RunResult>): string {
  const count = failed.filter((run) => !linked.has(run)).length;
  return count > 0 ? `, ${formatCount(count)} of them failed` : " that did not fail";
}

/** The page of one run, with everything opened and longer limits. */
export function renderRunHtml(run: RunResult, evidence: RunEvidence): string {
  const view = viewOf(run, evidence);
  const shares = sharesOf([view], RUN_LIMITS);
  const directory = folderOf(run.artifacts.ladder);
  return document(`${run.scenario} (${run.mode}) – Tapeline`, [
    `<header class="${run.verdict}"><p class="brand">Tapeline <span>one run</span></p></header>`,
    "<main>",
    renderCard(view, { limits: RUN_LIMITS, shares, isSinglePage: true, directory }),
    "</main>",
  ]);
}

function folderOf(path: string | null): string | null {
  return path === null ? null : path.replace(/[/\\][^/\\]*$/, "");
}

function sharesOf(views: readonly RunView[], limits: PageLimits): PageShares {
  const rows = fairShare(
    views.map((view) => view.rows.length),
    limits.ladderRows,
  );
  const waveforms = fairShare(
    views.map((view) => view.tracks.length),
    limits.waveforms,
  );
  const drawnTracks = views.reduce((sum, view) => sum + Math.min(waveforms, view.tracks.length), 0);
  const texts = views.flatMap((view) => view.rows.map((row) => row.text.length));
  const peaks = Math.floor(limits.peaks / Math.max(1, drawnTracks));
  return {
    ladderRows: rows,
    waveforms,
    messageTextBytes: Math.min(
      limits.messageTextBytesEach,
      fairShare(texts, limits.messageTextBytes),
    ),
    peaks: Math.min(limits.peaksEach, Math.max(PEAKS_MIN, peaks)),
  };
}

function filters(suite: SuiteResult): string {
  const { passed, failed, skipped } = suite.summary;
  const choices: readonly (readonly [value: string, text: string])[] = [
    ["", `All ${formatCount(suite.runs.length)}`],
    ["fail", `Failed ${formatCount(failed)}`],
    ["pass", `Passed ${formatCount(passed)}`],
    ["skip", `Skipped ${formatCount(skipped)}`],
  ];
  const buttons = choices.map(
    ([value, text]) =>
      `<button type="button" data-filter="${value}" aria-pressed="${value === ""}">${text}</button>`,
  );
  return `<div class="filters" role="group" aria-label="Show">${buttons.join("")}<input id="search" type="search" placeholder="Search (press /)" aria-label="Search runs by scenario, seed or requirement"><button type="button" id="open-all">Open all</button></div>`;
}

function document(title: string, body: readonly string[]): string {
  const hash = createHash("sha256").update(BEHAVIOUR).digest("base64");
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
  return [
    "<!doctype html>",
    '<html lang="en"><head><meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    `<title>${escapeMarkup(visibleLine(title))}</title>`,
    `<style>${STYLE}</style></head><body>`,
    ladderMarkers(),
    ...body,
    `<footer>Keys: <kbd>j</kbd> <kbd>k</kbd> next and previous run, <kbd>/</kbd> search, <kbd>Enter</kbd> opens. Everything on this page is in this file.</footer>`,
    `<script>${BEHAVIOUR}</script>`,
    "</body></html>",
    "",
  ].join("\n");
}
