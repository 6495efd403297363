// association: each recording is tied to the call, end and extension that the IP Office recorded,
// to call events within its audio, and parts of a conversation are numbered in order (R7, R22).
import type {
  TruthConversation,
  TruthEvent,
  TruthEventKind,
  TruthLeg,
} from "@tapeline/simulator/pbx";
import type { DevLink3Observation } from "../environment/observations.ts";
import {
  count,
  entries,
  type JournalEntry,
  type RecordedFile,
  type RunRecord,
} from "../record/run-record.ts";
import { blockedSpans } from "./broken-streams.ts";
import type { Checker } from "./checker.ts";
import { isLeftToPower } from "./frame-duty.ts";
import {
  askedFromMs,
  crashesUntilTold,
  hasChangedUnseen,
  isAskedByAnother,
  takenMs,
} from "./lives.ts";
import { callIdsOf, legOf } from "../record/leg-audio.ts";
import { SAMPLES_PER_MS } from "../record/placed-frame.ts";

/** An event is written before its last samples are: a crash between the two may lose them. */
const OVERHANG_SAMPLES = 500 * SAMPLES_PER_MS;

/** A recorder that leaves a stream sends nothing more on it so long after. */
const LEAVES_MS = 20;
/** And is back on another one: it waits a second at most, and logs in. */
const REJOINS_MS = 1_500;

/** What begins and ends a hold. */
const HOLD_KINDS: ReadonlySet<TruthEventKind> = new Set([
  "held",
  "retrieved",
  "answered",
  "joined",
]);

/** Events in which somebody is heard: an agent may talk to a voicemail box too. */
const HEARD_KINDS: ReadonlySet<unknown> = new Set(["talking", "conference", "voicemail"]);

/** Events of a call in which nobody is heard, up to a hold and with it. */
const MUTE_KINDS: ReadonlySet<unknown> = new Set(["ringing", "queued", "held"]);

export const associationChecker: Checker = {
  name: "association",
  check(record) {
    return [
      ...record.recordings.flatMap((recording) =>
        checkRecording(record, recording).map((text) => `${recording.recordingKey} ${text}`),
      ),
      ...record.truth.conversations.flatMap((conversation) => checkParts(record, conversation)),
      ...checkRows(record),
    ];
  },
};

function checkRecording(record: RunRecord, recording: RecordedFile): string[] {
  const leg = legOf(record, recording);
  const association = entries(recording, "association").at(-1);
  if (leg === null || isLeftToPower(record, leg)) return [];
  if (association === undefined) return ["has no association line"];
  if (association["rung"] === "orphan") return checkOrphan(record, leg);
  return [...checkTies(record, association, leg), ...checkEvents(record, recording, leg)];
}

/** Without a start request of ours there may be no tie; with one, only a scenario may expect it. */
function checkOrphan(record: RunRecord, leg: TruthLeg): string[] {
  const isExpected = record.scenario.expects?.recordings?.some(({ rung }) => rung === "orphan");
  if (leg.streamId === null || isExpected === true) return [];
  // Who asked for it is gone: the call reached the process after it.
  if (isAskedByAnother(record, leg)) return [];
  return [`is an orphan although the recorder asked for it as stream ${leg.streamId}`];
}

function checkTies(record: RunRecord, association: JournalEntry, leg: TruthLeg): string[] {
  const complaints: string[] = [];
  const { extension, endId, callKey, deviceCallId, part } = association;
  // Which of the call's ends it was, the process knew that asked for it.
  const isKnown = !isAskedByAnother(record, leg);
  if (isKnown && extension !== leg.extension) {
    complaints.push(`is tied to ${String(extension)}, spoken at ${leg.extension}`);
  }
  if (isKnown && endId !== leg.endId && !hasParked(record, leg))
    complaints.push(`is tied to end ${String(endId)}, was ${leg.endId}`);
  const callId = /^[^-]+-(\d+)$/.exec(String(deviceCallId))?.[1];
  if (callId === undefined || !callIdsOf(record, leg).includes(Number(callId))) {
    complaints.push(`is tied to the device call ${String(deviceCallId)}, which is another one`);
  }
  if (!/^[^-]+-\d+-\d{13}$/.test(String(callKey))) {
    complaints.push(`has the callKey ${String(callKey)}, not node-CallID-time`);
  }
  if (isKnown && !Number.isInteger(part)) complaints.push(`has the part ${String(part)}`);
  return complaints;
}

