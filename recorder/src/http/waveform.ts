// The waveform of a recording: the loudest sample of each window, as a page draws it and finds
// silence in it. Made in pieces, so that an hour of audio never stands in memory twice.
import type { RecordedAudio } from "./api.ts";

/** Read at a time: one minute. */
const PIECE_SAMPLES = 480_000;
/** A window is never shorter: 20 ms, the length of a packet. */
export const WINDOW_LEAST_SAMPLES = 160;
const FULL_SCALE = 32_768;
/** Peaks are whole numbers from 0 to this: enough to draw, short to send. */
export const PEAK_MOST = 255;

export interface Waveform {
  readonly samples: number;
  /** Samples of one window; the last one may be shorter. */
  readonly windowSamples: number;
  /** One a window, 0 to 255. */
  readonly peaks: readonly number[];
}

/** At most `points` windows, evenly. */
export async function waveformOf(audio: RecordedAudio, points: number): Promise<Waveform> {
  const { samples } = audio;
  const windowSamples = Math.max(WINDOW_LEAST_SAMPLES, Math.ceil(samples / points));
  const peaks = Array.from({ length: Math.ceil(samples / windowSamples) }, () => 0);
  for (let from = 0; from < samples; from += PIECE_SAMPLES) {
    const piece = await audio.readSamples(from, Math.min(samples, from + PIECE_SAMPLES));
    for (let index = 0; index < piece.length; index += 1) {
      const window = Math.floor((from + index) / windowSamples);
      const size = Math.abs(piece[index] ?? 0);
      if (size > (peaks[window] ?? 0)) peaks[window] = size;
    }
  }
  const scaled = peaks.map((peak) => Math.round((peak / FULL_SCALE) * PEAK_MOST));
  return { samples, windowSamples, peaks: scaled };
}
