// Where each spoken frame of a recording leg belongs in the recording: reckoned from the packets on
// the wire and the `media` lines of the journal, which media-lines.ts holds to be plausible.
import type { SpokenFrame, TruthLeg } from "@tapeline/simulator/pbx";
import type { DatagramFate } from "@tapeline/simulator/world";
import {
  count,
  entries,
  isWireSeen,
  type JournalEntry,
  type RecordedFile,
  type RunRecord,
} from "./run-record.ts";

export const FRAME_SAMPLES = 160;
export const SAMPLES_PER_MS = 8;

export interface PlacedFrame {
  readonly frame: SpokenFrame;
  readonly sample: number;
  /** null = never arrived; live mode takes every frame sent to have arrived. */
  readonly arrivedMs: number | null;
  /** Bytes changed on the way: whatever stands at its place may be it. */
  readonly isCorrupted: boolean;
}

/** Frames with their places, and those of SSRCs that the recording never took. */
export interface Placement {
  readonly placed: readonly PlacedFrame[];
  readonly unplaced: readonly Omit<PlacedFrame, "sample">[];
}

/** Samples [from, to). */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The leg that a recording recorded, by SIP Call-ID. */
export function legOf(record: RunRecord, recording: RecordedFile): TruthLeg | null {
  const sipCallId = entries(recording, "header")[0]?.["sipCallId"];
  const legs = record.truth.conversations.flatMap((conversation) => conversation.legs);
  return legs.find((leg) => leg.sipCallId === sipCallId) ?? null;
}

/** What the journal says was paused; an open pause lasts to the end. */
export function pausedSpans(recording: RecordedFile): (Span & { readonly fill: string })[] {
  const spans: (Span & { readonly fill: string })[] = [];
  for (const line of recording.journal) {
    if (line.type === "pause") {
      const from = count(line, "fromSample");
      spans.push({ from, to: Infinity, fill: String(line["fill"]) });
    }
    const last = spans.at(-1);
    if (line.type === "resume" && last !== undefined) {
      spans[spans.length - 1] = { ...last, to: count(line, "toSample") };
    }
  }
  return spans;
}

export function gapSpans(recording: RecordedFile): (Span & { readonly cause: string })[] {
  return entries(recording, "gap").map((line) => {
    const from = count(line, "fromSample");
    return { from, to: from + count(line, "samples"), cause: String(line["cause"]) };
  });
}

export function overlaps(spans: readonly Span[], from: number, to: number): boolean {
  return spans.some((span) => from < span.to && to > span.from);
}

/** The samples in a packet: 20 ms, unless the IP Office has another ptime. */
export function samplesOf(frame: SpokenFrame): number {
  return frame.payload?.length ?? FRAME_SAMPLES;
}

/** The base that maps RTP timestamps to samples, from one `media` line on. */
interface Base {
  readonly ssrc: number;
  /** Place in the truth of the packet that the line names; -1 = it was never sent. */
  readonly index: number;
  readonly sample: number;
  readonly timestamp: number;
}

export function placeFrames(record: RunRecord, leg: TruthLeg, recording: RecordedFile): Placement {
  const arrivals = arrivalsOf(record, leg);
  const bases = basesOf(leg, recording);
  const placed: PlacedFrame[] = [];
  const unplaced: Omit<PlacedFrame, "sample">[] = [];
  for (const [index, frame] of leg.frames.entries()) {
    const arrival = arrivals?.get(keyOf(frame));
    const item = {
      frame,
      arrivedMs: arrivals === null ? sentAt(frame) : (arrival?.atMs ?? null),
      isCorrupted: arrival?.isCorrupted ?? false,
    };
    const base = baseOf(bases, frame, index);
    if (base === undefined) unplaced.push(item);
    else placed.push({ ...item, sample: base.sample + distance(frame, base) });
  }
  return { placed, unplaced };
}

/** The newest base of the frame's SSRC that is not after it; the first when all are. */
function baseOf(bases: readonly Base[], frame: SpokenFrame, index: number): Base | undefined {
  const own = bases.filter((base) => base.ssrc === frame.ssrc && base.index >= 0);
  return own.findLast((base) => base.index <= index) ?? own[0];
}

function distance(frame: SpokenFrame, base: Base): number {
  return (frame.timestamp - base.timestamp) | 0;
}

function basesOf(leg: TruthLeg, recording: RecordedFile): Base[] {
  return entries(recording, "media").flatMap((line) =>
    typeof line["rtpTimestamp"] === "number"
      ? [{ ...baseFacts(leg, line), sample: line.sample, timestamp: line["rtpTimestamp"] }]
      : [],
  );
}

function baseFacts(leg: TruthLeg, line: JournalEntry): Pick<Base, "ssrc" | "index"> {
  const ssrc = count(line, "ssrc");
  const { rtpTimestamp, rtpSequence } = line;
  const index = leg.frames.findIndex(
    (frame) =>
      frame.ssrc === ssrc &&
      frame.timestamp === rtpTimestamp &&
      (rtpSequence === undefined || frame.sequence === rtpSequence),
  );
  return { ssrc, index };
}

interface Arrival {
  readonly atMs: number;
  readonly isCorrupted: boolean;
}

/** null where the wire is not seen at the recorder's end: live without a relay. */
function arrivalsOf(record: RunRecord, leg: TruthLeg): Map<string, Arrival> | null {
  if (!isWireSeen(record)) return null;
  const ssrcs = new Set(leg.frames.map(({ ssrc }) => ssrc));
  const arrivals = new Map<string, Arrival>();
  for (const fate of record.fates) {
    const header = rtpHeader(fate);
    if (header === null || !ssrcs.has(header.ssrc) || fate.arrivalsMs.length === 0) continue;
    const key = `${header.ssrc} ${header.sequence} ${header.timestamp}`;
    const before = arrivals.get(key);
    const atMs = Math.min(before?.atMs ?? Infinity, ...fate.arrivalsMs);
    // One good copy is enough to know what must stand there.
    const isCorrupted = fate.corrupted && before?.isCorrupted !== false;
    arrivals.set(key, { atMs, isCorrupted });
  }
  return arrivals;
}

function rtpHeader(fate: DatagramFate) {
  const { data } = fate;
  if (data.length < 12 || (data[0] ?? 0) >> 6 !== 2) return null;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return {
    sequence: view.getUint16(2),
    timestamp: view.getUint32(4),
    ssrc: view.getUint32(8),
  };
}

function keyOf(frame: SpokenFrame): string {
  return `${frame.ssrc} ${frame.sequence} ${frame.timestamp}`;
}

function sentAt(frame: SpokenFrame): number | null {
  return frame.withheld === true ? null : frame.sentMs;
}
