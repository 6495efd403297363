// The ladder of a run: SIP and DevLink3 messages between lanes, RTP as summaries, and what people
// and faults did meanwhile. Each row is an inline SVG arrow in a <details>, so that every message
// opens with mouse, keyboard or without script.
import type { LadderMessage, RunEvidence } from "../evidence.ts";
import { renderPlace, type Place } from "./findings.ts";
import { escapeMarkup, plural, visibleLine } from "../text.ts";

const ROW_HEIGHT = 34;
const ARROW_Y = 25;
const TITLE_MAX_CHARACTERS = 90;
/** Of the rows that fit, this share is taken from the beginning and the rest from the end. */
const HEAD_SHARE = 0.6;
/** Rows before and after one that is wrong, which are never left out. */
const AROUND_WRONG = 4;
const PLACES_KEPT = 40;

/** How much of a ladder is drawn. */
export interface LadderLimits {
  readonly rows: number;
  readonly textBytesEach: number;
}

/** All rows of a run in the order of time: messages, RTP summaries, notes. */
export function ladderRows(evidence: RunEvidence): readonly LadderMessage[] {
  const notes = evidence.notes.map((note): LadderMessage => {
    return { atMs: note.atMs, protocol: "note", from: "", to: "", title: note.text, text: "" };
  });
  const ordered = [...evidence.ladder, ...notes].sort((a, b) => a.atMs - b.atMs);
  return mergeRtp(ordered);
}

/** What a ladder says besides its rows. */
export interface LadderOptions {
  /** Leads to the messages that did not fit. */
  readonly moreHref: string | null;
  readonly places?: readonly Place[];
}

/** The ladder as HTML. */
export function renderLadder(
  rows: readonly LadderMessage[],
  limits: LadderLimits,
  { moreHref, places = [] }: LadderOptions,
): string {
  if (rows.length === 0) return '<p class="empty">No messages were collected in this run.</p>';
  const lanes = lanesOf(rows);
  const headers = lanes.map((lane) => `<b>${escapeMarkup(visibleLine(lane))}</b>`).join("");
  return [
    `<div class="ladder" style="--n:${Math.max(1, lanes.length)}">`,
    `<div class="lanes"><time>s</time><div>${headers}</div></div>`,
    ...fitting(rows, limits.rows, places).flatMap(({ from, to, isShown }) => {
      if (!isShown) return [omitted(to - from, moreHref)];
      return rows.slice(from, to).flatMap((row, index) => {
        const here = places.filter((place) => place.row === from + index);
        return [renderRow(row, lanes, limits, moreHref), ...here.map(renderPlace)];
      });
    }),
    "</div>",
  ].join("\n");
}

function renderRow(
  row: LadderMessage,
  lanes: readonly string[],
  limits: LadderLimits,
  moreHref: string | null,
): string {
  const time = `<time>${(row.atMs / 1_000).toFixed(3)}</time>`;
  const title = escapeMarkup(shortened(row.title));
  const body = `<pre>${escapeMarkup(row.text.slice(0, limits.textBytesEach).trimEnd())}</pre>${cutNote(row, limits, moreHref)}`;
  if (!lanes.includes(row.from) && !lanes.includes(row.to)) {
    const line = `${time}<span class="aside">${title}</span>`;
    if (row.text === "") return `<div class="m">${line}</div>`;
    return `<details class="m"><summary>${line}</summary>${body}</details>`;
  }
  const arrow = renderArrow(row, lanes, title);
  return `<details class="m ${row.protocol}"><summary>${time}${arrow}</summary>${body}</details>`;
}

function renderArrow(row: LadderMessage, lanes: readonly string[], title: string): string {
  const from = laneCentre(lanes.indexOf(row.from), lanes.length);
  const to = laneCentre(lanes.indexOf(row.to), lanes.length);
  const label = escapeMarkup(visibleLine(`${row.from} to ${row.to}: `));
  const svg = `<svg height="${ROW_HEIGHT}" role="img"><title>${label}${title}</title>`;
  if (from === to) {
    const anchor = from > 50 ? "end" : "start";
    const shift = from > 50 ? -9 : 9;
    return `${svg}<circle cx="${from}%" cy="${ARROW_Y - 4}" r="4"/><text x="${from}%" dx="${shift}" y="${ARROW_Y}" text-anchor="${anchor}">${title}</text></svg>`;
  }
  const middle = Number(((from + to) / 2).toFixed(2));
  const line = `<line x1="${from}%" x2="${to}%" y1="${ARROW_Y}" y2="${ARROW_Y}" marker-end="url(#tip-${row.protocol})"/>`;
  return `${svg}${line}<text x="${middle}%" y="16">${title}</text></svg>`;
}

