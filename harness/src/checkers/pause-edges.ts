// Where a pause must begin and end, to the sample: P is the next expected sample when the media
// plane handles the pause, R that of the resume, or what the monotonic clock predicts, and the
// guard (design.md §5, "Pause"). Reckoned from the packets that had arrived by then, not from the
// fill: an edge that journal and audio agree on may be off all the same.
import type { TruthLeg } from "@tapeline/simulator/pbx";
import {
  count,
  entries,
  type JournalEntry,
  type RecordedFile,
  type RunRecord,
} from "../record/run-record.ts";
import { SAMPLES_PER_MS, samplesOf } from "../record/placed-frame.ts";
import type { DutyFrame } from "./frame-duty.ts";

/** Lines tell whole milliseconds. */
const ROUNDING_MS = 2;
const TOLERANCE_SAMPLES = 4 * SAMPLES_PER_MS;
/** Behind so long a silence the file follows the clock, whatever has come. */
const FOLLOWED_AFTER_MS = 9_000;
/** The predicting clock follows a slower sender (500 ppm) by so much a packet. */
const CLOCK_LEAK_SAMPLES = 0.08;
/** A new SSRC is on probation for two packets, and again behind those of the one before. */
const PROBATION_PACKETS = 3;
const GUARD_MS = 200;

/** When the wire was not seen at the recorder's end (live), nothing is known. */
export function checkPauseEdges(
  record: RunRecord,
  recording: RecordedFile,
  { leg, duties }: { readonly leg: TruthLeg; readonly duties: readonly DutyFrame[] },
): string[] {
  if (record.mode === "live" || entries(recording, "pause").length === 0) return [];
  const arrived = arrivedFrames(duties);
  let fromSample = 0;
  return recording.journal.flatMap((line, index) => {
    if (line.type !== "pause" && line.type !== "resume") return [];
    if (line.type === "pause") fromSample = count(line, "fromSample");
    const atMs = timeOf(record, recording, { leg, arrived, index });
    const known = atMs === null ? null : knownAt(arrived, { atMs, ...lifeAt(record, atMs) });
    if (atMs === null || known === null) return [];
    return line.type === "pause"
      ? checkBegin(fromSample, known)
      : checkEnd(record, line, { ...known, atMs, fromSample });
  });
}

interface Arrived {
  readonly atMs: number;
  readonly sample: number;
  readonly end: number;
  readonly timestamp: number;
  readonly ssrc: number;
  readonly sequence: number;
  readonly isProven: boolean;
}

/** In the order of arrival. */
function arrivedFrames(duties: readonly DutyFrame[]): readonly Arrived[] {
  const heard = new Map<number, number>();
  return duties
    .flatMap(({ frame, arrivedMs, sample, duty }) => {
      if (arrivedMs === null || sample < 0) return [];
      const before = heard.get(frame.ssrc) ?? 0;
      heard.set(frame.ssrc, before + 1);
      const { timestamp, ssrc, sequence } = frame;
      const isProven = duty === "kept" && before >= PROBATION_PACKETS;
      const end = sample + samplesOf(frame);
      return [{ atMs: arrivedMs, sample, end, timestamp, ssrc, sequence, isProven }];
    })
    .toSorted((left, right) => left.atMs - right.atMs);
}

interface Known {
  /** Of what has certainly been placed, and of what may have been. */
  readonly least: number;
  readonly most: number;
  /** What the monotonic clock predicts at the time: at least, at most. */
  readonly predicted: readonly [least: number, most: number];
}

/**
 * Since when the recorder was ready in its life at `atMs`, and since when there can have been that
 * life: its RTP port opens somewhat earlier.
 */
function lifeAt(
  { life }: RunRecord,
  atMs: number,
): { readonly sinceMs: number; readonly bornMs: number } {
  const before = life.filter((one) => one.atMs <= atMs);
  const sinceMs = before.findLast(({ kind }) => kind === "ready")?.atMs ?? 0;
  const bornMs = before.findLast(({ kind }) => kind !== "ready")?.atMs ?? 0;
  return { sinceMs, bornMs: Math.min(sinceMs, bornMs) };
}

/**
 * null = nothing has come since the recorder started, or not for long: then the file follows a
 * clock that is only known to the recorder.
 */
