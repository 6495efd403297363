// Voice compression channels: used = active calls + recordings + Skilled queued calls (R16).
// The one place that counts them; never more than the site has.
import type { PbxTruth } from "./truth.ts";

/** What a channel is taken for. */
export type VcmUse = "call" | "recording" | "queued";

export class Vcm {
  readonly #channels: number;
  readonly #nowMs: () => number;
  readonly #history: PbxTruth["vcm"];
  readonly #uses: Record<VcmUse, number> = { call: 0, recording: 0, queued: 0 };

  constructor(channels: number, nowMs: () => number, history: PbxTruth["vcm"]) {
    this.#channels = channels;
    this.#nowMs = nowMs;
    this.#history = history;
    this.#note();
  }

  get used(): number {
    return this.#uses.call + this.#uses.recording + this.#uses.queued;
  }

  get available(): number {
    return this.#channels;
  }

  /** How many are taken for this use. */
  usedFor(use: VcmUse): number {
    return this.#uses[use];
  }

  /** False when all channels are in use. */
  take(use: VcmUse): boolean {
    if (this.used >= this.#channels) return false;
    this.#uses[use] += 1;
    this.#note();
    return true;
  }

  /** Releasing more than was taken is a programmer's mistake and throws. */
  release(use: VcmUse): void {
    if (this.#uses[use] === 0) throw new RangeError(`no VCM channel is in use for a ${use}`);
    this.#uses[use] -= 1;
    this.#note();
  }

  #note(): void {
    const [used, available] = [this.used, this.#channels];
    this.#history.push({ atMs: this.#nowMs(), used, available, uses: { ...this.#uses } });
  }
}
