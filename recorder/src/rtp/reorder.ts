// The reorder window: audio lands at its sample in whatever order it comes, holes wait 200 ms for
// their packets, and what is settled leaves in order, without holes (design.md §5, "Timeline").
// Stage between the timeline, which knows samples, and writer and listeners, which want bytes.
import type { GapCause } from "../audio/journal-lines.ts";

/** How long a hole is kept open for packets that were overtaken. */
export const REORDER_WINDOW_MS = 200;
/** 1.024 s of audio, a power of two. Older audio leaves when newer needs the room. */
export const WINDOW_SAMPLES = 8192;
const INDEX_MASK = WINDOW_SAMPLES - 1;

/** Takes what leaves the window: every sample once, in order. */
export interface WindowSink {
  /** `bytes` belongs to the receiver. */
  onAudio(fromSample: number, bytes: Uint8Array): void;
  /** A hole too long for the window. */
  onFill(fromSample: number, samples: number): void;
  /** Of what left, this was no audio. */
  onGap(fromSample: number, samples: number, cause: GapCause): void;
  /** Fill for samples `fromSample` … as it shall stand in a hole. */
  writeFill(target: Uint8Array, fromSample: number): void;
}

interface Hole {
  from: number;
  to: number;
  readonly sinceMs: number;
  readonly cause: GapCause;
}

/** Of a hole that a packet makes by being ahead. */
export interface HoleOrigin {
  readonly cause: GapCause;
  readonly nowMs: number;
  /** So much of it, at its end, is of packets that may yet come, whatever the cause of the rest. */
  readonly missingSamples?: number;
}

/** `placed`: newest; `landed`: in a hole; `late`: its place has left; `occupied`: nothing to fill. */
export type PutVerdict = "placed" | "landed" | "late" | "occupied";

export class ReorderWindow {
  readonly #ring = new Uint8Array(WINDOW_SAMPLES);
  readonly #sink: WindowSink;
  #holes: Hole[] = [];
  /** All before has left. */
  #base: number;
  #end: number;
  /** The ring is valid up to here; behind it `#open` is about to fill. */
  #written: number;

  constructor(sink: WindowSink, fromSample = 0) {
    this.#sink = sink;
    this.#base = fromSample;
    this.#end = fromSample;
    this.#written = fromSample;
  }

  /** The next sample to leave. */
  get base(): number {
    return this.#base;
  }

  get end(): number {
    return this.#end;
  }

