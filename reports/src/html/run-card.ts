// One run of a suite: verdict, why, checks, recordings with their waveforms, ladder, artefacts.
// Part of the HTML report; everything that came from outside is escaped here.
import type { AudioTrack, LadderMessage, RunEvidence } from "../evidence.ts";
import { repeatCommand } from "../failure.ts";
import type { CheckResult, RecordingResult, RunResult, Verdict } from "../result.ts";
import { evidenceKey } from "../run-key.ts";
import { escapeMarkup, formatDuration, formatShare, plural, visibleLine } from "../text.ts";
import { fileUrl, ladderRows, renderLadder } from "./ladder.ts";
import type { PageLimits, PageShares } from "./limits.ts";
import { clockTime, renderWaveform } from "./waveform.ts";

/** A run with what is drawn of it, prepared once for the whole page. */
export interface RunView {
  readonly run: RunResult;
  readonly rows: readonly LadderMessage[];
  readonly tracks: readonly AudioTrack[];
}

/** How the cards of a page are drawn. */
export interface CardOptions {
  readonly limits: PageLimits;
  readonly shares: PageShares;
  /** The page of a single run shows everything opened. */
  readonly isSinglePage: boolean;
}

const SAMPLES_PER_SECOND = 8_000;
const MARKS: Readonly<Record<Verdict, string>> = { pass: "✓", fail: "✕", skip: "–" };
const WORDS: Readonly<Record<Verdict, string>> = {
  pass: "passed",
  fail: "failed",
  skip: "skipped",
};

/** The id of a run's card; distinct keys give distinct ids. */
export function cardId(run: RunResult): string {
  const key = evidenceKey(run);
  return `run-${key.replace(/[^A-Za-z0-9-]/g, (char) => `_${char.charCodeAt(0).toString(16)}`)}`;
}

/** A verdict as a coloured mark with its word. */
function verdictPill(verdict: Verdict): string {
  return `<span class="pill ${verdict}"><span aria-hidden="true">${MARKS[verdict]}</span> ${WORDS[verdict]}</span>`;
}

/** What is drawn of a run; without evidence only its result. */
export function viewOf(run: RunResult, evidence: RunEvidence | undefined): RunView {
  if (evidence === undefined) return { run, rows: [], tracks: [] };
  return { run, rows: ladderRows(evidence), tracks: evidence.tracks };
}

/** The card of one run. */
export function renderCard(view: RunView, options: CardOptions): string {
  const { run } = view;
  const isOpen = options.isSinglePage || run.verdict === "fail";
  const words = `${run.scenario} ${run.mode} ${run.seed} ${run.proves.join(" ")}`;
  const facts = [run.mode, plural(run.recordings.length, "recording"), formatDuration(run.wallMs)];
  return [
    `<details class="run ${run.verdict}" id="${cardId(run)}" data-verdict="${run.verdict}" data-words="${escapeMarkup(visibleLine(words.toLowerCase()))}"${isOpen ? " open" : ""}>`,
    `<summary>${verdictPill(run.verdict)}<h3>${escapeMarkup(visibleLine(run.scenario))}</h3><span class="facts">${facts.join(" · ")}</span></summary>`,
    '<div class="body">',
    ...(run.why === null ? [] : [`<p class="why">${escapeMarkup(run.why)}</p>`]),
    renderFacts(run),
    renderChecks(run.checks),
    ...renderRecordings(view, options),
    renderMessages(view, options),
    renderArtifacts(run, options.isSinglePage),
    "</div></details>",
  ].join("\n");
}

function renderFacts(run: RunResult): string {
  const proves = run.proves.map((id) => `<span class="chip">${escapeMarkup(id)}</span>`).join(" ");
  const command = escapeMarkup(visibleLine(repeatCommand(run)));
  const facts: readonly (readonly [name: string, html: string])[] = [
    ["Proves", proves || "–"],
    ["Seed", `<code>${escapeMarkup(visibleLine(run.seed))}</code>`],
    ["Time", times(run)],
    ["Trace", run.traceHash === null ? "–" : `<code>${escapeMarkup(run.traceHash)}</code>`],
    ["Repeat", `<code>${command}</code><button class="copy" type="button">Copy</button>`],
  ];
  const rows = facts.map(([name, html]) => `<div><dt>${name}</dt><dd>${html}</dd></div>`);
  return `<dl class="list">${rows.join("")}</dl>`;
}

function times(run: RunResult): string {
  const wall = formatDuration(run.wallMs);
  if (run.mode === "live" || run.virtualMs <= 0) return wall;
  return `${formatDuration(run.virtualMs)} of virtual time in ${wall}`;
}

