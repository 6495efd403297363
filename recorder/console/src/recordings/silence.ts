// Where nobody speaks, found in the waveform; and where a player that skips silence goes on. Pure.
import type { Waveform } from "../api/types.ts";

/** The loudest that a peak can be (recorder/src/http/waveform.ts). */
export const PEAK_MOST = 255;
/** Peaks up to this (of 255) are line noise: about −36 dBFS. */
const SILENT_PEAK = 4;
/** Shorter pauses belong to speech. */
const LEAST_SECONDS = 1.2;
/** Left at both ends, so that no word is cut. */
const MARGIN_SECONDS = 0.25;
const SAMPLE_RATE = 8_000;

/** Seconds of the recording. */
export interface Silence {
  readonly from: number;
  readonly to: number;
}

interface PausedSpan {
  readonly fromSample: number;
  readonly toSample: number | null;
}

/** Silent spans and pauses' fill, in order, without overlap. */
export function silencesOf(
  { peaks, windowSamples, samples }: Waveform,
  pauses: readonly PausedSpan[] = [],
): readonly Silence[] {
  const isFill = (sample: number): boolean =>
    pauses.some((one) => sample >= one.fromSample && sample < (one.toSample ?? samples));
  const found: Silence[] = [];
  let began: number | null = null;
  for (let window = 0; window <= peaks.length; window += 1) {
    const sample = window * windowSamples;
    const isQuiet =
      window < peaks.length && ((peaks[window] ?? 0) <= SILENT_PEAK || isFill(sample));
    if (isQuiet) began ??= sample;
    if (isQuiet || began === null) continue;
    const span = { from: began / SAMPLE_RATE, to: Math.min(sample, samples) / SAMPLE_RATE };
    if (span.to - span.from >= LEAST_SECONDS) found.push(span);
    began = null;
  }
  return found;
}

/** Where to go on from this second; null: somebody speaks here. */
export function skipFrom(silences: readonly Silence[], second: number): number | null {
  const inside = silences.find(
    ({ from, to }) => second >= from + MARGIN_SECONDS && second < to - 2 * MARGIN_SECONDS,
  );
  return inside === undefined ? null : inside.to - MARGIN_SECONDS;
}
