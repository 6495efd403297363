// listener: what was heard is what was recorded, byte for byte and each sample once, to the end of
// the recording unless the listener left; a slow one is told what it lost; nothing while paused.
import { findFrameTags, type SpokenFrame, type TruthLeg } from "@tapeline/simulator/pbx";
import type { HeardAudio } from "../environment/environment.ts";
import { entries, type RecordedFile, type RunRecord } from "../record/run-record.ts";
import type { Checker } from "./checker.ts";
import { isLeftToPower, lostSinceMs, powerWindows } from "./frame-duty.ts";
import { heardRecording } from "./heard-recording.ts";
import { crashesWithin } from "./lives.ts";
import {
  gapSpans,
  legOf,
  overlaps,
  pausedSpans,
  placeFrames,
  type Span,
} from "../record/leg-audio.ts";
import { samplesOf } from "../record/placed-frame.ts";

const FRAME_SAMPLES = 160;
const EMPTY = new Uint8Array(0);
/** So long after a call its end may still be on the way to a listener. */
const END_MS = 1_000;

/** So long a slow or frozen disk may keep a resume from being written, in a run that is to pass. */
const LOST_RESUME_MS = 10_000;

export const listenerChecker: Checker = {
  name: "listener",
  check(record) {
    return record.listeners.flatMap((heard) => checkHeard(record, heard));
  },
};

function checkHeard(record: RunRecord, heard: HeardAudio): string[] {
  const recording = heardRecording(record, heard);
  if (recording === undefined) {
    return isDiscarded(record, heard) || isLost(record, heard)
      ? []
      : [`${heard.target} was heard and is not recorded`];
  }
  const { audio } = recording;
  const complaints = [...orderComplaints(heard), ...pausedComplaints(record, recording, heard)];
  if (audio === null || entries(recording, "end").length === 0) return complaints;
  const from = heard.fromSample ?? 0;
  const hasCrashed = hasCrashedMeanwhile(record, recording);
  if (heard.pieces.length === 0) {
    // Who left before anything was said, and whose recorder was killed, may have heard nothing.
    const isAllowed = heard.hasLeft === true || hasCrashed || from >= audio.length;
    return isAllowed
      ? complaints
      : [...complaints, `the listener of ${heard.target} heard nothing`];
  }
  // Heard at once, but not yet on the disk when the process was killed.
  const lost: Span[] = gapSpans(recording).filter(({ cause }) => cause === "restart");
  if (hasCrashed) lost.push({ from: audio.length, to: Infinity });
  lost.push(...powerLosses(record, recording), ...killLosses(record, recording, heard));
  const at = firstDifference(heard, audio, lost);
  if (at !== null) {
    return [...complaints, `what was heard differs from what was recorded at sample ${at}`];
  }
  const endSample = endOf(heard);
  if (heard.hasEnded && endSample < audio.length && !hasCrashed) {
    complaints.push(`was heard to sample ${endSample} of ${audio.length} only`);
  }
  if (heard.hasEnded && heard.end === null && !hasCrashed && heard.hasLeft !== true) {
    complaints.push(`the listener of ${heard.target} was not told why it ended`);
  }
  return complaints;
}

function endOf({ pieces }: HeardAudio): number {
  const last = pieces.at(-1);
  return last === undefined ? 0 : last.sample + last.bytes.length;
}

/** Each sample once and in order; holes only as long as the listener was told; begun as asked. */
function orderComplaints(heard: HeardAudio): string[] {
  const complaints: string[] = [];
  if (heard.from === "beginning" && heard.fromSample !== null && heard.fromSample !== 0) {
    complaints.push(`asked from the beginning, heard from sample ${heard.fromSample}`);
  }
  let [next, missing] = [heard.fromSample ?? 0, 0];
  for (const { sample, bytes } of heard.pieces) {
    if (sample < next) complaints.push(`sample ${sample} was heard twice`);
    missing += Math.max(0, sample - next);
    next = sample + bytes.length;
  }
  const told = heard.lostFrames * FRAME_SAMPLES;
  // Frames that were lost at the very end are told by the end only.
  if (missing > told) complaints.push(`${missing} samples are missing, ${told} were told`);
  return complaints;
}

function pausedComplaints(record: RunRecord, recording: RecordedFile, heard: HeardAudio): string[] {
  const complaints: string[] = [];
  const leg = legOf(record, recording);
  const resumed = framesOfLostResumes(record, leg);
  const lost = framesOfLostAudio(record, recording, leg);
  for (const paused of pausedSpans(recording)) {
    const pieces = heard.pieces.flatMap(({ sample, bytes }) => {
      const [begin, end] = [Math.max(0, paused.from - sample), Math.max(0, paused.to - sample)];
      return begin < bytes.length ? [bytes.subarray(begin, end)] : [];
    });
    const found = findFrameTags(Buffer.concat(pieces)).find(
      ({ tag }) => !resumed.has(tag.frame) && !lost.has(tag.frame),
    );
    if (found !== undefined) {
      complaints.push(`voice frame ${found.tag.frame} was heard while paused`);
    }
  }
  return complaints;
}

/**
 * A resume is heard at once. One that a crash took back before the disk had it leaves the journal
 * paused; what was spoken between the two was not.
 */
