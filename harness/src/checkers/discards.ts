// A discard needs a call that was observed without a gap: if the link was down meanwhile, what was
// recorded is kept (design.md §5, "Record From Beginning"). When the link was down is read from the
// IP Office's side: another connection was asked for events while the call ran.
import type { TruthConversation, TruthLeg } from "@tapeline/simulator/pbx";
import type { RunRecord } from "../record/run-record.ts";

export function checkDiscards(record: RunRecord): string[] {
  if (!isRecordedFromBeginning(record)) return [];
  return record.truth.conversations.flatMap((conversation) =>
    conversation.legs.flatMap((leg) => checkLeg(record, conversation, leg)),
  );
}

function checkLeg(record: RunRecord, { events }: TruthConversation, leg: TruthLeg): string[] {
  const { sipCallId, invitedMs, endedMs } = leg;
  // What privacy forbids is discarded whatever the rules would say.
  const isDiscarded = record.calls.some(
    (row) => row["type"] === "discard" && row["sipCallId"] === sipCallId && row["why"] === "rule",
  );
  if (!isDiscarded || endedMs === null) return [];
  // A call that still rings can be seen whole: what it was before says nothing of what it became.
  const fromMs = events.find(({ kind }) => kind === "answered")?.atMs ?? invitedMs;
  const backMs = linkStarts(record).find((atMs) => atMs > fromMs && atMs < endedMs);
  if (backMs === undefined) return [];
  return [
    `SIP call ${sipCallId} was discarded although the link was down: ` +
      `it was up again at ${Math.round(backMs)} ms, while the call ran (rules-unproven: keep)`,
  ];
}

/** What a match begins, with Record From Beginning off, was never proved to be unwanted. */
function isRecordedFromBeginning({ scenario }: RunRecord): boolean {
  const recorder = scenario.recorder?.["recorder"] as
    { readonly recordFromBeginning?: unknown } | undefined;
  return recorder?.recordFromBeginning !== false;
}

/** When the recorder asked for events on each of its connections; others only read a file. */
function linkStarts({ devlink3 }: RunRecord): readonly number[] {
  const starts = new Map<string, number>();
  for (const { remote, direction, title, atMs } of devlink3) {
    const isFirst = direction === "in" && title.startsWith("Event request");
    if (isFirst && !starts.has(remote)) starts.set(remote, atMs);
  }
  return [...starts.values()];
}
