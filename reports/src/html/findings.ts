// What went wrong with a run and where: the list at the head of its card, whose times lead to the
// ladder, and the places in the ladder that they lead to. Part of the HTML report.
import type { Finding, LadderMessage } from "../evidence.ts";
import { escapeMarkup, formatMoment, plural, visibleLine } from "../text.ts";

/** Findings that stand open; the others are one click away. */
const OPEN_MAX = 4;
const KEY = /\b([0-9a-f]{8})-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?:-(\d+))?\b/g;
const KEY_END = 5;
/** Of a finding that is a line among others. */
const LINE_CHARACTERS = 300;

/** Findings that belong to one row of the ladder. */
export interface Place {
  /** Of the element that says so, in the ladder. */
  readonly id: string;
  readonly row: number;
  readonly findings: readonly Finding[];
}

/** The rows that findings are about: their message, else what came last before their moment. */
export function placesOf(
  rows: readonly LadderMessage[],
  findings: readonly Finding[],
  prefix: string,
): readonly Place[] {
  const byRow = new Map<number, Finding[]>();
  for (const finding of findings) {
    const row = rowOf(rows, finding);
    if (row < 0) continue;
    const known = byRow.get(row);
    if (known === undefined) byRow.set(row, [finding]);
    else known.push(finding);
  }
  return [...byRow].map(([row, own]) => ({ id: `${prefix}-m${row}`, row, findings: own }));
}

function rowOf(rows: readonly LadderMessage[], { atMs, check }: Finding): number {
  if (atMs === null) return -1;
  const exact = rows.findIndex((row) => row.atMs === atMs && row.protocol === check);
  return exact >= 0 ? exact : rows.findLastIndex((row) => row.atMs <= atMs);
}

/** The list; `limit` says how many findings a page has room for. */
export function renderFindings(
  findings: readonly Finding[],
  places: readonly Place[],
  limits: {
    readonly findings: number;
    readonly characters: number;
    /** The heading, as markup. */
    readonly title: string;
  },
): string {
  if (findings.length === 0) return "";
  const items = findings
    .slice(0, limits.findings)
    .map((finding) => renderFinding(finding, places, limits.characters));
  const [open, more] = [items.slice(0, OPEN_MAX), items.slice(OPEN_MAX)];
  const cut = findings.length - items.length;
  const rest = [
    ...(more.length === 0
      ? []
      : [
          `<details><summary>${plural(more.length, "more finding")}</summary><ol>${more.join("")}</ol></details>`,
        ]),
    ...(cut === 0 ? [] : [`<p class="cut">${plural(cut, "more finding")} left out here.</p>`]),
  ];
  return `<section class="wrong">${limits.title}<ol>${open.join("")}</ol>${rest.join("")}</section>`;
}

function renderFinding(finding: Finding, places: readonly Place[], characters: number): string {
  const { check, text, atMs } = finding;
  const place = places.find((one) => one.findings.includes(finding));
  const moment = atMs === null ? "at the end" : formatMoment(atMs);
  const when =
    place === undefined
      ? `<span class="when">${moment}</span>`
      : `<a class="when" href="#${place.id}" title="In the ladder">${moment}</a>`;
  return `<li>${when} ${wordsOf({ check, text }, characters)}</li>`;
}

/** What a finding says, in a line. */
function wordsOf({ check, text }: Pick<Finding, "check" | "text">, characters: number): string {
  const line = visibleLine(text);
  const shown = line.length > characters ? `${line.slice(0, characters - 1)}…` : line;
  return `<b>${escapeMarkup(visibleLine(check))}</b> ${withShortKeys(shown)}`;
}

/** The weightiest finding of a run in a line; "" where there is none. */
export function renderFirstFinding(findings: readonly Finding[]): string {
  const [first] = findings;
  if (first === undefined) return "";
  const moment =
    first.atMs === null ? "" : `<span class="when">${formatMoment(first.atMs)}</span> `;
  const more =
    findings.length > 1
      ? ` <span class="facts">and ${plural(findings.length - 1, "more finding")}</span>`
      : "";
  return `${moment}${wordsOf(first, LINE_CHARACTERS)}${more}`;
}

/** Keys of recordings are long and alike: begin and end tell them apart. */
function withShortKeys(text: string): string {
  return escapeMarkup(text).replace(KEY, (key, head: string, end = "") => {
    return `<code title="${key}">${head}…${String(end).slice(-KEY_END)}</code>`;
  });
}

/** The rows of the ladder that say what is wrong with the one above. */
export function renderPlace({ id, findings }: Place): string {
  const [first] = findings;
  if (first === undefined) return "";
  const more = findings.length > 1 ? `; and ${plural(findings.length - 1, "more finding")}` : "";
  const text = `${wordsOf(first, LINE_CHARACTERS)}${more}`;
  return `<div class="m odd" id="${id}" tabindex="-1"><time>✕</time><span class="aside">${text}</span></div>`;
}
