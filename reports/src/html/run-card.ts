// One run of a suite: verdict, why, checks, recordings with their waveforms, ladder, artefacts.
// Part of the HTML report; everything that came from outside is escaped here.
import type { AudioTrack, Finding, LadderMessage, RunEvidence } from "../evidence.ts";
import { firstMoment, lastEvents, repeatCommand } from "../failure.ts";
import type { Artifacts, RecordingResult, RunResult, Verdict } from "../result.ts";
import { evidenceKey } from "../run-key.ts";
import {
  escapeMarkup,
  formatCount,
  formatDuration,
  formatShare,
  plural,
  visibleLine,
} from "../text.ts";
import { clockTime } from "./axis.ts";
import { fileUrl } from "./file-url.ts";
import { placesOf, renderFindings, type Place } from "./findings.ts";
import { ladderRows, renderLadder } from "./ladder.ts";
import type { PageLimits, PageShares } from "./limits.ts";
import { renderTimeline } from "./timeline.ts";
import { renderWaveform } from "./waveform.ts";

/** A run with what is drawn of it, prepared once for the whole page. */
export interface RunView {
  readonly run: RunResult;
  readonly rows: readonly LadderMessage[];
  readonly tracks: readonly AudioTrack[];
  /** null = the run left none. */
  readonly evidence: RunEvidence | null;
  /** What is wrong, and the rows that it is about. */
  readonly findings: readonly Finding[];
  readonly places: readonly Place[];
}

/** How the cards of a page are drawn. */
export interface CardOptions {
  readonly limits: PageLimits;
  readonly shares: PageShares;
  /** The page of a single run shows everything opened. */
  readonly isSinglePage: boolean;
  /** The page's folder; null = not known. */
  readonly directory: string | null;
}

const SAMPLES_PER_SECOND = 8_000;
const LAST_EVENTS = 8;
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
  if (evidence === undefined) {
    return { run, rows: [], tracks: [], evidence: null, findings: [], places: [] };
  }
  const rows = ladderRows(evidence);
  const { tracks, findings = [] } = evidence;
  return { run, rows, tracks, evidence, findings, places: placesOf(rows, findings, cardId(run)) };
}

/** The card of one run: what a person asks first stands first. */
export function renderCard(view: RunView, options: CardOptions): string {
  const { run, evidence } = view;
  const isOpen = options.isSinglePage || run.verdict === "fail";
  const words = `${run.scenario} ${run.mode} ${run.seed} ${run.proves.join(" ")}`;
  const facts = [run.mode, plural(run.recordings.length, "recording"), formatDuration(run.wallMs)];
  const heading = options.isSinglePage ? "h1" : "h3";
  const title = evidence?.title;
  return [
    `<details class="run ${run.verdict}" id="${cardId(run)}" data-verdict="${run.verdict}" data-words="${escapeMarkup(visibleLine(words.toLowerCase()))}"${isOpen ? " open" : ""}>`,
    `<summary>${verdictPill(run.verdict)}<${heading}>${escapeMarkup(visibleLine(run.scenario))}</${heading}><span class="facts">${facts.join(" · ")}</span></summary>`,
    '<div class="body">',
    ...(title === undefined ? [] : [`<p class="title">${escapeMarkup(visibleLine(title))}</p>`]),
    renderWhy(view, options),
    renderRepeat(run),
    renderLastEvents(view, options),
    renderFacts(view),
    renderChecks(view, options),
    ...renderOverTime(view, options),
    ...renderRecordings(view, options),
    renderMessages(view, options),
    renderArtifacts(run, options),
    "</div></details>",
  ].join("\n");
}

/** What went wrong comes before everything else; where nobody can say where, the reason alone. */
function renderWhy({ run, findings, places }: RunView, options: CardOptions): string {
  const { findings: most, findingCharacters } = options.limits;
  const title = partTitle("What went wrong, and where", options);
  const limits = { findings: most, characters: findingCharacters, title };
  if (findings.length > 0) return renderFindings(findings, places, limits);
  return run.why === null ? "" : `<p class="why">${escapeMarkup(cut(run.why, options))}</p>`;
}

function renderRepeat(run: RunResult): string {
  const command = escapeMarkup(visibleLine(repeatCommand(run)));
  return `<p class="repeat"><span>Repeat</span> <code>${command}</code><button class="copy" type="button">Copy</button></p>`;
}

/** A part of a card: on a page of its own just below the run, else below the card's heading. */
function partTitle(text: string, { isSinglePage }: CardOptions): string {
  const tag = isSinglePage ? "h2" : "h4";
  return `<${tag} class="part">${text}</${tag}>`;
}

/** A checker may complain of thousands of frames: the first of them say it. */
function cut(text: string, { limits }: CardOptions): string {
  const hidden = text.length - limits.proseCharacters;
  if (hidden <= 0) return text;
  return `${text.slice(0, limits.proseCharacters)} … (${plural(hidden, "more character")})`;
}

/** What happened before it went wrong. */
function renderLastEvents({ run, evidence, findings }: RunView, options: CardOptions): string {
  if (run.verdict !== "fail" || evidence === null) return "";
  const events = lastEvents(evidence, LAST_EVENTS).map(
    (event) => `<li>${escapeMarkup(event)}</li>`,
  );
  if (events.length === 0) return "";
  const isPlaced = firstMoment(findings) !== null;
  const head = isPlaced ? "Events before it first went wrong" : "Last events";
  const lines = evidence.trace ?? [];
  const trace =
    lines.length === 0
      ? ""
      : `<details class="more"><summary>The trace up to there</summary><pre>${escapeMarkup(lines.join("\n"))}</pre></details>`;
  return `<section>${partTitle(head, options)}<ol class="events">${events.join("")}</ol>${trace}</section>`;
}

