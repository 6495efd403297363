// Stage: frames as the network brings them → samples in step with the sound card. A small buffer
// takes up jitter; when it runs dry it fills again in silence, when it grows (a network that held
// back and then gave all at once) the oldest samples go, so that live stays live. No I/O: runs in
// the worklet and in tests.
import { decodeUlaw } from "./ulaw.ts";

const SAMPLES_PER_MS = 8;
/** Waiting samples before playing begins, and to which a late stream is cut back. */
export const TARGET_MS = 60;
/** More than this waiting is no longer live. */
export const MOST_MS = 240;
/** Listening from the beginning: all of the past may wait, up to this. */
export const MOST_PAST_MS = 8 * 3_600_000;

export interface PlayoutReport {
  /** Of the samples since the last report: root mean square in dBFS; −96 for silence. */
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
    const excess = this.#waiting - TARGET_MS * SAMPLES_PER_MS;
    this.#take(excess, () => undefined);
    this.#skipped += excess;
  }

  /** Fills `out` with the next samples, or silence. */
  pull(out: Float32Array): void {
    this.#isPlaying ||= this.#waiting >= TARGET_MS * SAMPLES_PER_MS;
    out.fill(0);
    if (!this.#isPlaying) return this.#count(out);
    const taken = this.#take(out.length, (value, index) => (out[index] = value));
    if (taken < out.length) {
      this.#isPlaying = false;
      this.#dry += 1;
    }
    this.#count(out);
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

  #count(out: Float32Array): void {
    for (const value of out) this.#squares += value * value;
    this.#counted += out.length;
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
