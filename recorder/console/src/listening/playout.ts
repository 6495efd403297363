// Stage: frames as the network brings them → samples in step with the sound card. A small buffer
// takes up jitter; when it runs dry it fills again, and deeper, in silence; when it grows (a network
// that held back and then gave all at once) the oldest samples go, so that live stays live. No I/O:
// runs in the worklet and in tests.
import { decodeUlaw } from "./ulaw.ts";

const SAMPLES_PER_MS = 8;
/** What waits before playing begins, and to which a late stream is cut back: at first… */
export const TARGET_MS = 60;
/** …more each time it runs dry… */
export const TARGET_STEP_MS = 40;
/** …up to this. */
export const TARGET_MOST_MS = 220;
/** More than this waiting is no longer live. */
export const MOST_MS = 500;
/** Listening from the beginning: all of the past may wait, up to this. */
export const MOST_PAST_MS = 8 * 3_600_000;

export interface PlayoutReport {
  /** Of the samples played since the last report: root mean square in dBFS; −96 for silence. */
  readonly levelDb: number;
  /** What waits to be played. */
  readonly bufferedMs: number;
  /** Place in the recording of the next sample; null before the first. */
  readonly sample: number | null;
  /** Samples that were left out to catch up. */
  readonly skippedSamples: number;
  /** Times that the buffer ran dry. */
  readonly dryCount: number;
}

const SILENT_DB = -96;

export class Playout {
  readonly #mostSamples: number;
  #pieces: { readonly sample: number; readonly data: Uint8Array }[] = [];
  /** Of the first piece. */
  #offset = 0;
  #waiting = 0;
  #target = TARGET_MS * SAMPLES_PER_MS;
  #isPlaying = false;
  #next: number | null = null;
  #squares = 0;
  #counted = 0;
  #skipped = 0;
  #dry = 0;

  constructor(mostMs: number) {
    this.#mostSamples = mostMs * SAMPLES_PER_MS;
  }

  push(sample: number, data: Uint8Array): void {
    if (data.length === 0) return;
    this.#pieces.push({ sample, data });
    this.#waiting += data.length;
    if (this.#waiting <= this.#mostSamples) return;
    const excess = this.#waiting - this.#target;
    this.#take(excess, () => undefined);
    this.#skipped += excess;
  }

  /** Fills `out` with the next samples, or silence. */
  pull(out: Float32Array): void {
    this.#isPlaying ||= this.#waiting >= this.#target;
    out.fill(0);
    if (!this.#isPlaying) return;
    const taken = this.#take(out.length, (value, index) => {
      out[index] = value;
      this.#squares += value * value;
    });
    this.#counted += taken;
    if (taken === out.length) return;
    this.#isPlaying = false;
    this.#dry += 1;
    const deeper = this.#target + TARGET_STEP_MS * SAMPLES_PER_MS;
    this.#target = Math.min(deeper, TARGET_MOST_MS * SAMPLES_PER_MS);
  }

  /** What happened since the last report. */
  report(): PlayoutReport {
    const meanSquare = this.#counted === 0 ? 0 : this.#squares / this.#counted;
    this.#squares = 0;
    this.#counted = 0;
    return {
      levelDb: meanSquare === 0 ? SILENT_DB : Math.max(SILENT_DB, 10 * Math.log10(meanSquare)),
      bufferedMs: this.#waiting / SAMPLES_PER_MS,
      sample: this.#next,
      skippedSamples: this.#skipped,
      dryCount: this.#dry,
    };
  }

  /** Hands over up to `wanted` samples; answers how many there were. */
  #take(wanted: number, each: (value: number, index: number) => void): number {
    let taken = 0;
    while (taken < wanted) {
      const piece = this.#pieces[0];
      if (piece === undefined) break;
      const { sample, data } = piece;
      const end = Math.min(data.length, this.#offset + wanted - taken);
      for (let at = this.#offset; at < end; at += 1) each(decodeUlaw(data[at] ?? 0), taken++);
      this.#offset = end;
      this.#next = sample + end;
      if (end < data.length) continue;
      this.#pieces.shift();
      this.#offset = 0;
    }
    this.#waiting -= taken;
    return taken;
  }
}