function renderChecks(checks: readonly CheckResult[]): string {
  if (checks.length === 0) return "";
  const items = checks.map((check) => {
    const detail =
      check.detail === null ? "" : `<span class="detail">${escapeMarkup(check.detail)}</span>`;
    return `<li class="${check.verdict}"><span aria-hidden="true">${MARKS[check.verdict]}</span> <b>${escapeMarkup(visibleLine(check.name))}</b><span class="sr"> ${WORDS[check.verdict]}</span>${detail}</li>`;
  });
  return `<section><h4>Checks</h4><ul class="checks">${items.join("")}</ul></section>`;
}

function renderRecordings(view: RunView, options: CardOptions): readonly string[] {
  const { run } = view;
  const drawn = view.tracks.slice(0, options.shares.waveforms);
  const known = new Set(run.recordings.map((recording) => recording.recordingKey));
  const cards = run.recordings.map((recording) => {
    const tracks = drawn.filter((track) => track.recordingKey === recording.recordingKey);
    return renderRecording(recording, tracks, options);
  });
  // A listener's ear, a PBX's own mix: audio that belongs to no recording.
  const others = drawn
    .filter((track) => !known.has(track.recordingKey))
    .map((track) => `<div class="recording">${renderTrack(track, options)}</div>`);
  const hidden = view.tracks.length - drawn.length;
  const more =
    hidden > 0 ? [`<p class="cut">${plural(hidden, "more waveform")} left out here.</p>`] : [];
  if (cards.length + others.length === 0) return [];
  return ["<section><h4>Recordings</h4>", ...cards, ...others, ...more, "</section>"];
}

function renderRecording(
  recording: RecordingResult,
  tracks: readonly AudioTrack[],
  options: CardOptions,
): string {
  const outcome =
    recording.why === null ? recording.outcome : `${recording.outcome}: ${recording.why}`;
  const isGood = recording.outcome === "ok" || recording.outcome === "discarded";
  const figures: readonly (readonly [name: string, text: string])[] = [
    ["Length", clockTime(recording.samples / SAMPLES_PER_SECOND)],
    ["MOS", recording.mos === null ? "not measured" : recording.mos.toFixed(2)],
    ["Loss", formatShare(recording.loss)],
    ["Part", recording.part === null ? "–" : String(recording.part)],
    ["Call", recording.callKey ?? "orphan"],
    ...gapFigure(recording),
  ];
  const list = figures.map(
    ([name, text]) => `<div><dt>${name}</dt><dd>${escapeMarkup(visibleLine(text))}</dd></div>`,
  );
  return [
    '<div class="recording">',
    `<p><span class="chip ${isGood ? "good" : "odd"}">${escapeMarkup(visibleLine(outcome))}</span> <code>${escapeMarkup(visibleLine(recording.recordingKey))}</code></p>`,
    `<dl class="figures">${list.join("")}</dl>`,
    ...tracks.map((track) => renderTrack(track, options)),
    "</div>",
  ].join("\n");
}

/** How long nothing was recorded before it, of a part that follows another. */
function gapFigure({ gapMs = null }: RecordingResult): (readonly [name: string, text: string])[] {
  return gapMs === null ? [] : [["Gap before", `${(gapMs / 1000).toFixed(1)} s`]];
}

function renderTrack(track: AudioTrack, options: CardOptions): string {
  const limits = { peaks: options.shares.peaks, spans: options.limits.spansEach };
  const title = escapeMarkup(visibleLine(track.title));
  return `<h5>${title}</h5>${renderWaveform(track, limits)}`;
}

function renderMessages(view: RunView, options: CardOptions): string {
  if (view.rows.length === 0) return "";
  const { run } = view;
  const limits = {
    rows: options.shares.ladderRows,
    textBytesEach: options.shares.messageTextBytes,
  };
  const morePath = options.isSinglePage ? null : run.artifacts.ladder;
  const isOpen = options.isSinglePage || run.verdict === "fail";
  return [
    `<details class="messages"${isOpen ? " open" : ""}><summary><h4>Ladder</h4><span class="facts">${plural(view.rows.length, "row")}; each opens</span></summary>`,
    renderLadder(view.rows, limits, morePath),
    "</details>",
  ].join("\n");
}

function renderArtifacts(run: RunResult, isSinglePage: boolean): string {
  const { ladder, ...others } = run.artifacts;
  const all = isSinglePage ? others : { ladder, ...others };
  const links = Object.entries(all).flatMap(([name, path]) =>
    typeof path === "string"
      ? [
          `<li><a href="${escapeMarkup(fileUrl(path))}" title="${escapeMarkup(path)}">${escapeMarkup(name)}</a></li>`,
        ]
      : [],
  );
  if (links.length === 0) return "";
  return `<section><h4>Files</h4><ul class="files">${links.join("")}</ul></section>`;
}
