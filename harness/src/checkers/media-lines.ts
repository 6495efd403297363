// The `media` lines of a journal are plausible: each names a packet that the IP Office sent, the
// first is sample 0, one SSRC keeps its own time, and the gap at a change of the SSRC is as long as
// it was on the wire (design.md §5, "Timeline").
import type { SpokenFrame, TruthLeg } from "@tapeline/simulator/pbx";
import {
  count,
  entries,
  type JournalEntry,
  type RecordedFile,
  type RunRecord,
} from "../record/run-record.ts";
import { crashesWithin } from "./lives.ts";
import type { Placement } from "../record/leg-audio.ts";
import { SAMPLES_PER_MS, samplesOf } from "../record/placed-frame.ts";

/** How far the recorder's measure of a gap by arrival may be off, beside the network's jitter. */
const GAP_TOLERANCE_MS = 60;
/** A timestamp so far from the time that passed has jumped (design.md §5, "Timeline"). */
const JUMP_MS = 190;
/** Up to here a jump is followed, above it is a new base; jitter decides between the two. */
const FOLLOWED_MS = 1_000;
/** Scheduling of two processes on a busy machine: virtual runs judge the times. */
const LIVE_TOLERANCE_MS = 4_000;
/** The recorder's clock and the IP Office's begin a call at different messages. */
const LEAD_TOLERANCE_MS = 200;

export function checkMediaLines(
  record: RunRecord,
  recording: RecordedFile,
  { leg, placement }: { readonly leg: TruthLeg; readonly placement: Placement },
): string[] {
  const lines = entries(recording, "media");
  const complaints: string[] = [];
  let before: { readonly line: JournalEntry; readonly frame: SpokenFrame } | null = null;
  for (const line of lines) {
    const frame = frameOf(leg, line);
    if (frame === null) {
      complaints.push(`its media line at sample ${line.sample} names a packet that was never sent`);
      continue;
    }
    if (before === null) complaints.push(...checkFirst(record, leg, { line, frame }));
    else complaints.push(...checkStep(record, { leg, placement }, [before, { line, frame }]));
    before = { line, frame };
  }
  return complaints;
}

function frameOf(leg: TruthLeg, line: JournalEntry): SpokenFrame | null {
  const [ssrc, timestamp] = [line["ssrc"], line["rtpTimestamp"]];
  return leg.frames.find((frame) => frame.ssrc === ssrc && frame.timestamp === timestamp) ?? null;
}

interface Anchor {
  readonly line: JournalEntry;
  readonly frame: SpokenFrame;
}

function checkFirst(record: RunRecord, leg: TruthLeg, { line, frame }: Anchor): string[] {
  const complaints: string[] = [];
  // A recording that began with silence before a crash goes on behind what it had.
  const hasCrashed = crashesWithin(record, leg.invitedMs, frame.sentMs).length > 0;
  if (line.sample !== 0 && !hasCrashed) {
    complaints.push(`its first packet stands at sample ${line.sample}`);
  }
  const leadMs = count(line, "leadMs");
  const beginMs = record.mode === "live" ? LIVE_TOLERANCE_MS : LEAD_TOLERANCE_MS;
  const latestMs = frame.sentMs - leg.invitedMs + beginMs;
  if (leadMs < 0 || (leadMs > latestMs && !hasCrashed)) {
    complaints.push(`its lead of ${leadMs} ms is longer than the call`);
  }
  return complaints;
}

function checkStep(
  record: RunRecord,
  { leg, placement }: { readonly leg: TruthLeg; readonly placement: Placement },
  [before, now]: readonly [Anchor, Anchor],
): string[] {
  const samples = now.line.sample - before.line.sample;
  const advance = (now.frame.timestamp - before.frame.timestamp) | 0;
  if (before.frame.ssrc === now.frame.ssrc && !hasJumped(before.frame, now.frame)) {
    return samples === advance
      ? []
      : [`the media line at sample ${now.line.sample} is ${samples - advance} samples off`];
  }
  const sentMs = now.frame.sentMs - before.frame.sentMs;
  const followed = followedMs(record, { leg, placement }, [before.frame, now.frame]);
  const offMs = samples / SAMPLES_PER_MS - sentMs;
  const tolerance = toleranceMs(record, placement, leg);
  if (offMs >= followed.least - tolerance && offMs <= followed.most + tolerance) return [];
  // What the wire does not explain: of the nearer end.
  const unexplained = offMs - (offMs < followed.least ? followed.least : followed.most);
  const what = `the SSRC change at sample ${now.line.sample}`;
  return [`${what} is ${Math.round(unexplained)} ms off the time on the wire`];
}

