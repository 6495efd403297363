// The timeline of a run: parties, recordings with their pauses, faults, and figures such as VCM
// channels and bandwidth, all on one axis. Each row is an inline SVG whose positions are
// percentages, to fit a phone as well as a printed page; needs no script.
import type {
  Finding,
  RunEvidence,
  Timeline,
  TimelineKind,
  TimelineLane,
  TimelineSeries,
  TimelineSpan,
} from "../evidence.ts";
import { escapeMarkup, formatCount, formatMoment, plural, visibleLine } from "../text.ts";
import { axisSteps, clockTime } from "./axis.ts";

const LANE_HEIGHT = 22;
const SERIES_HEIGHT = 54;
const AXIS_HEIGHT = 20;
/** Rows and marks beyond these are counted, not drawn: a swarm's site has hundreds of parties. */
const LANES_MAX = 40;
const SPANS_EACH_MAX = 400;
const NOTES_MAX = 300;
const WRONG_MAX = 60;
/** A limit far above what was used would flatten the line; then it is only named. */
const LIMIT_SHOWN_UP_TO = 4;
/** Vertical units of a series' drawing, and horizontal ones. */
const UNITS_HIGH = 100;
const UNITS_WIDE = 1_000;

const KIND_NAMES: Readonly<Record<TimelineKind, string>> = {
  ringing: "ringing",
  talking: "talking",
  held: "held",
  queued: "queued",
  parked: "parked",
  voicemail: "voicemail",
  recorded: "recorded",
  pause: "paused",
  fault: "fault",
  down: "recorder down",
};
const KINDS = Object.keys(KIND_NAMES) as TimelineKind[];

/** What is drawn through all rows: where something was broken, and where something went wrong. */
interface Ground {
  readonly bands: readonly TimelineSpan[];
  readonly wrongMs: readonly number[];
}

/** The figure; empty when nothing was collected. */
export function renderTimeline(evidence: RunEvidence): string {
  const { timeline, notes, findings = [] } = evidence;
  if (timeline === undefined || timeline.endMs <= 0) return "";
  // What was broken explains the rest, and must not be among the rows left out.
  const ordered = [
    ...timeline.lanes.filter(isTrouble),
    ...timeline.lanes.filter((lane) => !isTrouble(lane)),
  ];
  const lanes = ordered.slice(0, LANES_MAX);
  const hidden = timeline.lanes.length - lanes.length;
  const bands = timeline.lanes
    .flatMap((lane) => lane.spans)
    .filter((span) => span.kind === "fault" || span.kind === "down")
    .slice(0, SPANS_EACH_MAX);
  const wrong = findings.filter(({ atMs }) => atMs !== null).slice(0, WRONG_MAX);
  const ground = { bands, wrongMs: [...new Set(wrong.flatMap(({ atMs }) => atMs ?? []))] };
  return [
    `<figure class="timeline" data-seconds="${timeline.endMs / 1_000}">`,
    renderWrong(wrong, timeline.endMs),
    renderNotes(notes, timeline.endMs),
    ...lanes.map((lane) => renderLane(lane, timeline.endMs, ground)),
    ...timeline.series.map((series) => renderSeries(series, timeline.endMs, ground)),
    renderAxis(timeline.endMs),
    renderLegend(timeline, hidden),
    "</figure>",
  ].join("\n");
}

function renderLane(lane: TimelineLane, endMs: number, ground: Ground): string {
  const spans = lane.spans.slice(0, SPANS_EACH_MAX);
  // A pause lies on the recording that it belongs to, and must be seen.
  const ordered = [...spans.filter(isGround), ...spans.filter((span) => !isGround(span))];
  const label = `${lane.name}: ${spans.map(spanTitle).join("; ") || "nothing"}`;
  const rects = ordered.map((span) => spanRect(span, endMs));
  return row(escapeMarkup(visibleLine(lane.name)), {
    height: LANE_HEIGHT,
    label,
    inner: `${groundRects(ground, endMs, LANE_HEIGHT)}${rects.join("")}`,
  });
}

