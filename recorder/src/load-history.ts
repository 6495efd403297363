// How much went on lately, for plots: points of a fixed width, of which only the newest are kept,
// and the highest figures since the start. A stage: figures in, points out; no clock, no I/O.

/** What is going on at one moment. */
export interface LoadFigures {
  readonly recordings: number;
  /** Active calls and queued ones, of all IP Offices. */
  readonly calls: number;
  readonly queued: number;
  /** The most that one IP Office needs (R16). */
  readonly vcmChannels: number;
  readonly bandwidthBitsPerSecond: number;
  /** Since the recorder's start. */
  readonly packets: number;
  /** Lost on the way, or dropped by the kernel; since the start. */
  readonly packetsLost: number;
}

/** The highest of each gauge within one width of time, and what of packets came in it. */
export interface LoadPoint {
  /** Epoch ms at which it begins. */
  readonly atMs: number;
  readonly recordings: number;
  readonly calls: number;
  readonly vcmChannels: number;
  readonly bandwidthBitsPerSecond: number;
  readonly packetsPerSecond: number;
  readonly packetsLost: number;
}

export interface Peak {
  readonly value: number;
  /** Epoch ms; null as long as nothing was seen. */
  readonly atMs: number | null;
}

export const SPANS = {
  /** An hour in points of 10 s. */
  hour: { widthMs: 10_000, points: 360 },
  /** A day in points of 5 min. */
  day: { widthMs: 300_000, points: 288 },
} as const;

export type Span = keyof typeof SPANS;

interface OpenPoint {
  readonly beganMs: number;
  highest: LoadFigures;
  /** Counters as they were when it began. */
  readonly before: Pick<LoadFigures, "packets" | "packetsLost">;
}

/** Points of one width. */
class Series {
  readonly #widthMs: number;
  readonly #limit: number;
  readonly #points: LoadPoint[] = [];
  #open: OpenPoint | null = null;

  constructor({ widthMs, points }: { readonly widthMs: number; readonly points: number }) {
    this.#widthMs = widthMs;
    this.#limit = points;
  }

  push(atMs: number, figures: LoadFigures, before: OpenPoint["before"]): void {
    const beganMs = Math.floor(atMs / this.#widthMs) * this.#widthMs;
    if (this.#open !== null && this.#open.beganMs !== beganMs) this.#close();
    if (this.#open === null) this.#open = { beganMs, highest: figures, before };
    else this.#open.highest = highestOf(this.#open.highest, figures);
  }

  /** The one that is not over included. */
  list(): readonly LoadPoint[] {
    if (this.#open === null) return this.#points;
    return [...this.#points, pointOf(this.#open, this.#widthMs)].slice(-this.#limit);
  }

  #close(): void {
    if (this.#open === null) return;
    this.#points.push(pointOf(this.#open, this.#widthMs));
    if (this.#points.length > this.#limit) this.#points.shift();
    this.#open = null;
  }
}

type Peaks = Record<"recordings" | "vcmChannels" | "bandwidthBitsPerSecond", Peak>;

export class LoadHistory {
  readonly #series = { hour: new Series(SPANS.hour), day: new Series(SPANS.day) };
  #last: OpenPoint["before"] = { packets: 0, packetsLost: 0 };
  readonly #peaks: Peaks = {
    recordings: { value: 0, atMs: null },
    vcmChannels: { value: 0, atMs: null },
    bandwidthBitsPerSecond: { value: 0, atMs: null },
  };

  push(atMs: number, figures: LoadFigures): void {
    for (const series of Object.values(this.#series)) series.push(atMs, figures, this.#last);
    this.#last = figures;
    for (const name of ["recordings", "vcmChannels", "bandwidthBitsPerSecond"] as const) {
      const value = figures[name];
      if (value > this.#peaks[name].value) this.#peaks[name] = { value, atMs };
    }
  }

  points(span: Span): readonly LoadPoint[] {
    return this.#series[span].list();
  }

  peaks(): Readonly<Peaks> {
    return this.#peaks;
  }
}

function highestOf(one: LoadFigures, other: LoadFigures): LoadFigures {
  return {
    recordings: Math.max(one.recordings, other.recordings),
    calls: Math.max(one.calls, other.calls),
    queued: Math.max(one.queued, other.queued),
    vcmChannels: Math.max(one.vcmChannels, other.vcmChannels),
    bandwidthBitsPerSecond: Math.max(one.bandwidthBitsPerSecond, other.bandwidthBitsPerSecond),
    packets: other.packets,
    packetsLost: other.packetsLost,
  };
}

function pointOf({ beganMs, highest, before }: OpenPoint, widthMs: number): LoadPoint {
  const { recordings, calls, vcmChannels, bandwidthBitsPerSecond } = highest;
  const packets = Math.max(0, highest.packets - before.packets);
  return {
    atMs: beganMs,
    ...{ recordings, calls, vcmChannels, bandwidthBitsPerSecond },
    packetsPerSecond: Math.round(packets / (widthMs / 1_000)),
    packetsLost: Math.max(0, highest.packetsLost - before.packetsLost),
  };
}
