// The waveform of a recording as inline SVG: peaks, shaded spans (pause, gap, held), a lane for
// each talker, what was lost, a time axis and a legend. Needs no script. Positions are percentages,
// to fit a phone as well as a printed page.
import type { AudioSpan, AudioTrack } from "../evidence.ts";
import { escapeMarkup, formatMoment, formatShare, plural, visibleLine } from "../text.ts";
import { axisSteps, clockTime } from "./axis.ts";
import { lossOf } from "./loss.ts";
import type { LossPlot } from "./loss.ts";
import { FULL_SCALE, peaksOf } from "./peaks.ts";

const SAMPLES_PER_SECOND = 8_000;
const WAVE_HEIGHT = 76;
const LANE_HEIGHT = 9;
const LOSS_HEIGHT = 26;
const AXIS_HEIGHT = 18;
/** Columns of the loss plot; the vertical units are per cent. */
const LOSS_COLUMNS = 240;
/** Different talkers with a lane of their own; more share the last one. */
const LANES_MAX = 4;
/** Vertical units of the path: enough steps to look smooth, few enough digits to be small. */
const UNITS = 60;
/** Quiet audio is enlarged up to this, so that line noise does not look like speech. */
const GAIN_MAX = 8;
const SHADED: readonly AudioSpan["kind"][] = ["held", "other", "gap", "pause"];
const KIND_NAMES: Readonly<Record<AudioSpan["kind"], string>> = {
  pause: "paused",
  gap: "lost, filled",
  held: "held",
  talking: "talking",
  other: "filled, nothing lost",
};

/** How much of a track is drawn. */
export interface WaveformLimits {
  readonly peaks: number;
  readonly spans: number;
}

/** One figure: drawing and legend. */
export function renderWaveform(track: AudioTrack, limits: WaveformLimits): string {
  const total = track.audio.length;
  if (total === 0) return '<p class="empty">No audio in this recording.</p>';
  const spans = track.spans.slice(0, limits.spans);
  const talkers = [...new Set(spans.filter(isTalking).map((span) => span.label))];
  const lanes = Math.min(talkers.length, LANES_MAX);
  const lossTop = WAVE_HEIGHT + lanes * LANE_HEIGHT + 3;
  const height = lossTop + LOSS_HEIGHT + AXIS_HEIGHT;
  const loss = lossOf(track, LOSS_COLUMNS);
  const label = escapeMarkup(
    `Waveform of ${track.title}, ${clockTime(total / SAMPLES_PER_SECOND)}; ${lossWords(loss)}`,
  );
  return [
    `<figure class="wave" data-seconds="${total / SAMPLES_PER_SECOND}">`,
    `<svg role="img" aria-label="${label}" width="100%" height="${height}">`,
    ...SHADED.flatMap((kind) => spans.filter((span) => span.kind === kind)).map((span) =>
      spanRect(span, total, { y: 0, height: WAVE_HEIGHT }),
    ),
    wavePath(track.audio, limits.peaks),
    ...spans.filter(isTalking).map((span) => {
      const lane = Math.min(talkers.indexOf(span.label), LANES_MAX - 1);
      const y = WAVE_HEIGHT + lane * LANE_HEIGHT + 2;
      return spanRect(span, total, { y, height: LANE_HEIGHT - 4 }, `t${lane}`);
    }),
    lossBars(loss, lossTop),
    ...axis(total / SAMPLES_PER_SECOND, height),
    "</svg>",
    legend(spans, { talkers, loss, hidden: track.spans.length - spans.length }),
    "</figure>",
  ].join("");
}

function wavePath(audio: Uint8Array, columns: number): string {
  const { lowest, highest } = peaksOf(audio, columns);
  const loudest = Math.max(1, -Math.min(...lowest), Math.max(...highest));
  const scale = (UNITS / FULL_SCALE) * Math.min(GAIN_MAX, FULL_SCALE / loudest);
  let path = "";
  let y = 0;
  for (let column = 0; column < lowest.length; column += 1) {
    const top = UNITS - Math.round((highest[column] ?? 0) * scale);
    const bottom = Math.max(top + 1, UNITS - Math.round((lowest[column] ?? 0) * scale));
    path += `m${column === 0 ? "0.5" : "1"} ${top - y}v${bottom - top}`;
    y = bottom;
  }
  const box = `viewBox="0 0 ${lowest.length} ${UNITS * 2 + 1}" preserveAspectRatio="none"`;
  return `<svg ${box} width="100%" height="${WAVE_HEIGHT}"><path class="pcm" d="${path}"/></svg>`;
}

