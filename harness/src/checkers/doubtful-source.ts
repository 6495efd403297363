// Calls whose audio nobody can tell apart: their SDP names one RTP source, and the newer one's
// INVITE came before the older one was heard (design.md §5, "Which packet belongs to which call").
// Frames of the one may then stand in the recording of the other: if, and only if, both recordings
// say so; one that got nothing says "no-media" instead.
import type { TruthLeg } from "@tapeline/simulator/pbx";
import { findFrameTags } from "@tapeline/simulator/pbx";
import { legOf, placeFrames } from "../record/leg-audio.ts";
import { entries, type RecordedFile, type RunRecord } from "../record/run-record.ts";
import { wireMessages } from "./sip-wire.ts";

const WHY = "source-doubtful";

/** One that may hold the other's audio; `recording` is null where it was discarded. */
export interface Rival {
  readonly leg: TruthLeg;
  readonly recording: RecordedFile | null;
}

/** Whose audio may stand in this recording beside its own. */
export function rivalsOf(record: RunRecord, recording: RecordedFile): readonly Rival[] {
  const leg = legOf(record, recording);
  const isDoubtful = isMarked(recording);
  if (leg === null || (!isDoubtful && !isEmpty(recording))) return [];
  return record.truth.conversations
    .flatMap(({ legs }) => legs)
    .filter((other) => other !== leg && isUnheardSource(record, [leg, other]))
    .flatMap((other): Rival[] => {
      const own = record.recordings.find((one) => legOf(record, one) === other);
      if (own === undefined) {
        const isKnown = isDoubtful && isDiscarded(record, other);
        return isKnown ? [{ leg: other, recording: null }] : [];
      }
      const isRival = isMarked(own) || (isDoubtful && isEmpty(own));
      return isRival ? [{ leg: other, recording: own }] : [];
    });
}

/** Frames of another call do stand in one of them, or were kept out of it while that was paused. */
export function isMixed(
  record: RunRecord,
  recording: RecordedFile,
  rivals: readonly Rival[],
): boolean {
  if (rivals.length === 0) return false;
  const legs = new Set([legOf(record, recording)?.leg, ...rivals.map(({ leg }) => leg.leg)]);
  if (record.pauses.some(({ leg }) => legs.has(leg))) return true;
  return [recording, ...rivals.map((rival) => rival.recording)].some((one) => {
    if (one === null || one.audio === null) return false;
    const own = legOf(record, one)?.leg;
    return findFrameTags(one.audio).some(({ tag }) => tag.leg !== own);
  });
}

/** One of them was paused then: what came may have been its, and none of them kept it (R21). */
export function isWithheld(
  record: RunRecord,
  recordings: readonly (RecordedFile | null)[],
  arrivedMs: number | null,
): boolean {
  return recordings.some((recording) => {
    const leg = recording === null ? null : legOf(record, recording);
    const facts = leg === null ? null : factsOf(record, leg);
    if (recording === null || facts === null || arrivedMs === null) return false;
    const elapsedMs = arrivedMs - facts.invitedMs;
    const edge = recording.journal.findLast(
      (line) => ["pause", "resume", "end"].includes(line.type) && line.elapsedMs <= elapsedMs,
    );
    return edge?.type === "pause";
  });
}

/** SSRCs that a rival's journal names in place of the call's own. */
export function ssrcsOf(rivals: readonly Rival[]): ReadonlySet<unknown> {
  const lines = rivals.flatMap(({ recording }) =>
    recording === null ? [] : entries(recording, "media"),
  );
  return new Set(lines.map((line) => line["ssrc"]));
}

function isMarked(recording: RecordedFile): boolean {
  return entries(recording, "end")[0]?.["why"] === WHY;
}

function isEmpty({ audio }: RecordedFile): boolean {
  return audio?.length === 0;
}

function isDiscarded({ calls }: RunRecord, { sipCallId }: TruthLeg): boolean {
  return calls.some((row) => row["type"] === "discard" && row["sipCallId"] === sipCallId);
}

/** What the older one took of a third may have been all that was heard of it. */
function isUnheardSource(record: RunRecord, legs: readonly [TruthLeg, TruthLeg]): boolean {
  return isOneSource(record, legs) || isOneSource(record, legs, spokenMs);
}

/** One source at one time, and the older one was not heard when the newer one's INVITE came. */
function isOneSource(
  record: RunRecord,
  [one, other]: readonly [TruthLeg, TruthLeg],
  firstMs = heardMs,
): boolean {
  const [oneFacts, otherFacts] = [factsOf(record, one), factsOf(record, other)];
  if (oneFacts === null || otherFacts === null || oneFacts.port !== otherFacts.port) return false;
  const isOlder = oneFacts.invitedMs <= otherFacts.invitedMs;
  const [older, newer] = isOlder ? [one, otherFacts] : [other, oneFacts];
  return (
    newer.invitedMs <= (older.endedMs ?? Infinity) && newer.invitedMs <= firstMs(record, older)
  );
}

/** Where the INVITE says that RTP comes from, and when its first copy arrived. */
function factsOf(
  record: RunRecord,
  { sipCallId }: TruthLeg,
): { readonly port: string; readonly invitedMs: number } | null {
  const invite = wireMessages(record).find(
    ({ callId, method, arrivedMs }) =>
      callId === sipCallId && method === "INVITE" && arrivedMs !== null,
  );
  const port = /^m=audio (\d+)/m.exec(invite?.text ?? "")?.[1];
  const invitedMs = invite?.arrivedMs ?? null;
  return port === undefined || invitedMs === null ? null : { port, invitedMs };
}

/**
 * When its first frame arrived. What a rival took in its place, and says so, was not heard as its
 * own: then when the first frame arrived of what it took itself.
 */
function heardMs(record: RunRecord, leg: TruthLeg): number {
  const legs = record.truth.conversations.flatMap((conversation) => conversation.legs);
  const ssrcs = new Set(leg.frames.map(({ ssrc }) => ssrc));
  const isTaken = record.recordings.some((recording) => {
    const other = legOf(record, recording);
    if (other === null || other === leg || !isMarked(recording)) return false;
    const isNamed = entries(recording, "media").some(({ ssrc }) => ssrcs.has(Number(ssrc)));
    return isNamed && isOneSource(record, [other, leg], spokenMs);
  });
  const own = record.recordings.find((recording) => legOf(record, recording) === leg);
  if (!isTaken || own === undefined || !isMarked(own)) return spokenMs(record, leg);
  const named = new Set(entries(own, "media").map(({ ssrc }) => Number(ssrc)));
  const heard = legs.filter(({ frames }) => frames.some(({ ssrc }) => named.has(ssrc)));
  return Math.min(Infinity, ...heard.map((one) => spokenMs(record, one)));
}

/** When its first frame arrived, whoever took it. */
function spokenMs(record: RunRecord, leg: TruthLeg): number {
  const nothing = { recordingKey: "", journal: [], isInProgress: false, audio: null };
  const { unplaced } = placeFrames(record, leg, { ...nothing, livePath: null, stored: [] });
  return Math.min(Infinity, ...unplaced.map(({ arrivedMs }) => arrivedMs ?? Infinity));
}
