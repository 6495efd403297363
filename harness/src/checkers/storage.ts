// storage: an answered INVITE is exactly one recording (or one discard row); every kept recording
// is complete in exactly one place of a pool, and nothing else lies about. What is in a stored copy
// and in the catalog is judged in stored-copy.ts and catalog.ts.
import { createHash } from "node:crypto";
import { count, entries, type RecordedFile, type RunRecord } from "../record/run-record.ts";
import { checkCatalog } from "./catalog.ts";
import { checkCommits } from "./commit-order.ts";
import { lastMissing } from "./audio-length.ts";
import { checkDiscards } from "./discards.ts";
import { isLeftToPower, isNamelessByPower } from "./frame-duty.ts";
import { MAXIMUM_COMPLAINTS, type Checker } from "./checker.ts";
import { legOf } from "../record/leg-audio.ts";
import { checkCopy, standingCopies } from "./stored-copy.ts";

export const storageChecker: Checker = {
  name: "storage",
  check(record) {
    return [
      ...checkDiscards(record),
      ...checkCommits(record),
      ...checkCount(record),
      ...record.recordings.flatMap((recording) =>
        checkRecording(record, recording).map((text) => `${recording.recordingKey}: ${text}`),
      ),
      ...record.litter
        .filter((path) => !isOfLostDrive(record, path))
        .map((path) => `${path} lies about`),
      ...checkCatalog(record),
    ].slice(0, MAXIMUM_COMPLAINTS);
  },
};

/**
 * What a drive held when it vanished is cleared at the next start; the copy is on another drive.
 */
function isOfLostDrive({ recordings }: RunRecord, path: string): boolean {
  const key = /([^/]+)\.(spx|vrtx)\.part$/.exec(path)?.[1];
  const copies = recordings.find(({ recordingKey }) => recordingKey === key)?.stored ?? [];
  return copies.length > 0 && copies.every((copy) => !path.startsWith(rootOf(copy.path)));
}

/** A drive's own folder: before the folder of the day. */
function rootOf(path: string): string {
  return path.replace(/\d{4}\/\d{2}\/\d{2}\/[^/]+$/, "");
}

function checkCount(record: RunRecord): string[] {
  const complaints: string[] = [];
  const legs = record.truth.conversations.flatMap((conversation) => conversation.legs);
  for (const leg of legs) {
    const recordings = record.recordings.filter((recording) => legOf(record, recording) === leg);
    const discards = record.calls.filter(
      (row) => row["type"] === "discard" && row["sipCallId"] === leg.sipCallId,
    );
    const found = recordings.length + discards.length;
    if (found === 0 && isLeftToPower(record, leg)) continue;
    if (leg.answeredMs !== null && found !== 1) {
      complaints.push(`SIP call ${leg.sipCallId} was answered and has ${found} recordings`);
    }
    // A CANCEL that crosses the 200 may leave one.
    if (leg.answeredMs === null && found > 1) {
      complaints.push(`SIP call ${leg.sipCallId} was never answered and has ${found} recordings`);
    }
  }
  const foreign = record.recordings
    .filter((recording) => legOf(record, recording) === null)
    .filter((recording) => !isNamelessByPower(record, recording));
  const strangers = foreign.map(({ recordingKey }) => `${recordingKey} records no call`);
  return [...complaints, ...strangers];
}

function checkRecording(record: RunRecord, recording: RecordedFile): string[] {
  if (recording.isInProgress) return ["is still a .tmpvrtx"];
  const [end, ...ends] = entries(recording, "end");
  if (end === undefined || ends.length > 0) {
    return [`has ${end === undefined ? 0 : ends.length + 1} end lines`];
  }
  const complaints: string[] = [];
  const { audio } = recording;
  if (audio !== null) {
    const samples = count(end, "samples");
    if (samples !== audio.length) {
      const missing = lastMissing(samples - audio.length);
      complaints.push(`has ${audio.length} bytes, its journal says ${samples}${missing}`);
    }
    const sum = createHash("sha256").update(audio).digest("hex");
    if (sum !== end["sha256"]) complaints.push("its .ul has another sha256 than its journal says");
  }
  if (audio === null && record.scenario.recorder?.["live"] === undefined) {
    complaints.push("its .ul is gone before live.keepHours");
  }
  const [copy, ...more] = standingCopies(record, recording);
  if (copy === undefined) complaints.push("is in no pool");
  else if (more.length > 0) complaints.push(`is stored ${1 + more.length} times`);
  else complaints.push(...checkCopy(record, recording, copy));
  return complaints;
}
