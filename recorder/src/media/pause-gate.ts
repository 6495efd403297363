// The pause gate: which samples of a recording are paused, and what stands there instead
// (design.md §5, "Pause"). Paused = [P, R): P is the next expected sample when the plane handles
// the pause, R = max(next expected, predicted by the clock) + guard. Packets are judged by sample,
// so that nothing of it gets through however late. Pure: numbers in, numbers and bytes out.
import { SAMPLES_PER_MS, ULAW_SILENCE } from "../audio/g711.ts";
import type { JournalLine } from "../audio/journal-lines.ts";
import { type FillKind, writeFill } from "../audio/tone.ts";

interface PausedSpan {
  readonly from: number;
  /** Infinity until the resume. */
  to: number;
  readonly fill: FillKind;
}

export class PauseGate {
  readonly #fill: FillKind;
  readonly #guardSamples: number;
  readonly #spans: PausedSpan[] = [];

  constructor(options: { readonly fill: FillKind; readonly guardMs: number }) {
    this.#fill = options.fill;
    this.#guardSamples = Math.ceil(options.guardMs * SAMPLES_PER_MS);
  }

  get isPaused(): boolean {
    return this.#spans.at(-1)?.to === Number.POSITIVE_INFINITY;
  }

  get fillKind(): FillKind {
    return this.#fill;
  }

  /** P, or null when already paused. */
  pause(nextSample: number): number | null {
    if (this.isPaused) return null;
    this.#spans.push({ from: nextSample, to: Number.POSITIVE_INFINITY, fill: this.#fill });
    return nextSample;
  }

  /** The span that this closes, or null when not paused. */
  resume(next: { readonly nextSample: number; readonly predictedSample: number }): {
    readonly fromSample: number;
    readonly toSample: number;
  } | null {
    const span = this.#spans.at(-1);
    if (span === undefined || !this.isPaused) return null;
    // An edge before P would keep nothing back; the clock may predict one just after a restart.
    const edge = Math.max(span.from, next.nextSample, next.predictedSample);
    span.to = edge + this.#guardSamples;
    return { fromSample: span.from, toSample: span.to };
  }

  /** After a crash: the pauses of the journal, an open one included. */
  restore(lines: readonly JournalLine[]): void {
    for (const line of lines) {
      if (line.type === "pause") {
        const fill = line.fill === "silence" ? "silence" : "tone";
        this.#spans.push({ from: line.fromSample, to: Number.POSITIVE_INFINITY, fill });
      } else if (line.type === "resume") {
        const span = this.#spans.at(-1);
        if (span !== undefined) span.to = Math.max(span.from, line.toSample);
      }
    }
  }

  /** True when no sample of [from, to) is paused. */
  isClear(from: number, to: number): boolean {
    for (let index = this.#spans.length - 1; index >= 0; index -= 1) {
      const span = this.#spans[index]!;
      if (from < span.to && to > span.from) return false;
    }
    return true;
  }

  /** `bytes` for samples `from` …, with fill where they are paused; a copy. */
  mask(from: number, bytes: Uint8Array): Uint8Array {
    const masked = bytes.slice();
    this.#overwrite(masked, from);
    return masked;
  }

  /** What stands in samples without audio: silence, and the fill of a pause where paused. */
  writeFill(target: Uint8Array, from: number): void {
    target.fill(ULAW_SILENCE);
    this.#overwrite(target, from);
  }

  /** The parts of [from, from + samples) that are not paused. */
  outside(from: number, samples: number): { readonly from: number; readonly samples: number }[] {
    let parts = [{ from, to: from + samples }];
    for (const span of this.#spans) {
      parts = parts.flatMap((part) => [
        { from: part.from, to: Math.min(part.to, span.from) },
        { from: Math.max(part.from, span.to), to: part.to },
      ]);
      parts = parts.filter((part) => part.from < part.to);
    }
    return parts.map((part) => ({ from: part.from, samples: part.to - part.from }));
  }

  #overwrite(target: Uint8Array, from: number): void {
    const to = from + target.length;
    for (const span of this.#spans) {
      const start = Math.max(from, span.from);
      const end = Math.min(to, span.to);
      if (start < end) writeFill(target.subarray(start - from, end - from), start, span.fill);
    }
  }
}
