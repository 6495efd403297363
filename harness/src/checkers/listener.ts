// listener: what was heard is what was recorded, byte for byte, to the end of the recording unless
// the listener left; nothing of it while paused.
import { findFrameTags } from "@tapeline/simulator/pbx";
import type { HeardAudio } from "../environment/environment.ts";
import { entries, type RecordedFile, type RunRecord } from "../record/run-record.ts";
import type { Checker } from "./checker.ts";
import { isLeftToPower, powerWindows } from "./frame-duty.ts";
import {
  gapSpans,
  legOf,
  overlaps,
  pausedSpans,
  placeFrames,
  samplesOf,
  type Span,
} from "../record/leg-audio.ts";

export const listenerChecker: Checker = {
  name: "listener",
  check(record) {
    return record.listeners.flatMap((heard) => checkHeard(record, heard));
  },
};

function checkHeard(record: RunRecord, heard: HeardAudio): string[] {
  const recording = record.recordings.find(
    ({ recordingKey, journal }) =>
      recordingKey === heard.target ||
      journal.some((line) => line["liveStreamId"] === heard.target),
  );
  if (recording === undefined) {
    return isDiscarded(record, heard) || isLost(record, heard)
      ? []
      : [`${heard.target} was heard and is not recorded`];
  }
  const { audio } = recording;
  const bytes = Buffer.concat(heard.pieces);
  const from = heard.fromSample ?? 0;
  const complaints: string[] = [];
  for (const paused of pausedSpans(recording)) {
    const piece = bytes.subarray(Math.max(0, paused.from - from), Math.max(0, paused.to - from));
    const [tag] = findFrameTags(piece);
    if (tag !== undefined) complaints.push(`voice frame ${tag.tag.frame} was heard while paused`);
  }
  if (audio === null || entries(recording, "end").length === 0) return complaints;
  if (bytes.length === 0) {
    // Who left before anything was said, and whose recorder was killed, may have heard nothing.
    const isAllowed = heard.hasLeft === true || hasCrashed(record) || from >= audio.length;
    return isAllowed ? [] : [`the listener of ${heard.target} heard nothing`];
  }
  const recorded = audio.subarray(from, from + bytes.length);
  // Heard at once, but not yet on the disk when the process was killed.
  const lost: Span[] = gapSpans(recording).filter(({ cause }) => cause === "restart");
  if (hasCrashed(record)) lost.push({ from: audio.length, to: Infinity });
  lost.push(...powerLosses(record, recording));
  const at = bytes.findIndex(
    (byte, index) => byte !== recorded[index] && !overlaps(lost, from + index, from + index + 1),
  );
  if (at >= 0)
    complaints.push(`what was heard differs from what was recorded at sample ${from + at}`);
  const endSample = from + bytes.length;
  if (heard.hasEnded && at < 0 && endSample < audio.length && !hasCrashed(record)) {
    complaints.push(`was heard to sample ${endSample} of ${audio.length} only`);
  }
  return complaints;
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

/** A crash ends the listening, not the recording. */
function hasCrashed({ life }: RunRecord): boolean {
  return life.some(({ kind }) => kind !== "ready");
}