  /** Puts `bytes` at `sample`. A hole that this makes has `cause`. */
  put(sample: number, bytes: Uint8Array, hole: HoleOrigin): PutVerdict {
    if (sample < this.#end) return this.#land(sample, bytes);
    if (sample > this.#end) this.#open(sample, hole);
    this.#release(sample + bytes.length - WINDOW_SAMPLES);
    this.#write(sample, bytes);
    this.#end = sample + bytes.length;
    this.#written = this.#end;
    return "placed";
  }

  /** Whether so many samples would all find room: as the next ones, or in holes. */
  isVacant(sample: number, samples: number): boolean {
    if (sample === this.#end) return true;
    const end = sample + samples;
    const free = this.#holes.map(({ from, to }) => Math.min(end, to) - Math.max(sample, from));
    return free.reduce((sum, room) => sum + Math.max(0, room), 0) === samples;
  }

  /** Extends the audio up to `toSample` by a hole that nothing is expected to fill. */
  extend(toSample: number, cause: GapCause): void {
    if (toSample > this.#end) this.#open(toSample, { cause, nowMs: Number.NEGATIVE_INFINITY });
  }

  /** Lets go of everything before the first hole that is still young. */
  commit(nowMs: number): void {
    let limit = this.#end;
    for (const hole of this.#holes) {
      if (nowMs - hole.sinceMs >= REORDER_WINDOW_MS || !isWaiting(hole)) continue;
      limit = hole.from;
      break;
    }
    this.#release(limit);
  }

  /** Lets go of everything. */
  flush(): void {
    this.#release(this.#end);
  }

  #open(toSample: number, hole: HoleOrigin): void {
    const from = this.#end;
    this.#end = toSample;
    const { cause, nowMs: sinceMs, missingSamples = 0 } = hole;
    const middle = cause === "loss" ? toSample : Math.max(from, toSample - missingSamples);
    if (middle > from) this.#holes.push({ from, to: middle, sinceMs, cause });
    if (toSample > middle) this.#holes.push({ from: middle, to: toSample, sinceMs, cause: "loss" });
    this.#release(toSample - WINDOW_SAMPLES);
    // What the room cost has left as fill already.
    this.#fill(Math.max(from, this.#base), toSample);
    this.#written = toSample;
  }

  #land(sample: number, bytes: Uint8Array): PutVerdict {
    const end = sample + bytes.length;
    let verdict: PutVerdict = sample < this.#base ? "late" : "occupied";
    // A packet may be longer than the hole that it was taken for: the next hole has the rest of it.
    for (const hole of [...this.#holes]) {
      const from = Math.max(sample, hole.from);
      const to = Math.min(end, hole.to);
      if (from >= to) continue;
      this.#write(from, bytes.subarray(from - sample, to - sample));
      this.#cut(hole, from, to);
      verdict = "landed";
    }
    return verdict;
  }

  #cut(hole: Hole, from: number, to: number): void {
    const rest: Hole[] = [];
    if (hole.from < from) rest.push({ ...hole, to: from });
    if (to < hole.to) rest.push({ ...hole, from: to });
    this.#holes.splice(this.#holes.indexOf(hole), 1, ...rest);
  }

  #write(sample: number, bytes: Uint8Array): void {
    const at = sample & INDEX_MASK;
    const room = WINDOW_SAMPLES - at;
    if (bytes.length <= room) {
      this.#ring.set(bytes, at);
      return;
    }
    this.#ring.set(bytes.subarray(0, room), at);
    this.#ring.set(bytes.subarray(room), 0);
  }

  #fill(from: number, to: number): void {
    const at = from & INDEX_MASK;
    const first = Math.min(to - from, WINDOW_SAMPLES - at);
    this.#sink.writeFill(this.#ring.subarray(at, at + first), from);
    const rest = to - from - first;
    if (rest > 0) this.#sink.writeFill(this.#ring.subarray(0, rest), from + first);
  }

  /** Everything before `limit` leaves. Beyond the window's reach there is only a hole: a run. */
  #release(limit: number): void {
    const from = this.#base;
    if (limit <= from) return;
    for (let hole = this.#holes[0]; hole !== undefined && hole.from < limit; [hole] = this.#holes) {
      const to = Math.min(hole.to, limit);
      this.#sink.onGap(hole.from, to - hole.from, hole.cause);
      if (to < hole.to) hole.from = to;
      else this.#holes.shift();
    }
    const reach = Math.min(limit, this.#written);
    this.#base = limit;
    if (reach > from) this.#sink.onAudio(from, this.#copy(from, reach));
    const runFrom = Math.max(from, reach);
    if (limit > runFrom) this.#sink.onFill(runFrom, limit - runFrom);
  }

  #copy(from: number, to: number): Uint8Array {
    const bytes = allocate(to - from);
    const at = from & INDEX_MASK;
    const first = Math.min(bytes.length, WINDOW_SAMPLES - at);
    bytes.set(this.#ring.subarray(at, at + first));
    bytes.set(this.#ring.subarray(0, bytes.length - first), first);
    return bytes;
  }
}

/**
 * Pieces that leave, of a window at most, are cut from slabs: a buffer for each would cost more
 * than its copy.
 */
const SLAB_BYTES = 65_536;
let slab = new Uint8Array(SLAB_BYTES);
let slabUsed = 0;

function allocate(bytes: number): Uint8Array {
  if (slabUsed + bytes > SLAB_BYTES) {
    slab = new Uint8Array(SLAB_BYTES);
    slabUsed = 0;
  }
  const piece = slab.subarray(slabUsed, slabUsed + bytes);
  slabUsed += bytes;
  return piece;
}

/** Only lost packets, and those of an SSRC that was left, may still come. */
function isWaiting(hole: Hole): boolean {
  return hole.cause === "loss" || hole.cause === "ssrc";
}
