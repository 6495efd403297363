// Which recording a listener heard: by the key or the stream that he asked for. An IP Office calls
// again with a stream whose first call the recorder has forgotten in a power cut, so that a stream
// may have been more than one call's.
import { findFrameTags, type TruthLeg } from "@tapeline/simulator/pbx";
import { heardBytes, type HeardAudio } from "../environment/environment.ts";
import { legOf } from "../record/leg-audio.ts";
import type { RecordedFile, RunRecord } from "../record/run-record.ts";
import { isLeftToPower } from "./frame-duty.ts";

/** undefined where there is none: never was, or a power cut has taken what named it. */
export function heardRecording(record: RunRecord, heard: HeardAudio): RecordedFile | undefined {
  const { target } = heard;
  const recording = record.recordings.find(
    ({ recordingKey, journal }) =>
      recordingKey === target || journal.some((line) => line["liveStreamId"] === target),
  );
  if (recording === undefined) return undefined;
  const lost = lostLegOf(record, heard);
  return lost === undefined || lost === legOf(record, recording) ? recording : undefined;
}

/** The one call of this stream that was heard, if a power cut may have taken all of it. */
function lostLegOf(
  record: RunRecord,
  { target, pieces }: Pick<HeardAudio, "target" | "pieces">,
): TruthLeg | undefined {
  const heard = new Set(findFrameTags(heardBytes(pieces)).map(({ tag }) => tag.leg));
  return record.truth.conversations
    .flatMap(({ legs }) => legs)
    .filter(({ streamId }) => streamId === target)
    .find((leg) => heard.size === 1 && heard.has(leg.leg) && isLeftToPower(record, leg));
}
