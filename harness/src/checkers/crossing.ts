// crossing: no byte of one call is anywhere of another: not in what is stored of it, not in what
// its listeners heard, and nobody is heard who was never on the call. The `.ul` itself: audio.ts.
import { findFrameTags, type TruthLeg } from "@tapeline/simulator/pbx";
import { parseStandInSpeex } from "@tapeline/simulator/world";
import { heardBytes } from "../environment/environment.ts";
import { legOf } from "../record/leg-audio.ts";
import type { RecordedFile, RunRecord } from "../record/run-record.ts";
import { MAXIMUM_COMPLAINTS, type Checker } from "./checker.ts";
import { rivalsOf } from "./doubtful-source.ts";
import { heardRecording } from "./heard-recording.ts";

export const crossingChecker: Checker = {
  name: "crossing",
  check(record) {
    return [
      ...record.recordings.flatMap((recording) => checkStored(record, recording)),
      ...record.listeners.flatMap((heard, index) => {
        const recording = heardRecording(record, heard);
        const what = `what listener ${index} heard`;
        return recording === undefined
          ? []
          : checkBytes(record, recording, { what, bytes: heardBytes(heard.pieces) });
      }),
    ].slice(0, MAXIMUM_COMPLAINTS);
  },
};

/** In the virtual world what is stored can be decoded to the very bytes. */
function checkStored(record: RunRecord, recording: RecordedFile): string[] {
  if (record.mode === "live") return [];
  return recording.stored.flatMap(({ path, spx }) => {
    const decoded = spx === null ? null : parseStandInSpeex(spx);
    if (decoded === null || !decoded.ok) return [];
    // The `.ul` is judged sample for sample elsewhere; nearly always this is the same.
    const { audio } = recording;
    if (audio !== null && Buffer.compare(decoded.muLaw, audio) === 0) return [];
    return checkBytes(record, recording, { what: path, bytes: decoded.muLaw });
  });
}

function checkBytes(
  record: RunRecord,
  recording: RecordedFile,
  { what, bytes }: { readonly what: string; readonly bytes: Uint8Array },
): string[] {
  const leg = legOf(record, recording);
  if (leg === null) return [];
  const legs = new Set(
    [leg, ...rivalsOf(record, recording).map((rival) => rival.leg)].map(numberOf),
  );
  const foreign = findFrameTags(bytes).find(({ tag }) => !legs.has(tag.leg));
  if (foreign === undefined) return [];
  const { tag, offset } = foreign;
  return [
    `audio of another call: ${what} holds a frame of leg ${tag.leg} at ${offset}; it is of leg ${leg.leg}`,
  ];
}

function numberOf({ leg }: TruthLeg): number {
  return leg;
}