function isTrouble({ spans }: TimelineLane): boolean {
  return spans.some(({ kind }) => kind === "fault" || kind === "down");
}

function isGround(span: TimelineSpan): boolean {
  return span.kind !== "pause";
}

function spanRect(span: TimelineSpan, endMs: number): string {
  const from = share(span.fromMs, endMs);
  const title = `<title>${escapeMarkup(visibleLine(spanTitle(span)))}</title>`;
  if (span.toMs <= span.fromMs) {
    return `<rect class="k-${span.kind} moment" x="${percent(from)}" width="3" y="2" height="${LANE_HEIGHT - 4}">${title}</rect>`;
  }
  const width = Math.max(0.15, share(span.toMs, endMs) - from);
  return `<rect class="k-${span.kind}" x="${percent(from)}" width="${percent(width)}" y="4" height="${LANE_HEIGHT - 8}" rx="3">${title}</rect>`;
}

function spanTitle({ kind, label, fromMs, toMs }: TimelineSpan): string {
  const name = label === "" || label === KIND_NAMES[kind] ? KIND_NAMES[kind] : label;
  const times = toMs > fromMs ? `${seconds(fromMs)}–${formatMoment(toMs)}` : formatMoment(fromMs);
  return `${name}, ${times}`;
}

/** Where something was broken is shaded, where it went wrong is a line. */
function groundRects({ bands, wrongMs }: Ground, endMs: number, height: number): string {
  const shades = bands
    .filter((band) => band.toMs > band.fromMs)
    .map((band) => {
      const from = share(band.fromMs, endMs);
      const width = Math.max(0.15, share(band.toMs, endMs) - from);
      return `<rect class="band" x="${percent(from)}" width="${percent(width)}" y="0" height="${height}"/>`;
    });
  const lines = wrongMs.map((atMs) => {
    return `<rect class="wrongline" x="${percent(share(atMs, endMs))}" width="1.5" y="0" height="${height}"/>`;
  });
  return [...shades, ...lines].join("");
}

/** The findings, above all that they are about. */
function renderWrong(findings: readonly Finding[], endMs: number): string {
  if (findings.length === 0) return "";
  const marks = findings.map(({ atMs, check, text }) => {
    const title = escapeMarkup(visibleLine(`${formatMoment(atMs ?? 0)}: ${check}: ${text}`));
    return `<text class="k-wrong" x="${percent(share(atMs ?? 0, endMs))}" y="16">✕<title>${title}</title></text>`;
  });
  return row("Went wrong", {
    height: LANE_HEIGHT,
    label: `${plural(findings.length, "finding")}; the list above has them in words`,
    inner: marks.join(""),
  });
}

function renderNotes(notes: RunEvidence["notes"], endMs: number): string {
  const shown = notes.slice(0, NOTES_MAX);
  if (shown.length === 0) return "";
  const marks = shown.map((note) => {
    const title = escapeMarkup(visibleLine(`${formatMoment(note.atMs)}: ${note.text}`));
    return `<circle class="k-note" cx="${percent(share(note.atMs, endMs))}" cy="${LANE_HEIGHT / 2}" r="4"><title>${title}</title></circle>`;
  });
  return row("Story", {
    height: LANE_HEIGHT,
    label: `${plural(notes.length, "note")} of the story; the ladder has them in words`,
    inner: marks.join(""),
  });
}

