// All parts of a call on one axis of time: where each part lies, and what happened in it: talking,
// held, parked, paused, gaps. Pure: details of the API in, shares of the axis out.
import type { RecordingDetail } from "../api/types.ts";

const SAMPLES_PER_MS = 8;
/** Nearer than this is one after the other, not beside each other. */
const GAP_LEAST_SHARE = 0.0005;

export type SpanKind = "talking" | "held" | "waiting" | "paused" | "gap";

/** A stretch of a part; `from` and `share` of the whole axis, 0 to 1. */
export interface Span {
  readonly kind: SpanKind;
  readonly from: number;
  readonly share: number;
  /** Milliseconds into the part. */
  readonly atMs: number;
  readonly lengthMs: number;
  readonly text: string;
  readonly parties: readonly string[];
}

export interface Lane {
  readonly recordingKey: string;
  readonly part: number | null;
  readonly agent: string | null;
  readonly extension: string | null;
  readonly from: number;
  readonly share: number;
  readonly startMs: number;
  readonly lengthMs: number;
  readonly spans: readonly Span[];
}

export interface CallTimeline {
  /** Epoch ms. */
  readonly fromMs: number;
  readonly lengthMs: number;
  readonly lanes: readonly Lane[];
}

const KINDS: Readonly<Record<string, SpanKind>> = {
  held: "held",
  parked: "held",
  ringing: "waiting",
  queued: "waiting",
};

const TEXTS: Readonly<Record<string, string>> = {
  ringing: "Ringing",
  queued: "Queued",
  talking: "Talking",
  held: "On hold",
  parked: "Parked",
  conference: "Conference",
  voicemail: "Voicemail",
  transferred: "Transferred",
};

const GAPS: Readonly<Record<string, string>> = {
  loss: "Packets lost",
  late: "Packets too late",
  hold: "No audio while on hold",
  overflow: "The live disk was too slow",
  tail: "Silent until the end",
  restart: "The recorder was restarted",
  ssrc: "The source changed",
};

export function callTimeline(parts: readonly RecordingDetail[]): CallTimeline {
  const ordered = parts.toSorted((a, b) => a.startTime - b.startTime);
  const fromMs = ordered[0]?.startTime ?? 0;
  const endMs = Math.max(fromMs + 1, ...ordered.map((part) => part.startTime + part.duration));
  const lengthMs = endMs - fromMs;
  return { fromMs, lengthMs, lanes: ordered.map((part) => laneOf(part, fromMs, lengthMs)) };
}

function laneOf(part: RecordingDetail, fromMs: number, lengthMs: number): Lane {
  const { recordingKey, agent, extension, startTime: startMs, duration } = part;
  const place = (fromSample: number, toSample: number) => {
    const first = clamp(fromSample, part.samples) / SAMPLES_PER_MS;
    const last = clamp(toSample, part.samples) / SAMPLES_PER_MS;
    return {
      from: (startMs - fromMs + first) / lengthMs,
      share: Math.max(GAP_LEAST_SHARE, (last - first) / lengthMs),
      atMs: first,
      lengthMs: last - first,
    };
  };
  const events = part.events.map(({ kind, fromSample, toSample, parties }): Span => ({
    kind: KINDS[kind] ?? "talking",
    ...place(fromSample, toSample),
    text: TEXTS[kind] ?? kind,
    parties,
  }));
  const isHeld = ({ fromSample, samples }: RecordingDetail["gaps"][number]): boolean =>
    part.events.some(
      ({ kind, ...event }) =>
        KINDS[kind] === "held" &&
        event.fromSample < fromSample + samples &&
        event.toSample > fromSample,
    );
  // A hold without RTP is a hold, and no fault.
  const faults = part.gaps.filter((gap) => gap.cause !== "hold" || !isHeld(gap));
  const gaps = faults.map(({ fromSample, samples, cause }): Span => ({
    kind: "gap",
    ...place(fromSample, fromSample + samples),
    text: GAPS[cause] ?? cause,
    parties: [],
  }));
  const pauses = part.pauses.map(({ fromSample, toSample, by }): Span => ({
    kind: "paused",
    ...place(fromSample, toSample ?? part.samples),
    text: `Paused by ${by}`,
    parties: [],
  }));
  return {
    ...{ recordingKey, part: part.part, agent, extension, startMs, lengthMs: duration },
    from: (startMs - fromMs) / lengthMs,
    share: Math.max(GAP_LEAST_SHARE, duration / lengthMs),
    // What hides audio lies above what only describes it.
    spans: [...events, ...gaps, ...pauses],
  };
}

function clamp(sample: number, samples: number): number {
  return Math.max(0, Math.min(sample, samples));
}

/** What happened, in the order of time: for reading, and for who cannot see the lanes. */
export function momentsOf({ spans }: Lane): readonly Span[] {
  return spans
    .filter(({ kind, lengthMs }) => kind !== "gap" || lengthMs >= 200)
    .toSorted((a, b) => a.atMs - b.atMs);
}
