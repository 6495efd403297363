// A plot over time as inline SVG: one line a call, the threshold across it, axes with few ticks.
// Pure: a series in, markup out. Many lines are drawn as the band between least and most, and the
// mean, so that two hundred calls still say something.
import type { ValidationSeries } from "../../validation.ts";
import { escapeMarkup } from "../../text.ts";
import { axisSteps, clockTime } from "../axis.ts";

const WIDTH = 760;
const HEIGHT = 190;
const LEFT = 46;
const RIGHT = 12;
const TOP = 10;
const BOTTOM = 24;
const COLOURS = ["#2f6fb3", "#c2632b", "#3b8f5f", "#8b5bb0", "#a8893a", "#3d8f97"];
/** More lines than this are one band. */
const MAX_LINES = 6;
/** Points of a line; more are drawn as the highest of each piece. */
const MAX_POINTS = 600;

type Point = readonly [seconds: number, value: number | null];

export function renderPlot(series: ValidationSeries): string {
  const points = series.lines.flatMap((line) => line.points);
  const values = points.flatMap(([, value]) => (value === null ? [] : [value]));
  const seconds = points.reduce((most, [at]) => Math.max(most, at), 1);
  const highest = values.reduce((most, value) => Math.max(most, value), 0);
  const scale = scaleOf(series, { seconds, highest });
  const label = `${series.title}, ${series.unit} over time`;
  return [
    `<figure><figcaption>${escapeMarkup(series.title)} <span>${escapeMarkup(series.unit)} over time${legendOf(series)}</span></figcaption>`,
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeMarkup(label)}">`,
    gridOf(scale, seconds),
    series.lines.length > MAX_LINES ? bandOf(series, scale) : linesOf(series, scale),
    thresholdOf(series, scale),
    "</svg></figure>",
  ].join("\n");
}

interface Scale {
  readonly top: number;
  x(seconds: number): string;
  y(value: number): string;
}

/** The threshold is in the picture when the readings come anywhere near it. */
function scaleOf(
  { threshold }: ValidationSeries,
  { seconds, highest }: { readonly seconds: number; readonly highest: number },
): Scale {
  const limit = threshold?.value ?? 0;
  const wanted = highest > limit / 20 ? Math.max(highest, limit) : Math.max(highest, limit / 10);
  const top = niceTop(wanted * 1.08);
  const width = WIDTH - LEFT - RIGHT;
  const height = HEIGHT - TOP - BOTTOM;
  return {
    top,
    x: (at) => (LEFT + (at / seconds) * width).toFixed(1),
    y: (value) => (TOP + height - (Math.min(value, top) / top) * height).toFixed(1),
  };
}

/** 1, 2 or 5 times a power of ten. */
function niceTop(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 2.5, 5, 10].find((step) => step * power >= value) ?? 10) * power;
}

function gridOf(scale: Scale, seconds: number): string {
  const rows = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const value = share * scale.top;
    const y = scale.y(value);
    const line = `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y}" y2="${y}" stroke="#e3e8ee"/>`;
    const digits = scale.top < 1 ? 2 : scale.top < 10 ? 1 : 0;
    return `${line}<text x="${LEFT - 6}" y="${y}" dy="4" text-anchor="end">${value.toFixed(digits)}</text>`;
  });
  const columns = axisSteps(seconds).map((at) => {
    const x = scale.x(at);
    return `<text x="${x}" y="${HEIGHT - 7}" text-anchor="middle">${clockTime(at)}</text>`;
  });
  return [...rows, ...columns].join("");
}

function thresholdOf({ threshold }: ValidationSeries, scale: Scale): string {
  if (threshold === null || threshold.value > scale.top) return "";
  const y = scale.y(threshold.value);
  const line = `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y}" y2="${y}" stroke="#b3261e" stroke-width="1.5" stroke-dasharray="6 4"/>`;
  return `${line}<text x="${WIDTH - RIGHT - 3}" y="${y}" dy="-4" text-anchor="end" style="fill:#b3261e">${escapeMarkup(threshold.label)}</text>`;
}

function linesOf(series: ValidationSeries, scale: Scale): string {
  return series.lines
    .map(({ points }, index) => pathOf(points, scale, COLOURS[index % COLOURS.length] ?? "#2f6fb3"))
    .join("");
}

function pathOf(points: readonly Point[], scale: Scale, colour: string): string {
  let isDrawing = false;
  const steps = thinned(points).map(([at, value]) => {
    if (value === null) {
      isDrawing = false;
      return "";
    }
    const step = `${isDrawing ? "L" : "M"}${scale.x(at)} ${scale.y(value)}`;
    isDrawing = true;
    return step;
  });
  const [only] = points;
  const dot =
    points.length === 1 && only !== undefined && only[1] !== null
      ? `<circle cx="${scale.x(only[0])}" cy="${scale.y(only[1])}" r="3" fill="${colour}"/>`
      : "";
  return `<path d="${steps.join("")}" fill="none" stroke="${colour}" stroke-width="1.6" stroke-linejoin="round"/>${dot}`;
}

/** The worst of each piece: thinning must not hide a peak. */
function thinned(points: readonly Point[]): readonly Point[] {
  if (points.length <= MAX_POINTS) return points;
  const size = Math.ceil(points.length / MAX_POINTS);
  const kept: Point[] = [];
  for (let at = 0; at < points.length; at += size) {
    const piece = points.slice(at, at + size);
    const worst = piece.reduce((most, point) =>
      (point[1] ?? -1) > (most[1] ?? -1) ? point : most,
    );
    kept.push(worst);
  }
  return kept;
}

function bandOf(series: ValidationSeries, scale: Scale): string {
  const byStep = new Map<number, number[]>();
  for (const [at, value] of series.lines.flatMap((line) => line.points)) {
    if (value === null) continue;
    const step = Math.round(at / 5) * 5;
    const values = byStep.get(step) ?? [];
    values.push(value);
    byStep.set(step, values);
  }
  const steps = [...byStep].sort(([left], [right]) => left - right);
  const of = (read: (values: readonly number[]) => number): Point[] =>
    steps.map(([at, values]) => [at, read(values)]);
  const most = of((values) => Math.max(...values));
  const least = of((values) => Math.min(...values));
  const mean = of((values) => values.reduce((sum, value) => sum + value, 0) / values.length);
  const outline = [...most, ...least.toReversed()]
    .map(([at, value], index) => `${index === 0 ? "M" : "L"}${scale.x(at)} ${scale.y(value ?? 0)}`)
    .join("");
  return `<path d="${outline}Z" fill="#2f6fb3" fill-opacity="0.18"/>${pathOf(mean, scale, "#2f6fb3")}`;
}

function legendOf({ lines }: ValidationSeries): string {
  if (lines.length > MAX_LINES) return ` · mean of ${lines.length} calls, and from least to most`;
  if (lines.length < 2) return "";
  const names = lines.map(
    ({ label }, index) =>
      `<b style="color:${COLOURS[index % COLOURS.length]}">${escapeMarkup(label)}</b>`,
  );
  return ` · ${names.join(" ")}`;
}
