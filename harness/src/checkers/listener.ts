// listener: what was heard is what was recorded, byte for byte; nothing of it while paused.
import type { RunRecord } from "../record/run-record.ts";
import { entries } from "../record/run-record.ts";
import type { HeardAudio } from "../environment.ts";
import type { Checker } from "./checker.ts";

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
  if (recording === undefined) return [`${heard.target} was heard and is not recorded`];
  const { audio } = recording;
  const bytes = Buffer.concat(heard.pieces);
  if (audio === null || entries(recording, "end").length === 0) return [];
  if (bytes.length === 0) return [`the listener of ${heard.target} heard nothing`];
  const from = heard.fromSample ?? 0;
  const recorded = audio.subarray(from, from + bytes.length);
  if (Buffer.compare(bytes, recorded) === 0) return [];
  const at = bytes.findIndex((byte, index) => byte !== recorded[index]);
  return [`what was heard differs from what was recorded at sample ${from + at}`];
}