/**
 * How much the timestamps of packets that arrived between the two ran ahead of the time of sending
 * by jumps that a recorder follows. Across a crash nobody knows which of them it has seen; and
 * where the numbers took less time than the clock says, nobody knows of any that it has not.
 */
function followedMs(
  record: RunRecord,
  { leg, placement }: { readonly leg: TruthLeg; readonly placement: Placement },
  [from, to]: readonly [SpokenFrame, SpokenFrame],
): { readonly least: number; readonly most: number } {
  const sumMs = sumOfJumpsMs(
    from,
    between(placement.placed, from, to)
      .filter(({ arrivedMs }) => arrivedMs !== null)
      .map(({ frame }) => frame),
    FOLLOWED_MS,
  );
  if (crashesWithin(record, from.sentMs, to.sentMs).length === 0) {
    return { least: sumMs, most: sumMs };
  }
  const spoken = leg.frames.slice(leg.frames.indexOf(from) + 1, leg.frames.indexOf(to) + 1);
  const allMs = hasUnnumberedTime(from, to) ? sumOfJumpsMs(from, spoken, Infinity) : 0;
  return { least: Math.min(0, sumMs, allMs), most: Math.max(0, sumMs, allMs) };
}

/** Jumps of up to `limitMs` from one frame to the next. */
function sumOfJumpsMs(from: SpokenFrame, frames: readonly SpokenFrame[], limitMs: number): number {
  let sumMs = 0;
  let before = from;
  for (const frame of frames) {
    const jumpMs = before.ssrc === frame.ssrc ? jumpBetweenMs(before, frame) : 0;
    if (Math.abs(jumpMs) <= limitMs) sumMs += jumpMs;
    before = frame;
  }
  return sumMs;
}

/** A hold, or silence: clock and numbers are no two witnesses against a timestamp that jumped. */
function hasUnnumberedTime(from: SpokenFrame, to: SpokenFrame): boolean {
  const numbers = (to.sequence - from.sequence) & 0xffff;
  const numberedMs = (numbers * samplesOf(to)) / SAMPLES_PER_MS;
  return to.sentMs - from.sentMs - numberedMs > FOLLOWED_MS;
}

/** In the order of speaking, the second one included. */
function between(
  placed: Placement["placed"],
  from: SpokenFrame,
  to: SpokenFrame,
): Placement["placed"] {
  const indexOf = (wanted: SpokenFrame): number =>
    placed.findIndex(({ frame }) => frame === wanted);
  return placed.slice(indexOf(from) + 1, indexOf(to) + 1);
}

/** A timestamp that runs away from the time of sending begins a new base, as a new SSRC does. */
function hasJumped(before: SpokenFrame, now: SpokenFrame): boolean {
  return Math.abs(jumpBetweenMs(before, now)) > JUMP_MS;
}

function jumpBetweenMs(before: SpokenFrame, now: SpokenFrame): number {
  const advance = (now.timestamp - before.timestamp) | 0;
  return advance / SAMPLES_PER_MS - (now.sentMs - before.sentMs);
}

/** Nominal sending times differ by what the sender reordered, arrivals by the network's jitter. */
function toleranceMs(record: RunRecord, { placed }: Placement, leg: TruthLeg): number {
  if (record.mode === "live") return GAP_TOLERANCE_MS + LIVE_TOLERANCE_MS;
  return GAP_TOLERANCE_MS + transitSpreadMs(placed) + sendSpreadMs(leg);
}

/** How much longer the slowest packet was under way than the fastest. */
export function transitSpreadMs(placed: Placement["placed"]): number {
  let [least, most] = [Infinity, -Infinity];
  for (const { frame, arrivedMs } of placed) {
    if (arrivedMs === null) continue;
    least = Math.min(least, arrivedMs - frame.sentMs);
    most = Math.max(most, arrivedMs - frame.sentMs);
  }
  return most > least ? most - least : 0;
}

/** The longest that the sender held a frame back behind later ones. */
function sendSpreadMs(leg: TruthLeg): number {
  let [newestMs, spreadMs] = [-Infinity, 0];
  for (const { sentMs } of leg.frames.toReversed()) {
    newestMs = newestMs === -Infinity ? sentMs : Math.min(newestMs, sentMs);
    spreadMs = Math.max(spreadMs, sentMs - newestMs);
  }
  return spreadMs;
}
