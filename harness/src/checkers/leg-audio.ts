// Where each spoken frame of a recording leg belongs in the recording: reckoned from the packets on
// the wire and the `media` lines of the journal, which a checker of its own holds to be plausible.
import type { SpokenFrame, TruthLeg } from "@tapeline/simulator/pbx";
import type { DatagramFate } from "@tapeline/simulator/world";
import { count, entries, type RecordedFile, type RunRecord } from "../record/run-record.ts";

export const FRAME_SAMPLES = 160;
/** The reorder window of the recorder (design.md §5): what comes later is lost. */
const REORDER_WINDOW_MS = 200;

export interface PlacedFrame {
  readonly frame: SpokenFrame;
  readonly sample: number;
  /** null = never arrived; live mode takes every frame sent to have arrived. */
  readonly arrivedMs: number | null;
}

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

export function pausedSpans(recording: RecordedFile): Span[] {
  const spans: Span[] = [];
  for (const line of recording.journal) {
    if (line.type === "pause") spans.push({ from: count(line, "fromSample"), to: Infinity });
    const last = spans.at(-1);
    if (line.type === "resume" && last !== undefined) {
      spans[spans.length - 1] = { from: last.from, to: count(line, "toSample") };
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
  readonly sample: number;
  readonly timestamp: number;
}

/** Frames with their places; frames of an SSRC that the recording never took have none. */
export function placeFrames(
  record: RunRecord,
  leg: TruthLeg,
  recording: RecordedFile,
): PlacedFrame[] {
  const arrivals = arrivalsOf(record, leg);
  const bases = basesOf(recording);
  const placed: PlacedFrame[] = [];
  for (const frame of leg.frames) {
    const arrivedMs = arrivals === null ? sentAt(frame) : (arrivals.get(keyOf(frame)) ?? null);
    const base = bases.find(({ ssrc }) => ssrc === frame.ssrc);
    if (base === undefined) continue;
    const distance = (frame.timestamp - base.timestamp) | 0;
    placed.push({ frame, sample: base.sample + distance, arrivedMs });
  }
  return placed;
}

function basesOf(recording: RecordedFile): Base[] {
  return entries(recording, "media").flatMap((line) =>
    typeof line["rtpTimestamp"] === "number"
      ? [
          {
            ssrc: count(line, "ssrc"),
            sample: line.sample,
            timestamp: line["rtpTimestamp"],
          },
        ]
      : [],
  );
}

/** null in live mode: there the wire is not seen at the recorder's end. */
function arrivalsOf(record: RunRecord, leg: TruthLeg): Map<string, number> | null {
  if (record.mode === "live") return null;
  const ssrcs = new Set(leg.frames.map(({ ssrc }) => ssrc));
  const arrivals = new Map<string, number>();
  for (const fate of record.fates) {
    const header = rtpHeader(fate);
    if (header === null || !ssrcs.has(header.ssrc) || fate.corrupted) continue;
    const first = fate.arrivalsMs[0];
    const key = `${header.ssrc} ${header.sequence} ${header.timestamp}`;
    if (first === undefined || arrivals.has(key)) continue;
    arrivals.set(key, Math.min(...fate.arrivalsMs));
  }
  return arrivals;
}

function rtpHeader(fate: DatagramFate) {
  const { data } = fate;
  if (data.length < 12) return null;
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

/** True when the frame came so late, against its neighbours, that the recorder may give it up. */
export function mayBeLate(placed: PlacedFrame, newestArrivalMs: number): boolean {
  return placed.arrivedMs !== null && placed.arrivedMs > newestArrivalMs + REORDER_WINDOW_MS;
}