/** Who parks and unparks a call before its INVITE has come is at another end of it by then. */
function hasParked(record: RunRecord, leg: TruthLeg): boolean {
  const [fromMs, toMs] = [askedFromMs(leg), takenMs(record, leg)];
  return record.truth.conversations
    .filter(({ conversation }) => conversation === leg.conversation)
    .flatMap(({ events }) => events)
    .some(
      ({ kind, party, atMs }) =>
        kind === "parked" && party === leg.extension && atMs >= fromMs && atMs <= toMs,
    );
}

function checkEvents(record: RunRecord, recording: RecordedFile, leg: TruthLeg): string[] {
  const end = entries(recording, "end")[0];
  // An event is written when it is over; one that a crash interrupted may be over before the link
  // is back, and nobody tells of it (R7).
  const hasCrashed = crashesUntilTold(record, leg).length > 0;
  const isInterrupted = end?.["recovered"] === true && hasCrashed;
  const samples = end === undefined ? Infinity : count(end, "samples");
  const events = entries(recording, "event");
  const complaints: string[] = [];
  // A call that was on hold when its recording began, and stayed so, has nobody who talks.
  // A transfer that ends the call is none either.
  const kinds = events.map(({ kind }) => kind);
  const before = kinds.at(-1) === "transferred" ? kinds.slice(0, -1) : kinds;
  const isHeldAllAlong = before.includes("held") && before.every((kind) => MUTE_KINDS.has(kind));
  const isHeard =
    (isHeldAllAlong && wasHeld(record, leg)) || events.some(({ kind }) => HEARD_KINDS.has(kind));
  if (samples > 0 && !isInterrupted && !isHeard) {
    complaints.push("is tied to no event in which somebody talks");
  }
  for (const event of events) {
    const [from, to] = [count(event, "fromSample"), count(event, "toSample")];
    const overhang = hasCrashed ? OVERHANG_SAMPLES : 0;
    if (from >= 0 && from <= to && to <= samples + overhang) continue;
    complaints.push(`has the event ${String(event["eventId"])} at ${from}–${to} of ${samples}`);
  }
  return complaints;
}

/**
 * Somebody held the call before the recorder took it, and that it was taken up nobody told: not
 * before that either, while the 200 waits for a disk and the link is away.
 */
function wasHeld(record: RunRecord, leg: TruthLeg): boolean {
  const own = record.truth.conversations.filter(
    ({ conversation }) => conversation === leg.conversation,
  );
  const events = own.flatMap((conversation) => conversation.events);
  const callIds = own.flatMap((conversation) => conversation.callIds);
  const fromMs = takenMs(record, leg);
  const endMs = leg.endedMs ?? Infinity;
  const held = events.findLastIndex(({ kind, atMs }) => kind === "held" && atMs <= fromMs);
  if (held < 0) return false;
  const isEnd = ({ kind }: TruthEvent): boolean => kind === "ended" || kind === "left";
  const next = events
    .slice(held + 1)
    .find(
      (event) =>
        event.atMs < endMs &&
        !isEnd(event) &&
        event.kind !== "held" &&
        (event.atMs > fromMs || HOLD_KINDS.has(event.kind)),
    );
  return next === undefined || !isTold(record, callIds, { fromMs: next.atMs, toMs: endMs });
}

/**
 * A record of one of the calls has left for the recorder, and was not stuck in the network until
 * the end, or until the recorder gave up the stream; an event that was dropped has not.
 */
function isTold(
  record: RunRecord,
  callIds: readonly number[],
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): boolean {
  const titles = new Set(callIds.map((id) => `Event Detail call ${id}`));
  return record.devlink3.some(
    (line) =>
      line.direction === "out" &&
      titles.has(line.title) &&
      line.atMs >= fromMs &&
      line.atMs < toMs &&
      !blockedSpans(record.faults).some(
        (span) =>
          span.fromMs <= line.atMs && (span.toMs >= toMs || isGivenUp(record, line, span.toMs)),
      ),
  );
}

/**
 * What came first when the network carried again had a gap: the recorder leaves the stream with
 * all that stands behind it, and asks for events on another one (devlink3.md §6.2).
 */
function isGivenUp(
  { devlink3 }: RunRecord,
  { remote, atMs: sentMs }: DevLink3Observation,
  healedMs: number,
): boolean {
  const leftMs = healedMs + LEAVES_MS;
  const heard = devlink3.filter(({ direction }) => direction === "in");
  const isSilent = !heard.some((line) => line.remote === remote && line.atMs > leftMs);
  const isBack = heard.some(
    ({ remote: other, title, atMs }) =>
      other !== remote &&
      title.startsWith("Event request") &&
      atMs > leftMs &&
      atMs <= healedMs + REJOINS_MS,
  );
  return sentMs <= leftMs && isSilent && isBack;
}

