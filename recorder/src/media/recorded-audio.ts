// The last stretch of one recording's audio: pause gate, reorder window, and the gaps between.
// Bytes come with their sample, perhaps out of order, and leave in order, each sample once
// (design.md §5, "Timeline", "Pause"). Stage: it owns its state, does no I/O, and time comes with
// each call.
import type { GapCause } from "../audio/journal-lines.ts";
import { type HoleOrigin, ReorderWindow } from "../rtp/reorder.ts";
import { type Gap, GapLog } from "./gap-log.ts";
import { PauseGate } from "./pause-gate.ts";

/** Fill goes out to listeners in pieces of at most this. */
const FILL_PIECE_SAMPLES = 8000;

export interface AudioDelegate {
  /** Bytes in order, each sample once. False = not taken; fill takes its place. */
  onAudio(fromSample: number, bytes: Uint8Array): boolean;
  onFill(fromSample: number, samples: number): void;
  /** Audio was dropped because the disk is too slow. */
  onOverflow(): void;
}

/** How a pause sounds, and how far it reaches. */
export interface PauseOptions {
  readonly fill: "tone" | "silence";
  readonly guardMs: number;
}

export class RecordedAudio {
  readonly gate: PauseGate;
  readonly #delegate: AudioDelegate;
  readonly #window: ReorderWindow;
  readonly #gaps = new GapLog();

  /** `samples` are there already, of the process before. */
  constructor(pause: PauseOptions, samples: number, delegate: AudioDelegate) {
    this.#delegate = delegate;
    this.gate = new PauseGate(pause);
    this.#window = new ReorderWindow(
      {
        onAudio: (fromSample, bytes) => this.#leave(fromSample, bytes),
        onFill: (fromSample, count) => this.#leaveFill(fromSample, count),
        onGap: (fromSample, count, cause) => this.#gap(fromSample, count, cause),
        writeFill: (target, fromSample) => this.gate.writeFill(target, fromSample),
      },
      samples,
    );
  }

  /** All that has left, in order. */
  get samples(): number {
    return this.#window.base;
  }

  /** Behind the last sample that has its bytes. */
  get end(): number {
    return this.#window.end;
  }

  /** Runs of lost or late audio so far. */
  get lossRuns(): number {
    return this.#gaps.lossRuns;
  }

  /** False = too late: others have its samples, or they have left. */
  put(sample: number, bytes: Uint8Array, hole: HoleOrigin): boolean {
    if (sample < 0) return false;
    const isClear = this.gate.isClear(sample, sample + bytes.length);
    const verdict = this.#window.put(sample, isClear ? bytes : this.gate.mask(sample, bytes), hole);
    if (verdict !== "late" && verdict !== "occupied") return true;
    this.#gaps.relabelLate(sample, bytes.length);
    return false;
  }

  /** Whether so many samples would all find room: as the next ones, or in holes. */
  isVacant(sample: number, samples: number): boolean {
    return this.#window.isVacant(sample, samples);
  }

  /** Extends the audio up to `toSample` by a hole that nothing is expected to fill. */
  extend(toSample: number, cause: GapCause): void {
    this.#window.extend(toSample, cause);
  }

  /** Lets go of what is settled. */
  commit(nowMs: number): void {
    this.#window.commit(nowMs);
  }

  /** Lets go of everything. */
  flush(): void {
    this.#window.flush();
  }

  /** Gaps to be journalled before the bytes that left. */
  drainGaps(): readonly Gap[] {
    return this.#gaps.drain();
  }

  #leave(fromSample: number, bytes: Uint8Array): void {
    if (this.#delegate.onAudio(fromSample, bytes)) return;
    this.#delegate.onOverflow();
    this.#gap(fromSample, bytes.length, "overflow");
    this.#leaveFill(fromSample, bytes.length);
  }

  #leaveFill(fromSample: number, samples: number): void {
    for (let done = 0; done < samples; done += FILL_PIECE_SAMPLES) {
      const piece = Math.min(FILL_PIECE_SAMPLES, samples - done);
      this.#delegate.onFill(fromSample + done, piece);
    }
  }

  /** Paused samples are told by their pause, not as gaps: each sample has one explanation. */
  #gap(fromSample: number, samples: number, cause: GapCause): void {
    for (const part of this.gate.outside(fromSample, samples)) {
      this.#gaps.add({ fromSample: part.from, samples: part.samples, cause });
    }
  }
}
