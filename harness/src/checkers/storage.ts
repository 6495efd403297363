// storage: an answered INVITE is exactly one recording (or one discard row); every kept recording is
// complete in exactly one place, and nothing else lies about.
import { count, entries, type RecordedFile, type RunRecord } from "../record/run-record.ts";
import type { Checker } from "./checker.ts";
import { legOf } from "./leg-audio.ts";

export const storageChecker: Checker = {
  name: "storage",
  check(record) {
    return [
      ...checkCount(record),
      ...record.recordings.flatMap((recording) =>
        checkRecording(recording).map((text) => `${recording.recordingKey}: ${text}`),
      ),
      ...record.litter.map((path) => `${path} lies about`),
    ];
  },
};

function checkCount(record: RunRecord): string[] {
  const complaints: string[] = [];
  const answered = record.truth.conversations
    .flatMap(({ legs }) => legs)
    .filter((leg) => leg.answeredMs !== null);
  for (const leg of answered) {
    const recordings = record.recordings.filter((recording) => legOf(record, recording) === leg);
    const discards = record.calls.filter(
      (row) => row["type"] === "discard" && row["sipCallId"] === leg.sipCallId,
    );
    const found = recordings.length + discards.length;
    if (found !== 1)
      complaints.push(`SIP call ${leg.sipCallId} was answered and has ${found} recordings`);
  }
  return complaints;
}

function checkRecording(recording: RecordedFile): string[] {
  if (recording.isInProgress) return ["is still a .tmpvrtx"];
  const end = entries(recording, "end");
  if (end.length !== 1) return [`has ${end.length} end lines`];
  const [copy, ...more] = recording.stored;
  if (copy === undefined) return ["is in no pool"];
  if (more.length > 0) return [`is stored ${recording.stored.length} times`];
  const samples = end[0] === undefined ? 0 : count(end[0], "samples");
  if (samples > 0 && copy.spx === null) return ["has no .spx"];
  if (copy.spx?.length === 0) return ["has an empty .spx"];
  const types = copy.journal.map(({ type }) => type);
  return types.at(-1) === "stored" ? [] : ["its pool copy does not end with a stored line"];
}