function renderSeries(series: TimelineSeries, endMs: number, ground: Ground): string {
  const values = series.lines.flatMap((line) => line.points.map(([, value]) => value));
  const highest = values.reduce((top, value) => Math.max(top, value), 0);
  const { limit } = series;
  const isLimitShown = limit !== null && limit > 0 && limit <= highest * LIMIT_SHOWN_UP_TO;
  const top = Math.max(highest, isLimitShown ? limit : 0, Number.MIN_VALUE) * 1.08;
  const paths = series.lines.map((line, index) => {
    const isArea = index === series.lines.length - 1;
    return `<path class="${isArea ? "area" : "outline"}" d="${stepPath(line.points, { endMs, top, isArea })}"/>`;
  });
  const limitLine = isLimitShown
    ? `<path class="limit" d="M0 ${height(limit, top)}H${UNITS_WIDE}"/>`
    : "";
  const of = limit === null ? "" : ` of ${formatCount(limit)}`;
  const figure = `at most ${formatCount(highest)}${of} ${series.unit}`;
  const names = series.lines.length > 1 ? series.lines.map((line) => line.name).join(", ") : "";
  const label = `${series.name}: ${figure}${names === "" ? "" : ` (${names})`}`;
  return row(
    `${escapeMarkup(visibleLine(series.name))}<small>${escapeMarkup(visibleLine(figure))}</small>`,
    {
      height: SERIES_HEIGHT,
      label,
      inner: `${groundRects(ground, endMs, SERIES_HEIGHT)}<svg viewBox="0 0 ${UNITS_WIDE} ${UNITS_HIGH}" preserveAspectRatio="none" width="100%" height="${SERIES_HEIGHT}">${paths.join("")}${limitLine}</svg>`,
    },
  );
}

/** Each value holds until the next one, the last to the end. */
function stepPath(
  points: readonly (readonly [atMs: number, value: number])[],
  scale: { readonly endMs: number; readonly top: number; readonly isArea: boolean },
): string {
  const [first] = points;
  if (first === undefined) return "";
  const x = (atMs: number): number => Math.round((share(atMs, scale.endMs) / 100) * UNITS_WIDE);
  const y = (value: number): number => height(value, scale.top);
  const steps = points.slice(1).map(([atMs, value]) => `H${x(atMs)}V${y(value)}`);
  const line = `${y(first[1])}${steps.join("")}H${UNITS_WIDE}`;
  if (!scale.isArea) return `M${x(first[0])} ${line}`;
  return `M${x(first[0])} ${UNITS_HIGH}V${line}V${UNITS_HIGH}z`;
}

function height(value: number, top: number): number {
  return Number((UNITS_HIGH - (value / top) * UNITS_HIGH).toFixed(1));
}

function renderAxis(endMs: number): string {
  const parts = axisSteps(endMs / 1_000).map((tick) => {
    const at = share(tick * 1_000, endMs);
    const anchor = tick === 0 ? "start" : at > 96 ? "end" : "middle";
    return `<text class="axis" x="${percent(at)}" y="13" text-anchor="${anchor}">${clockTime(tick)}</text>`;
  });
  return row("", { height: AXIS_HEIGHT, label: "seconds", inner: parts.join(""), isAxis: true });
}

function renderLegend(timeline: Timeline, hidden: number): string {
  const used = new Set(timeline.lanes.flatMap((lane) => lane.spans.map((span) => span.kind)));
  const items = KINDS.filter((kind) => used.has(kind)).map(
    (kind) => `<li><i class="key k-${kind}"></i>${KIND_NAMES[kind]}</li>`,
  );
  const more = hidden > 0 ? [`<li>${plural(hidden, "more row")} not drawn</li>`] : [];
  return `<figcaption><ul class="legend">${[...items, ...more].join("")}<li class="cursor" aria-hidden="true"></li></ul></figcaption>`;
}

interface Row {
  readonly height: number;
  readonly label: string;
  readonly inner: string;
  readonly isAxis?: boolean;
}

function row(nameHtml: string, { height, label, inner, isAxis = false }: Row): string {
  const role = isAxis
    ? 'aria-hidden="true"'
    : `role="img" aria-label="${escapeMarkup(visibleLine(label))}"`;
  return `<div class="tl${isAxis ? " scale" : ""}"><span>${nameHtml}</span><svg ${role} width="100%" height="${height}">${inner}</svg></div>`;
}

function share(atMs: number, endMs: number): number {
  return Math.min(100, Math.max(0, (atMs / endMs) * 100));
}

function percent(value: number): string {
  return `${Number(value.toFixed(3))}%`;
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(3);
}