function knownAt(
  arrived: readonly Arrived[],
  life: { readonly atMs: number; readonly sinceMs: number; readonly bornMs: number },
): Known | null {
  const { atMs, sinceMs, bornMs } = life;
  const until = arrived.filter((one) => one.atMs <= atMs + ROUNDING_MS);
  const last = until.at(-1);
  if (last === undefined || last.atMs < sinceMs) return null;
  if (atMs - last.atMs > FOLLOWED_AFTER_MS) return null;
  const sure = until.filter((one) => one.isProven && one.atMs <= atMs - ROUNDING_MS);
  const ends = (frames: readonly Arrived[]): number =>
    frames.reduce((most, { end }) => Math.max(most, end), 0);
  const clock = (frames: readonly Arrived[], leakSamples: number): number =>
    frames.reduce((most, one, index) => {
      const ahead = one.end - one.atMs * SAMPLES_PER_MS;
      return Math.max(most, ahead - leakSamples * (frames.length - index));
    }, -Infinity);
  const nowSamples = atMs * SAMPLES_PER_MS;
  // The clock is set anew by the first packet after a restart.
  const arrivedSince =
    (fromMs: number) =>
    (one: Arrived): boolean =>
      one.atMs >= fromMs;
  const least = clock(sure.filter(arrivedSince(sinceMs)), CLOCK_LEAK_SAMPLES) + nowSamples;
  const most = clock(until.filter(arrivedSince(bornMs)), 0) + nowSamples;
  return { least: ends(sure), most: ends(until), predicted: [least, most] };
}

function checkBegin(at: number, { least, most }: Known): string[] {
  if (at > most) return [`the pause at sample ${at} begins ${lengthOf(at - most)} late`];
  if (at < least) return [`the pause at sample ${at} begins ${lengthOf(least - at)} early`];
  return [];
}

function checkEnd(
  record: RunRecord,
  line: JournalEntry,
  known: Known & { readonly atMs: number; readonly fromSample: number },
): string[] {
  const { least, most, predicted, fromSample } = known;
  const guard = guardMs(record) * SAMPLES_PER_MS;
  const earliest = Math.max(least, predicted[0], fromSample) + guard - TOLERANCE_SAMPLES;
  const latest = Math.max(most, predicted[1], fromSample) + guard + TOLERANCE_SAMPLES;
  const at = count(line, "toSample");
  if (at < earliest) return [`the pause until sample ${at} ends ${lengthOf(earliest - at)} early`];
  if (at > latest) return [`the pause until sample ${at} ends ${lengthOf(at - latest)} late`];
  return [];
}

function guardMs({ scenario }: RunRecord): number {
  const pause = scenario.recorder?.["pause"] as { readonly guardMs?: unknown } | undefined;
  return typeof pause?.guardMs === "number" ? pause.guardMs : GUARD_MS;
}

function lengthOf(samples: number): string {
  return `${Math.round(samples)} samples (${Math.round(samples / SAMPLES_PER_MS)} ms)`;
}

/**
 * When something happened that a line tells of, on the clock of the IP Office: by the nearest line
 * before it that tells of a packet. null where no such line is of the same life of the recorder.
 */
function timeOf(
  record: RunRecord,
  { journal }: RecordedFile,
  about: {
    readonly leg: TruthLeg;
    readonly arrived: readonly Arrived[];
    readonly index: number;
  },
): number | null {
  const { leg, arrived, index } = about;
  const hasCrashed = (fromMs: number, toMs: number): boolean =>
    record.life.some(({ kind, atMs }) => kind !== "ready" && atMs >= fromMs && atMs <= toMs);
  for (let at = index - 1; at >= 0; at -= 1) {
    const line = journal[at]!;
    if (line.type !== "media") continue;
    const packet = arrived.find(
      (one) =>
        one.ssrc === line["ssrc"] &&
        one.timestamp === line["rtpTimestamp"] &&
        one.sequence === line["rtpSequence"],
    );
    if (packet === undefined) return null;
    const passedMs = journal[index]!.elapsedMs - line.elapsedMs;
    // Held back until the first packets are in order, it stands behind later news with their time.
    const isMoved = journal[at - 1]?.elapsedMs === line.elapsedMs;
    const isFirst = !journal.slice(0, at).some(({ type }) => type === "media");
    const isOfFirstLife = !hasCrashed(leg.invitedMs, packet.atMs);
    const movedMs = isMoved ? line.elapsedMs - count(line, "leadMs") : 0;
    if (isMoved && !(isFirst && isOfFirstLife)) continue;
    const timeMs = packet.atMs + movedMs + passedMs;
    return hasCrashed(packet.atMs, timeMs) ? null : timeMs;
  }
  return null;
}