function spanRect(
  span: AudioSpan,
  total: number,
  box: { readonly y: number; readonly height: number },
  lane = "",
): string {
  const from = clamp(span.fromSample / total);
  const to = clamp(span.toSample / total);
  const width = Math.max(0.1, (to - from) * 100);
  const title = escapeMarkup(visibleLine(spanTitle(span)));
  const rounded = lane === "" ? "" : ' rx="2"';
  return `<rect class="${span.kind} ${lane}" x="${percent(from * 100)}" width="${percent(width)}" y="${box.y}" height="${box.height}"${rounded}><title>${title}</title></rect>`;
}

/** Bars of what was lost, hanging from nothing: a flat line is a recording without loss. */
function lossBars({ ratios }: LossPlot, y: number): string {
  const bars = ratios.flatMap((ratio, column) =>
    ratio <= 0
      ? []
      : [`M${column} 100V${Number((100 - Math.max(4, ratio * 100)).toFixed(1))}h1V100z`],
  );
  return `<svg y="${y}" viewBox="0 0 ${ratios.length} 100" preserveAspectRatio="none" width="100%" height="${LOSS_HEIGHT}"><path class="lossbase" d="M0 100H${ratios.length}"/><path class="loss" d="${bars.join("")}"/></svg>`;
}

function lossWords({ share, worst, columnMs }: LossPlot): string {
  if (share <= 0) return "no audio lost";
  return `lost ${formatShare(share)}, at worst ${formatShare(worst)} of ${formatMoment(columnMs)}`;
}

function axis(seconds: number, height: number): string[] {
  const parts = [];
  for (const tick of axisSteps(seconds)) {
    const at = tick / seconds;
    const anchor = tick === 0 ? "start" : at > 0.96 ? "end" : "middle";
    const x = percent(at * 100);
    parts.push(
      `<line class="tick" x1="${x}" x2="${x}" y1="0" y2="${height - AXIS_HEIGHT + 4}"/>`,
      `<text class="axis" x="${x}" y="${height - 3}" text-anchor="${anchor}">${clockTime(tick)}</text>`,
    );
  }
  return parts;
}

interface LegendFacts {
  readonly talkers: readonly string[];
  readonly loss: LossPlot;
  readonly hidden: number;
}

function legend(spans: readonly AudioSpan[], { talkers, loss, hidden }: LegendFacts): string {
  const shaded = SHADED.filter((kind) => spans.some((span) => span.kind === kind)).map((kind) => {
    const ofKind = spans.filter((span) => span.kind === kind);
    const samples = ofKind.reduce((sum, span) => sum + span.toSample - span.fromSample, 0);
    const detail = `${KIND_NAMES[kind]} ${formatMoment((samples / SAMPLES_PER_SECOND) * 1_000)}`;
    return `<li><i class="key ${kind}"></i>${escapeMarkup(detail)}${ofKind.length > 1 ? ` in ${ofKind.length} spans` : ""}</li>`;
  });
  const lanes = talkers.map((talker, index) => {
    const lane = Math.min(index, LANES_MAX - 1);
    return `<li><i class="key talking t${lane}"></i>${escapeMarkup(visibleLine(talker))}</li>`;
  });
  const more = hidden > 0 ? [`<li>${plural(hidden, "more span")} not drawn</li>`] : [];
  const key = loss.share > 0 ? '<i class="key loss"></i>' : "";
  const lost = `<li>${key}${lossWords(loss)}</li>`;
  const items = [...shaded, ...lanes, lost, ...more, '<li class="cursor" aria-hidden="true"></li>'];
  return `<figcaption><ul class="legend">${items.join("")}</ul></figcaption>`;
}

function spanTitle(span: AudioSpan): string {
  const from = (span.fromSample / SAMPLES_PER_SECOND).toFixed(3);
  const to = (span.toSample / SAMPLES_PER_SECOND).toFixed(3);
  return `${KIND_NAMES[span.kind]}: ${span.label} (${from}–${to} s, samples ${span.fromSample}–${span.toSample})`;
}

function isTalking(span: AudioSpan): boolean {
  return span.kind === "talking";
}

function clamp(ratio: number): number {
  return Math.min(1, Math.max(0, ratio));
}

function percent(value: number): string {
  return `${Number(value.toFixed(3))}%`;
}
