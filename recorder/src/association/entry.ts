// A recording as the facts side knows it, from its INVITE to its settling. Data only.
import type { AssociationFacts, RecordingClues } from "../association-facts.ts";
import type { Timer } from "../ports/index.ts";
import type { Match } from "./match.ts";
import type { Office } from "./office.ts";

export interface Entry {
  readonly clues: RecordingClues;
  office: Office | null;
  match: Match | null;
  /** What was told last; of a resumed recording, what its journal says. */
  facts: AssociationFacts | null;
  readonly toldEvents: Set<string>;
  /** Titles of the rules whose match stands in the journal. */
  readonly toldRules: Set<string>;
  /** It is over, all has been told, and the rules have not decided. */
  isUndecided: boolean;
  /** Monotonic; null while the SIP call is up. */
  endedMs: number | null;
  /** When a recording of an earlier process was found again. */
  resumedWallMs: number | null;
  /** Until it is settled late, or its SIP call is ended by us. */
  timer: Timer | null;
  eventsTimer: Timer | null;
}

export function newEntry(clues: RecordingClues): Entry {
  return {
    clues,
    office: null,
    match: null,
    facts: null,
    toldEvents: new Set(),
    toldRules: new Set(),
    isUndecided: false,
    endedMs: null,
    resumedWallMs: null,
    timer: null,
    eventsTimer: null,
  };
}

export function cancelTimers(entry: Entry): void {
  entry.timer?.cancel();
  entry.eventsTimer?.cancel();
  entry.eventsTimer = null;
}

/** The part that was recorded is over; of an end that is nobody's part, its call. */
export function isOver({ match }: Entry): boolean {
  if (match === null) return false;
  return match.part === null ? match.call.isEnded : match.part.endedMs !== null;
}

/** The recording has ended, and so has what it recorded: no more is to be learnt. */
export function isComplete(entry: Entry): boolean {
  const isLost = entry.resumedWallMs !== null && entry.match === null;
  return entry.endedMs !== null && (isOver(entry) || isLost);
}

/** Nobody asked for it, or nobody can tell. */
export function orphanFacts(callerUsers: readonly string[]): AssociationFacts {
  return {
    rung: "orphan",
    callKey: null,
    part: null,
    deviceCallId: null,
    endId: null,
    agent: null,
    extension: null,
    parties: callerUsers,
    liveStreamId: null,
  };
}