/** Arrow heads, once a page. */
export function ladderMarkers(): string {
  const tips = ["sip", "devlink3", "rtp", "note"].map(
    (protocol) =>
      `<marker id="tip-${protocol}" class="${protocol}" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0.5 8 4 0 7.5z"/></marker>`,
  );
  return `<svg class="defs" width="0" height="0" aria-hidden="true"><defs>${tips.join("")}</defs></svg>`;
}

function cutNote(row: LadderMessage, limits: LadderLimits, moreHref: string | null): string {
  const hidden = row.text.length - limits.textBytesEach;
  if (hidden <= 0) return "";
  return `<p class="cut">${plural(hidden, "more character")} left out here; ${where(moreHref)}.</p>`;
}

function omitted(count: number, moreHref: string | null): string {
  return `<div class="m"><time></time><span class="aside">${plural(count, "row")} left out here; ${where(moreHref)}.</span></div>`;
}

function where(moreHref: string | null): string {
  if (moreHref === null) return "repeat the run with --out to keep a page of its own";
  return `<a href="${escapeMarkup(moreHref)}">the run's own page has them</a>`;
}

/** Rows [from, to), all shown or all left out. */
interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly isShown: boolean;
}

/** Beginning, end, and what is around the places where something is wrong. */
function fitting(
  rows: readonly LadderMessage[],
  limit: number,
  places: readonly Place[],
): readonly Stretch[] {
  if (rows.length <= limit) return [{ from: 0, to: rows.length, isShown: true }];
  const head = Math.floor(limit * HEAD_SHARE);
  const isShown = rows.map((_, at) => at < head || at >= rows.length - (limit - head));
  for (const { row } of places.slice(0, PLACES_KEPT)) {
    isShown.fill(true, Math.max(0, row - AROUND_WRONG), row + AROUND_WRONG + 1);
  }
  const stretches: Stretch[] = [];
  let from = 0;
  for (let at = 1; at <= rows.length; at += 1) {
    if (at < rows.length && isShown[at] === isShown[from]) continue;
    stretches.push({ from, to: at, isShown: isShown[from] === true });
    from = at;
  }
  return stretches;
}

/** Runs of RTP rows of one direction become one row: a ladder shows signalling. */
function mergeRtp(rows: readonly LadderMessage[]): readonly LadderMessage[] {
  const merged: { first: LadderMessage; count: number; lastMs: number }[] = [];
  for (const row of rows) {
    const last = merged.at(-1);
    const isSame =
      row.protocol === "rtp" &&
      last?.first.protocol === "rtp" &&
      last.first.from === row.from &&
      last.first.to === row.to;
    if (isSame) Object.assign(last, { count: last.count + 1, lastMs: row.atMs });
    else merged.push({ first: row, count: 1, lastMs: row.atMs });
  }
  return merged.map(({ first, count, lastMs }) => {
    if (count === 1) return first;
    const text = `${first.text}\n… and ${plural(count - 1, "more RTP row")} until ${(lastMs / 1_000).toFixed(3)} s`;
    return { ...first, title: `${first.title} (${count} rows)`, text };
  });
}

/** Lanes in the order in which they first speak; notes have none. */
function lanesOf(rows: readonly LadderMessage[]): readonly string[] {
  const messages = rows.filter((row) => row.protocol !== "note");
  return [...new Set(messages.flatMap((row) => [row.from, row.to]))].filter((lane) => lane !== "");
}

function laneCentre(index: number, count: number): number {
  return Number((((Math.max(0, index) + 0.5) / count) * 100).toFixed(2));
}

function shortened(title: string): string {
  const line = visibleLine(title);
  return line.length > TITLE_MAX_CHARACTERS ? `${line.slice(0, TITLE_MAX_CHARACTERS - 1)}…` : line;
}