/** Within a conversation all associated parts share a callKey and count from 1, failed ones too. */
function checkParts(record: RunRecord, followed: TruthConversation): string[] {
  const { conversation, legs, callIds } = followed;
  if (legs.some((leg) => isLeftToPower(record, leg))) return [];
  // A consultation that took up an older call has a callKey of before, and that one's after.
  if (callIds.some((id) => id < (callIds[0] ?? 0))) return [];
  if (hasChangedUnseen(record, followed) || hasOtherEnds(record, followed)) return [];
  const lines = record.recordings
    .filter((recording) => {
      const leg = legOf(record, recording);
      // An INVITE given up before the 200 came is asked for again: attempts at one part.
      return leg?.conversation === conversation && leg.endedBy !== "never-answered";
    })
    .map((recording) => entries(recording, "association").at(-1))
    .filter((line) => line !== undefined && line["rung"] !== "orphan");
  const callKeys = new Set(lines.map((line) => line?.["callKey"]));
  if (callKeys.size > 1) return [`conversation ${conversation} has ${callKeys.size} callKeys`];
  const told = lines.filter((line) => typeof line?.["part"] === "number");
  const parts = told.map((line) => Number(line?.["part"]));
  const isInOrder = parts.every((part, index) => index === 0 || part > (parts[index - 1] ?? 0));
  const [callKey] = callKeys;
  // None was recorded and tied to it: there is nothing to number.
  if (callKey === undefined) return [];
  const rows = toldParts(record, callKey);
  const all = new Set([...parts, ...rows]);
  const isWhole = [...all].every((part) => part === 1 || all.has(part - 1));
  // What failed stands in the call's row alone: a crash before that forgets it.
  const isForgotten =
    rows.length === 0 && legs.some((leg) => crashesUntilTold(record, leg).length > 0);
  if (isInOrder && (isWhole || isForgotten)) return [];
  const missing = [...all].map((part) => part - 1).find((part) => part > 0 && !all.has(part));
  const what = missing === undefined ? "swapped parts" : `there is no part ${missing}`;
  return [`parts of conversation ${conversation}: ${parts.join(", ")} are not in order: ${what}`];
}

/**
 * While the link was away all of a call's ends have changed: a snapshot confirms by a common end,
 * and this is another call by then (devlink3.md §9.2).
 */
function hasOtherEnds({ devlink3 }: RunRecord, { callIds }: TruthConversation): boolean {
  return callIds.some((id) => {
    const title = `Event Detail call ${id}`;
    const details = devlink3.filter((line) => line.direction === "out" && line.title === title);
    return details.some((line, index) => {
      const before = details[index - 1];
      if (before === undefined || before.remote === line.remote) return false;
      const ends = new Set(partyEnds(before.text));
      return !partyEnds(line.text).some((end) => ends.has(end));
    });
  });
}

/** Who talks, waits or holds; who only rings is no party. */
function partyEnds(text: string): readonly string[] {
  return [...text.matchAll(/<Party[AB]>([0-9a-f]{16})/g)].map(([, end = ""]) => end);
}

/** calls.jsonl numbers a part as the journal of its recording does. */
function checkRows(record: RunRecord): string[] {
  return record.calls.flatMap((row) => {
    const parts = Array.isArray(row["parts"]) ? (row["parts"] as Record<string, unknown>[]) : [];
    return parts.flatMap(({ part, recordingKey, callKey = row["callKey"] }) => {
      const recording = record.recordings.find((one) => one.recordingKey === recordingKey);
      const line = recording && entries(recording, "association").at(-1);
      if (line === undefined || line["callKey"] !== callKey || line["part"] === part) return [];
      return [
        `${String(recordingKey)} is part ${String(part)} in calls.jsonl, ` +
          `part ${String(line["part"])} in its journal`,
      ];
    });
  });
}

/**
 * A part that is told in the row of the call that it was joined to names its own conversation; the
 * numbers go on behind those of both.
 */
function toldParts(record: RunRecord, callKey: unknown): number[] {
  return record.calls.flatMap((row) => {
    // After a restart the row of a part that was given up is all that tells of it.
    if (row["type"] === "discard") return row["callKey"] === callKey ? [Number(row["part"])] : [];
    const parts = Array.isArray(row["parts"]) ? (row["parts"] as Record<string, unknown>[]) : [];
    return parts
      .filter((part) => [part["callKey"], row["callKey"]].includes(callKey as string))
      .map((part) => Number(part["part"]));
  });
}
