// association: each recording is tied to the call, end and extension that the IP Office recorded,
// and parts of a conversation are numbered in order (R7, R22).
import { entries, type RecordedFile, type RunRecord } from "../record/run-record.ts";
import type { Checker } from "./checker.ts";
import { legOf } from "./leg-audio.ts";

export const associationChecker: Checker = {
  name: "association",
  check(record) {
    return [
      ...record.recordings.flatMap((recording) => checkRecording(record, recording)),
      ...checkParts(record),
    ];
  },
};

function checkRecording(record: RunRecord, recording: RecordedFile): string[] {
  const leg = legOf(record, recording);
  const association = entries(recording, "association").at(-1);
  if (leg === null) return [];
  if (association === undefined) return [`${recording.recordingKey} has no association line`];
  if (association["rung"] === "orphan") return [];
  const complaints: string[] = [];
  if (association["extension"] !== leg.extension) {
    complaints.push(`is tied to ${String(association["extension"])}, spoken at ${leg.extension}`);
  }
  if (association["endId"] !== leg.endId) {
    complaints.push(`is tied to end ${String(association["endId"])}, was ${leg.endId}`);
  }
  return complaints.map((text) => `${recording.recordingKey} ${text}`);
}

/** Within a conversation of the PBX all associated parts share a callKey and count from 1. */
function checkParts(record: RunRecord): string[] {
  const complaints: string[] = [];
  for (const conversation of record.truth.conversations) {
    const lines = record.recordings
      .filter((recording) => legOf(record, recording)?.conversation === conversation.conversation)
      .map((recording) => entries(recording, "association").at(-1))
      .filter((line) => line !== undefined && line["rung"] !== "orphan");
    const callKeys = new Set(lines.map((line) => line?.["callKey"]));
    if (callKeys.size > 1) {
      complaints.push(`conversation ${conversation.conversation} has ${callKeys.size} callKeys`);
    }
    const parts = lines.map((line) => Number(line?.["part"]));
    if (parts.some((part, index) => index > 0 && part <= (parts[index - 1] ?? 0))) {
      complaints.push(`parts of conversation ${conversation.conversation}: ${parts.join(", ")}`);
    }
  }
  return complaints;
}
