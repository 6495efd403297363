// From a hit of the ladder to the call and part that it means (devlink3.md §13.6). Pure.
import type { RecordingClues, Rung } from "../association-facts.ts";
import type { CallModel, ModelCall } from "../calls/call-model.ts";
import type { Part } from "../rules/part.ts";
import { namedCall, PENDING_START_MS, type Ladder, type LadderHit } from "./ladder.ts";
import type { PartBook } from "./part-book.ts";

/** Where a SIP call belongs. */
export interface Match {
  readonly rung: Exclude<Rung, "orphan">;
  readonly call: ModelCall;
  /** null: the PBX records an end that is not the perspective's. */
  readonly part: Part | null;
  readonly endId: string;
  /** The stream id that the SIP call itself names. */
  readonly streamId: string | null;
}

interface Known {
  readonly ladder: Ladder;
  readonly book: PartBook;
  readonly model: CallModel;
  /** When the INVITE came. */
  readonly beganMs: number;
  readonly nowMs: number;
}

/** With the deviceCallId that the INVITE itself names, or "". */
type Named = Known & { readonly namedCall: string };

/** First hit wins, of those that lead to a call. */
export function findMatch(clues: RecordingClues, about: Known): Match | null {
  const known = { ...about, namedCall: namedCall(clues) };
  const hits = known.ladder.climb(clues, {
    isKnownStream: (streamId) => known.book.ofStream(streamId) !== null,
    pendingOf: (extensions) => pendingOf(extensions, known).map(({ extension }) => extension),
  });
  for (const hit of hits) {
    const match = resolve(hit, known);
    if (match !== null) return match;
  }
  return null;
}

/** A START that was sent after the INVITE had come did not bring it. */
function isPending(
  { state, requestedMs }: Part,
  { beganMs, nowMs }: Pick<Known, "beganMs" | "nowMs">,
): boolean {
  const isOpen = state === "requested" || state === "accepted";
  return isOpen && requestedMs <= beganMs && nowMs - requestedMs <= PENDING_START_MS;
}

/**
 * Parts of these extensions for which a START is pending. It brought no INVITE that names another
 * call: that one an earlier process may have asked for.
 */
function pendingOf(extensions: readonly string[], known: Named): Part[] {
  if (extensions.length === 0) return [];
  const isMeant = ({ call }: Part): boolean =>
    known.namedCall === "" || call.deviceCallId === known.namedCall;
  return known.book
    .current()
    .filter((part) => extensions.includes(part.extension) && isMeant(part))
    .filter((part) => isPending(part, known));
}

function resolve(hit: LadderHit, known: Named): Match | null {
  switch (hit.rung) {
    case 1:
      return hit.at === null ? ofPart(1, known.book.ofStream(hit.streamId)) : ofHeaders(hit, known);
    case 2:
    case 3:
      return ofEnd(hit.rung, hit.endId, known);
    case 4:
      return ofPart(4, pendingOf([hit.extension], known)[0] ?? null);
  }
}

/** The INVITE that a START of an earlier process has brought. */
function ofHeaders(
  { streamId, at }: Extract<LadderHit, { readonly at: object }>,
  known: Known,
): Match | null {
  const { endId, deviceCallId } = at;
  const named = known.model.find(deviceCallId);
  const match =
    endId === ""
      ? // Without an end, the call's part is as good a guess as there is.
        ofPart(1, known.book.current().find(({ call }) => call === named) ?? null)
      : (ofEnd(1, endId, known) ?? ofCall(1, named, endId));
  return match === null ? null : { ...match, streamId };
}

function ofEnd(rung: Match["rung"], endId: string, { book, model }: Known): Match | null {
  return ofPart(rung, book.ofEnd(endId)) ?? ofCall(rung, model.callOfEnd(endId), endId);
}

function ofPart(rung: Match["rung"], part: Part | null): Match | null {
  if (part === null) return null;
  const streamId = rung === 1 ? part.liveStreamId : null;
  return { rung, call: part.call, part, endId: part.endId, streamId };
}

function ofCall(rung: Match["rung"], call: ModelCall | null, endId: string): Match | null {
  return call === null ? null : { rung, call, part: null, endId, streamId: null };
}
