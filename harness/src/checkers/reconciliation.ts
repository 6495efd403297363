// reconciliation: the recorder's report of calls against recordings agrees with what the IP Office
// knows: each recording stands in it once, with the call that it is of, and no call without an
// answered leg is told to be recorded (R7, R18).
import type { ReconciliationFact } from "../environment/environment.ts";
import { callIdsOf, legOf } from "../record/leg-audio.ts";
import type { RecordedFile, RunRecord } from "../record/run-record.ts";
import { MAXIMUM_COMPLAINTS, type Checker } from "./checker.ts";

type Call = ReconciliationFact["calls"][number];

/** Statuses of a call of which audio is kept. */
const HAS_AUDIO: ReadonlySet<string> = new Set(["recorded", "partial"]);

export const reconciliationChecker: Checker = {
  name: "reconciliation",
  check(record) {
    const report = record.account?.reconciliation;
    if (report === undefined) return [];
    return [
      ...record.recordings.flatMap((recording) => checkRecording(record, report, recording)),
      ...report.calls.flatMap((call) => checkCall(record, call)),
    ].slice(0, MAXIMUM_COMPLAINTS);
  },
};

function checkRecording(
  record: RunRecord,
  report: ReconciliationFact,
  recording: RecordedFile,
): string[] {
  const { recordingKey } = recording;
  const calls = report.calls.filter((call) => keysOf(call).includes(recordingKey));
  const orphans = report.orphans.filter((orphan) => orphan.recordingKey === recordingKey);
  const times = calls.length + orphans.length;
  if (times !== 1) return [`${recordingKey} stands ${times} times in the report`];
  const [call] = calls;
  const leg = legOf(record, recording);
  if (call === undefined || leg === null) return [];
  if (!HAS_AUDIO.has(call.status) && (recording.audio?.length ?? 0) > 0) {
    return [`${call.callKey} is ${call.status} although ${recordingKey} is kept`];
  }
  const ids = callIdsOf(record, leg);
  return call.deviceCallIds.some((id) => ids.includes(callIdOf(id)))
    ? []
    : [`${recordingKey} stands with ${call.callKey}, and is of the call ${leg.callId}`];
}

function checkCall(record: RunRecord, call: Call): string[] {
  if (!HAS_AUDIO.has(call.status)) return [];
  const ids = call.deviceCallIds.map(callIdOf);
  const legs = record.truth.conversations
    .filter(({ callIds }) => callIds.some((id) => ids.includes(id)))
    .flatMap((conversation) => conversation.legs);
  return legs.some(({ answeredMs }) => answeredMs !== null)
    ? []
    : [`${call.callKey} is ${call.status} although nothing of it was ever sent`];
}

function keysOf({ parts }: Call): readonly string[] {
  return parts.flatMap(({ recordingKeys }) => recordingKeys);
}

/** "c0a80a01-7": node and CallID. */
function callIdOf(deviceCallId: string): number {
  return Number(deviceCallId.slice(deviceCallId.lastIndexOf("-") + 1));
}
