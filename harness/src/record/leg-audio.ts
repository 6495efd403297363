// Where each spoken frame of a recording leg belongs in the recording: reckoned from the packets on
// the wire and the `media` lines of the journal, which media-lines.ts holds to be plausible.
import type { SpokenFrame, TruthLeg } from "@tapeline/simulator/pbx";
import { settleLoneJumps } from "./lone-jumps.ts";
import { samplesOf, type PlacedFrame } from "./placed-frame.ts";
import {
  count,
  entries,
  isWireSeen,
  type JournalEntry,
  type RecordedFile,
  type RunRecord,
} from "./run-record.ts";

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

/**
 * The calls in which the recorded end may be found: those of the leg's conversation, and of one
 * that took its call in. A consultation that became a conference before the recorder took its leg,
 * or while it was down, is known by the conference alone.
 */
export function callIdsOf(
  { truth }: Pick<RunRecord, "truth">,
  { conversation, callId }: Pick<TruthLeg, "conversation" | "callId">,
): readonly number[] {
  return truth.conversations
    .filter((own) => own.conversation === conversation || own.callIds.includes(callId))
    .flatMap(({ callIds }) => callIds);
}

/** A pause, with what stands in its place and who asked for it. */
export interface PausedSpan extends Span {
  readonly fill: string;
  readonly by: string;
}

