// What of a recording is fill because its audio was lost, late or dropped, over its length: the
// numbers of the loss plot. Hold and pause are no loss. Pure.  formats.md, `gap`
import type { AudioTrack } from "../evidence.ts";

/** Shares from 0 to 1, one a column of equal length. */
export interface LossPlot {
  readonly ratios: readonly number[];
  readonly columnMs: number;
  /** Of the whole recording. */
  readonly share: number;
  /** The highest of the columns. */
  readonly worst: number;
}

const SAMPLES_PER_MS = 8;
/** A column shorter than ten packets would only say "this packet was lost". */
const COLUMN_MIN_SAMPLES = 1_600;

/** At most `columns` columns over the track. */
export function lossOf(track: AudioTrack, columns: number): LossPlot {
  const total = track.audio.length;
  const count = Math.max(1, Math.min(columns, Math.ceil(total / COLUMN_MIN_SAMPLES)));
  const width = Math.max(1, total / count);
  const lost = Array.from({ length: count }, () => 0);
  for (const span of track.spans) {
    if (span.kind !== "gap") continue;
    const from = Math.max(0, span.fromSample);
    const to = Math.min(total, span.toSample);
    for (
      let column = Math.floor(from / width);
      column < count && column * width < to;
      column += 1
    ) {
      const overlap = Math.min(to, (column + 1) * width) - Math.max(from, column * width);
      lost[column] = (lost[column] ?? 0) + Math.max(0, overlap);
    }
  }
  const ratios = lost.map((samples) => Math.min(1, samples / width));
  return {
    ratios,
    columnMs: width / SAMPLES_PER_MS,
    share: total === 0 ? 0 : Math.min(1, lost.reduce((sum, samples) => sum + samples, 0) / total),
    worst: ratios.reduce((worst, ratio) => Math.max(worst, ratio), 0),
  };
}