/** On a suite's page only of what did not pass: there the others are one click away. */
function renderOverTime({ run, evidence }: RunView, options: CardOptions): readonly string[] {
  if (evidence === null || (!options.isSinglePage && run.verdict === "pass")) return [];
  const timeline = renderTimeline(evidence);
  return timeline === "" ? [] : [`<section>${partTitle("Timeline", options)}${timeline}</section>`];
}

function renderFacts({ run, evidence }: RunView): string {
  const proves = run.proves.map((id) => `<span class="chip">${escapeMarkup(id)}</span>`).join(" ");
  const facts: readonly (readonly [name: string, html: string])[] = [
    ["Proves", proves || "–"],
    ["Seed", `<code>${escapeMarkup(visibleLine(run.seed))}</code>`],
    ["Time", times(run)],
    ["Trace", run.traceHash === null ? "–" : `<code>${escapeMarkup(run.traceHash)}</code>`],
    ...oddityFact(evidence?.oddities ?? []),
    ...shrunkFact(run),
  ];
  const rows = facts.map(([name, html]) => `<div><dt>${name}</dt><dd>${html}</dd></div>`);
  return `<dl class="list">${rows.join("")}</dl>`;
}

function oddityFact(oddities: readonly string[]): (readonly [name: string, html: string])[] {
  if (oddities.length === 0) return [];
  const chips = oddities.map((one) => `<code>${escapeMarkup(visibleLine(one))}</code>`);
  return [["Oddities", chips.join(" ")]];
}

/** What is left of a swarm's plan that fails the same way. */
function shrunkFact({ shrunk }: RunResult): (readonly [name: string, html: string])[] {
  if (shrunk === undefined) return [];
  const { from, to, isMinimal } = shrunk;
  const sizes = (["people", "steps", "faults"] as const).map(
    (what) => `${what} ${formatCount(from[what])} → ${formatCount(to[what])}`,
  );
  return [["Reduced", escapeMarkup(`${sizes.join(", ")}${isMinimal ? "" : " (not to the end)"}`)]];
}

function times(run: RunResult): string {
  const wall = formatDuration(run.wallMs);
  if (run.mode === "live" || run.virtualMs <= 0) return wall;
  return `${formatDuration(run.virtualMs)} of virtual time in ${wall}`;
}

/** With a list of findings above, what a check says is not said again. */
function renderChecks({ run, findings }: RunView, options: CardOptions): string {
  const { checks } = run;
  if (checks.length === 0) return "";
  const bad = checks.filter((check) => check.verdict === "fail");
  const good = checks.filter((check) => check.verdict !== "fail");
  const items = [...bad, ...good].map((check) => {
    const detail =
      check.detail === null || findings.length > 0
        ? ""
        : `<span class="detail">${escapeMarkup(cut(check.detail, options))}</span>`;
    const wide = detail === "" ? "" : " wide";
    return `<li class="${check.verdict}${wide}"><span aria-hidden="true">${MARKS[check.verdict]}</span> <b>${escapeMarkup(visibleLine(check.name))}</b><span class="sr"> ${WORDS[check.verdict]}</span>${detail}</li>`;
  });
  return `<section>${partTitle("Checks", options)}<ul class="checks">${items.join("")}</ul></section>`;
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
  return [
    `<section>${partTitle("Recordings", options)}`,
    ...cards,
    ...others,
    ...more,
    "</section>",
  ];
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
  const tag = options.isSinglePage ? "h3" : "h5";
  return `<${tag} class="track">${title}</${tag}>${renderWaveform(track, limits)}`;
}

function renderMessages(view: RunView, options: CardOptions): string {
  if (view.rows.length === 0) return "";
  const { run } = view;
  const limits = {
    rows: options.shares.ladderRows,
    textBytesEach: options.shares.messageTextBytes,
  };
  const { ladder } = run.artifacts;
  const moreHref =
    options.isSinglePage || ladder === null ? null : fileUrl(ladder, options.directory);
  const isOpen = options.isSinglePage || run.verdict === "fail";
  return [
    `<details class="messages"${isOpen ? " open" : ""}><summary>${partTitle("Ladder", options)}<span class="facts">${plural(view.rows.length, "row")}; each opens</span></summary>`,
    renderLadder(view.rows, limits, { moreHref, places: view.places }),
    "</details>",
  ].join("\n");
}

/** What each file is, in words; folders have no download. */
const FILE_NAMES: Readonly<Record<keyof Artifacts, string>> = {
  ladder: "The run's own page",
  pcap: "Capture (pcapng)",
  trace: "Trace",
  log: "Recorder's log",
  live: "Live recordings",
  pool: "Drive pool",
};
const FOLDERS: ReadonlySet<string> = new Set(["live", "pool"]);

function renderArtifacts(run: RunResult, options: CardOptions): string {
  const { isSinglePage, directory } = options;
  const names = (Object.keys(FILE_NAMES) as (keyof Artifacts)[]).filter(
    (name) => !(isSinglePage && name === "ladder"),
  );
  const links = names.flatMap((name) => {
    const path = run.artifacts[name];
    if (path === null) return [];
    const isPage = name === "ladder";
    const download = isPage || FOLDERS.has(name) ? "" : " download";
    return [
      `<li><a href="${escapeMarkup(fileUrl(path, directory))}" title="${escapeMarkup(path)}"${download}>${FILE_NAMES[name]}</a></li>`,
    ];
  });
  if (links.length === 0) return "";
  return `<section>${partTitle("Files", options)}<ul class="files">${links.join("")}</ul></section>`;
}