/** What the journal says was paused; an open pause lasts to the end. */
export function pausedSpans(recording: RecordedFile): PausedSpan[] {
  const spans: PausedSpan[] = [];
  for (const line of recording.journal) {
    if (line.type === "pause") {
      const from = count(line, "fromSample");
      const [fill, by] = [String(line["fill"]), String(line["by"])];
      spans.push({ from, to: Infinity, fill, by });
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

/** The base that maps RTP timestamps to samples, from one `media` line on. */
interface Base {
  readonly ssrc: number;
  /** Place in the truth of the packet that the line names; -1 = it was never sent. */
  readonly index: number;
  readonly sample: number;
  readonly timestamp: number;
  readonly sequence: number;
  /** When that packet came; null = nobody knows. */
  readonly arrivedMs: number | null;
}

export function placeFrames(record: RunRecord, leg: TruthLeg, recording: RecordedFile): Placement {
  // Live without a relay the wire is not seen at the recorder's end: what was sent has arrived.
  const arrivals = isWireSeen(record) ? arrivalsOf(record) : null;
  const bases = basesOf(leg, recording, arrivals);
  const placed: PlacedFrame[] = [];
  const unplaced: Omit<PlacedFrame, "sample">[] = [];
  for (let index = 0; index < leg.frames.length; index += 1) {
    const frame = leg.frames[index]!;
    const { arrivedMs, isCorrupted } = arrivalOf(leg, frame, arrivals);
    const base = baseOf(bases, frame, { index, arrivedMs });
    if (base === undefined) {
      unplaced.push({ frame, arrivedMs, isCorrupted });
    } else {
      const sample = base.sample + distance(frame, base);
      placed.push({ frame, arrivedMs, isCorrupted, sample });
    }
  }
  return { placed: settleLoneJumps(placed, recording.audio), unplaced };
}

/**
 * The newest base of the frame's SSRC that is not after it; the first when all are. One whose first
 * packet overtook it may be its own: the one that puts it nearer to where its number does.
 */
function baseOf(
  bases: readonly Base[],
  frame: SpokenFrame,
  { index, arrivedMs }: { readonly index: number; readonly arrivedMs: number | null },
): Base | undefined {
  let found: Base | undefined;
  let next: Base | undefined;
  for (const base of bases) {
    if (base.ssrc !== frame.ssrc || base.index < 0) continue;
    if (found === undefined || base.index <= index) [found, next] = [base, undefined];
    else next ??= base;
  }
  if (found === undefined || next === undefined || found.index > index) return found;
  const isOvertaken = (arrivedMs ?? -Infinity) >= (next.arrivedMs ?? Infinity);
  const numbers = (next.sequence - frame.sequence) & 0xffff;
  const byNumber = next.sample - numbers * samplesOf(frame);
  const off = (base: Base): number => Math.abs(base.sample + distance(frame, base) - byNumber);
  return isOvertaken && off(next) < off(found) ? next : found;
}

function distance(frame: SpokenFrame, base: Base): number {
  return (frame.timestamp - base.timestamp) | 0;
}

function basesOf(leg: TruthLeg, recording: RecordedFile, arrivals: Arrivals | null): Base[] {
  return entries(recording, "media").flatMap((line) => {
    const timestamp = line["rtpTimestamp"];
    if (typeof timestamp !== "number") return [];
    const { ssrc, index } = baseFacts(leg, line);
    const frame = leg.frames[index];
    const sequence = frame?.sequence ?? 0;
    const isSeen = frame !== undefined && arrivals !== null;
    const arrivedMs = isSeen ? arrivalOf(leg, frame, arrivals).arrivedMs : null;
    return [{ ssrc, index, sample: line.sample, timestamp, sequence, arrivedMs }];
  });
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
  /** Of the first copy. */
  atMs: number;
  /** That copy had other bytes: it took the place, and a good one behind it comes too late. */
  isCorrupted: boolean;
  /** Of the first copy that was whole; null = none was. */
  intactMs: number | null;
}

/** Of all RTP packets of a run, by SSRC, then by `keyOf`. */
type Arrivals = ReadonlyMap<number, ReadonlyMap<number, Arrival>>;

/** Every recording of a run asks: its datagrams are gone through once. */
const arrivalsOfRun = new WeakMap<RunRecord["fates"], Arrivals>();

function arrivalsOf({ fates }: RunRecord): Arrivals {
  const known = arrivalsOfRun.get(fates);
  if (known !== undefined) return known;
  const arrivals = new Map<number, Map<number, Arrival>>();
  for (const fate of fates) {
    const { data, arrivalsMs } = fate;
    if (data.length < RTP_HEADER_BYTES || data[0]! >> 6 !== 2 || arrivalsMs.length === 0) continue;
    const ssrc = uint32(data, 8);
    let ofSource = arrivals.get(ssrc);
    if (ofSource === undefined) arrivals.set(ssrc, (ofSource = new Map()));
    const key = keyOf((data[2]! << 8) | data[3]!, uint32(data, 4));
    const atMs = arrivalsMs.length === 1 ? arrivalsMs[0]! : Math.min(...arrivalsMs);
    const before = ofSource.get(key);
    if (before === undefined) {
      const intactMs = fate.corrupted ? null : atMs;
      ofSource.set(key, { atMs, isCorrupted: fate.corrupted, intactMs });
      continue;
    }
    if (!fate.corrupted) before.intactMs = Math.min(before.intactMs ?? Infinity, atMs);
    if (atMs === before.atMs) before.isCorrupted ||= fate.corrupted;
    if (atMs >= before.atMs) continue;
    before.atMs = atMs;
    before.isCorrupted = fate.corrupted;
  }
  arrivalsOfRun.set(fates, arrivals);
  return arrivals;
}

/** Frames of a call that was up which came with a key that the recorder was not told. */
export function foreignArrivals(record: RunRecord, { frames }: TruthLeg): number {
  const arrivals = arrivalsOf(record);
  return frames.filter(
    ({ foreignKey, afterBye, ssrc, sequence, timestamp }) =>
      foreignKey === true &&
      afterBye !== true &&
      arrivals.get(ssrc)?.has(keyOf(sequence, timestamp)) === true,
  ).length;
}

/** When a frame came to the recorder in a packet that it may take. */
function arrivalOf(
  { srtp }: TruthLeg,
  frame: SpokenFrame,
  arrivals: Arrivals | null,
): { readonly arrivedMs: number | null; readonly isCorrupted: boolean } {
  const nothing = { arrivedMs: null, isCorrupted: false };
  // "the packet MUST be discarded": one that does not authenticate has never come.  RFC 3711 §3.3
  if (frame.foreignKey === true) return nothing;
  if (arrivals === null) return { ...nothing, arrivedMs: sentAt(frame) };
  const arrival = arrivals.get(frame.ssrc)?.get(keyOf(frame.sequence, frame.timestamp));
  if (arrival === undefined) return nothing;
  if (srtp === true) return { ...nothing, arrivedMs: arrival.intactMs };
  return { arrivedMs: arrival.atMs, isCorrupted: arrival.isCorrupted };
}

const RTP_HEADER_BYTES = 12;
const SEQUENCES = 0x1_0000;

function uint32(data: Uint8Array, at: number): number {
  return ((data[at]! << 24) | (data[at + 1]! << 16) | (data[at + 2]! << 8) | data[at + 3]!) >>> 0;
}

/** Both in one number: 48 bits. */
function keyOf(sequence: number, timestamp: number): number {
  return timestamp * SEQUENCES + sequence;
}

function sentAt(frame: SpokenFrame): number | null {
  return frame.withheld === true ? null : frame.sentMs;
}
