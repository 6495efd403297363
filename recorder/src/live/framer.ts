// Stage: audio of a recording, in pieces of any size and without holes, → frames of exactly 160
// samples whose first sample is a multiple of 160. What is left at the end comes by `flush`.
import { FRAME_SAMPLES, type QueuedFrame } from "./listener-queue.ts";

export type Frame = QueuedFrame;

export class Framer {
  /** Filled with the beginning of the next frame. */
  readonly #partial = new Uint8Array(FRAME_SAMPLES);
  #partialBytes = 0;
  /** First sample of the partial frame; null until the first whole frame can begin. */
  #sample: number | null = null;

  /** `sample` is the place of the first byte; a piece that does not join on begins anew. */
  push(sample: number, data: Uint8Array, arrivedMs: number | null = null): Frame[] {
    let offset = 0;
    if (this.#sample === null || sample !== this.#sample + this.#partialBytes) {
      offset = (FRAME_SAMPLES - (sample % FRAME_SAMPLES)) % FRAME_SAMPLES;
      this.#partialBytes = 0;
      this.#sample = sample + offset;
      // All of it lies before the next frame's start: nothing has begun yet.
      if (offset > data.length) {
        this.#sample = null;
        return [];
      }
    }
    return this.#cut(this.#sample, data.subarray(offset), arrivedMs);
  }

  /** The last, shorter frame, if there is one. */
  flush(): Frame | null {
    if (this.#sample === null || this.#partialBytes === 0) return null;
    const data = this.#partial.slice(0, this.#partialBytes);
    const frame = { sample: this.#sample, data, arrivedMs: null };
    this.#sample = null;
    this.#partialBytes = 0;
    return frame;
  }

  #cut(from: number, data: Uint8Array, arrivedMs: number | null): Frame[] {
    const frames: Frame[] = [];
    let sample = from;
    let offset = 0;
    while (this.#partialBytes + data.length - offset >= FRAME_SAMPLES) {
      const frame = new Uint8Array(FRAME_SAMPLES);
      frame.set(this.#partial.subarray(0, this.#partialBytes));
      const taken = FRAME_SAMPLES - this.#partialBytes;
      frame.set(data.subarray(offset, offset + taken), this.#partialBytes);
      frames.push({ sample, data: frame, arrivedMs });
      sample += FRAME_SAMPLES;
      offset += taken;
      this.#partialBytes = 0;
    }
    this.#partial.set(data.subarray(offset), this.#partialBytes);
    this.#partialBytes += data.length - offset;
    this.#sample = sample;
    return frames;
  }
}
