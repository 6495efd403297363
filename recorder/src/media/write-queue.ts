// Audio of one recording that waits for the disk: bytes, and runs of fill that cost no memory until
// they are written. Bounded for itself and, by a budget, for all recordings together (design.md §5,
// "Media plane": write-behind). Pure data structure of recording-writer.ts.
import { SAMPLES_PER_SECOND } from "../audio/g711.ts";

/** 30 s of audio a recording. */
export const WRITE_BEHIND_LIMIT_BYTES = 30 * SAMPLES_PER_SECOND;
/** 256 MB in all recordings. */
export const WRITE_BEHIND_TOTAL_LIMIT_BYTES = 256 * 1024 * 1024;
/** Most bytes in one write when behind. */
export const WRITE_BATCH_LIMIT_BYTES = 256 * 1024;

/** Memory that all recordings of a plane share. */
export class WriteBudget {
  readonly limitBytes: number;
  #usedBytes = 0;

  constructor(limitBytes = WRITE_BEHIND_TOTAL_LIMIT_BYTES) {
    this.limitBytes = limitBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  hasRoom(bytes: number): boolean {
    return this.#usedBytes + bytes <= this.limitBytes;
  }

  take(bytes: number): void {
    this.#usedBytes += bytes;
  }

  release(bytes: number): void {
    this.#usedBytes -= bytes;
  }
}

interface Piece {
  /** null = fill, made when it is written. */
  readonly bytes: Uint8Array | null;
  readonly fromSample: number;
  readonly samples: number;
}

export class WriteQueue {
  readonly #budget: WriteBudget;
  readonly #writeFill: (target: Uint8Array, fromSample: number) => void;
  #pieces: Piece[] = [];
  #bytes = 0;

  constructor(budget: WriteBudget, writeFill: (target: Uint8Array, fromSample: number) => void) {
    this.#budget = budget;
    this.#writeFill = writeFill;
  }

  get isEmpty(): boolean {
    return this.#pieces.length === 0;
  }

  /** False when a limit forbids it: the caller puts fill in its place. */
  push(fromSample: number, bytes: Uint8Array): boolean {
    const size = bytes.length;
    if (this.#bytes + size > WRITE_BEHIND_LIMIT_BYTES || !this.#budget.hasRoom(size)) return false;
    this.#bytes += size;
    this.#budget.take(size);
    this.#pieces.push({ bytes, fromSample, samples: size });
    return true;
  }

  pushFill(fromSample: number, samples: number): void {
    const last = this.#pieces.at(-1);
    if (last !== undefined && last.bytes === null) {
      const merged = last.samples + samples;
      this.#pieces[this.#pieces.length - 1] = { ...last, samples: merged };
      return;
    }
    this.#pieces.push({ bytes: null, fromSample, samples });
  }

  /** The next bytes to be written; they stay queued until `drop`. Empty = nothing waits. */
  peek(): Uint8Array {
    const [first, second] = this.#pieces;
    if (first === undefined) return NOTHING;
    // The usual case: one piece every 250 ms, written without another copy.
    if (second === undefined && first.bytes !== null) return first.bytes;
    const batch = new Uint8Array(Math.min(WRITE_BATCH_LIMIT_BYTES, this.#waitingSamples()));
    let at = 0;
    for (const piece of this.#pieces) {
      if (at === batch.length) break;
      const samples = Math.min(piece.samples, batch.length - at);
      const target = batch.subarray(at, at + samples);
      if (piece.bytes === null) this.#writeFill(target, piece.fromSample);
      else target.set(piece.bytes.subarray(0, samples));
      at += samples;
    }
    return batch;
  }

  /** The first `bytes` have been written. */
  drop(bytes: number): void {
    let left = bytes;
    let piece = this.#pieces[0];
    while (piece !== undefined && left > 0) {
      const samples = Math.min(left, piece.samples);
      left -= samples;
      if (piece.bytes !== null) this.#release(samples);
      if (samples === piece.samples) this.#pieces.shift();
      else this.#pieces[0] = restOf(piece, samples);
      piece = this.#pieces[0];
    }
  }

  /** The recording is given up: its memory is free. */
  clear(): void {
    this.#release(this.#bytes);
    this.#pieces = [];
  }

  #release(bytes: number): void {
    this.#bytes -= bytes;
    this.#budget.release(bytes);
  }

  #waitingSamples(): number {
    return this.#pieces.reduce((sum, piece) => sum + piece.samples, 0);
  }
}

const NOTHING = new Uint8Array(0);

function restOf(piece: Piece, written: number): Piece {
  return {
    bytes: piece.bytes === null ? null : piece.bytes.subarray(written),
    fromSample: piece.fromSample + written,
    samples: piece.samples - written,
  };
}