function framesOfLostResumes(record: RunRecord, leg: TruthLeg | null): ReadonlySet<number> {
  const { pauses } = record;
  const own = pauses.filter((pause) => pause.leg === leg?.leg);
  const spans = own.flatMap(({ toMs }) => {
    if (toMs === null) return [];
    const [crash] = crashesWithin(record, toMs, toMs + LOST_RESUME_MS);
    const isPausedAnew = own.some(({ fromMs }) => fromMs >= toMs && fromMs <= (crash?.atMs ?? 0));
    return crash === undefined || isPausedAnew ? [] : [{ fromMs: toMs, toMs: crash.atMs }];
  });
  const isSpokenThen = ({ sentMs }: SpokenFrame): boolean =>
    spans.some(({ fromMs, toMs }) => sentMs >= fromMs && sentMs <= toMs);
  return new Set(leg?.frames.filter(isSpokenThen).map(({ tag }) => tag.frame));
}

/**
 * Heard while nothing was paused, and lost to a crash: what was recorded since stands in the place
 * where it was heard, pauses too.
 */
function framesOfLostAudio(
  record: RunRecord,
  recording: RecordedFile,
  leg: TruthLeg | null,
): ReadonlySet<number> {
  const crashes = record.life.filter(({ kind }) => kind !== "ready");
  if (leg === null || crashes.length === 0) return new Set();
  const kept = new Set(findFrameTags(recording.audio ?? EMPTY).map(({ tag }) => tag.frame));
  const own = record.pauses.filter((pause) => pause.leg === leg.leg);
  const isLost = ({ sentMs, tag }: SpokenFrame): boolean =>
    !kept.has(tag.frame) &&
    crashes.some((crash) => sentMs >= lostSinceMs(record, crash) && sentMs <= crash.atMs) &&
    !own.some(({ fromMs, toMs }) => sentMs >= fromMs && sentMs <= (toMs ?? Infinity));
  return new Set(leg.frames.filter(isLost).map(({ tag }) => tag.frame));
}

function firstDifference(
  { pieces }: HeardAudio,
  audio: Uint8Array,
  lost: readonly Span[],
): number | null {
  for (const { sample, bytes } of pieces) {
    const at = bytes.findIndex(
      (byte, index) =>
        byte !== audio[sample + index] && !overlaps(lost, sample + index, sample + index + 1),
    );
    if (at >= 0) return sample + at;
  }
  return null;
}

/** A power cut takes, out of the middle too, what had been heard and was not yet synced. */
function powerLosses(record: RunRecord, recording: RecordedFile): readonly Span[] {
  const windows = powerWindows(record);
  const leg = windows.length === 0 ? null : legOf(record, recording);
  if (leg === null) return [];
  if (isLeftToPower(record, leg)) return [{ from: 0, to: Infinity }];
  return placeFrames(record, leg, recording).placed.flatMap(({ frame, sample, arrivedMs }) => {
    const isLost = windows.some(
      ({ fromMs, toMs }) => arrivedMs !== null && arrivedMs >= fromMs && arrivedMs <= toMs,
    );
    return isLost ? [{ from: sample, to: sample + samplesOf(frame) }] : [];
  });
}

/** Frames that were heard just before a kill: where all before is lost too, no gap tells it. */
function killLosses(record: RunRecord, recording: RecordedFile, heard: HeardAudio): Span[] {
  const kills = record.life.filter(({ kind }) => kind === "process");
  const leg = kills.length === 0 ? null : legOf(record, recording);
  const kept = new Set(leg && findFrameTags(recording.audio ?? EMPTY).map(({ tag }) => tag.frame));
  const lost = leg?.frames.filter(
    ({ sentMs, tag }) =>
      !kept.has(tag.frame) &&
      kills.some((kill) => sentMs >= lostSinceMs(record, kill) && sentMs <= kill.atMs),
  );
  const frames = new Map(lost?.map((frame) => [frame.tag.frame, frame] as const));
  return heard.pieces.flatMap(({ sample, bytes }) =>
    findFrameTags(bytes).flatMap(({ tag, offset }) => {
      const frame = frames.get(tag.frame);
      if (frame === undefined || tag.leg !== leg?.leg) return [];
      return [{ from: sample + offset, to: sample + offset + samplesOf(frame) }];
    }),
  );
}

/** What was heard may be given up afterwards: by a rule, or because the call became private. */
function isDiscarded({ calls }: RunRecord, { target }: HeardAudio): boolean {
  return calls.some(
    (row) =>
      row["type"] === "discard" &&
      (row["liveStreamId"] === target || row["recordingKey"] === target),
  );
}

function isLost(record: RunRecord, { target }: HeardAudio): boolean {
  const legs = record.truth.conversations.flatMap((conversation) => conversation.legs);
  return legs.some((leg) => leg.streamId === target && isLeftToPower(record, leg));
}

/** A crash ends the listening, not the recording: while the call was up, or its end was told. */
function hasCrashedMeanwhile(record: RunRecord, recording: RecordedFile): boolean {
  const leg = legOf(record, recording);
  const toMs = (leg?.endedMs ?? Infinity) + END_MS;
  return crashesWithin(record, leg?.invitedMs ?? 0, toMs).length > 0;
}
