// A recording as the facts side knows it, from its INVITE to its settling. Data only.
import type { AssociationFacts, RecordingClues } from "../association-facts.ts";
import type { ModelCall } from "../calls/call-model.ts";
import type { Timer } from "../ports/index.ts";
import type { Match } from "./match.ts";
import type { Office } from "./office.ts";

export interface Entry {
  readonly clues: RecordingClues;
  /** In which order recordings began. */
  readonly order: number;
  /** When its INVITE came, or when it was found again. Monotonic. */
  readonly beganMs: number;
  /** Under which calls the service finds it. */
  readonly indexedBy: Set<ModelCall>;
  /** Title of the rule that was told to pause it; undefined = nothing has been told. */
  toldPause: string | null | undefined;
  office: Office | null;
  match: Match | null;
  /** What was told last; of a resumed recording, what its journal says. */
  facts: AssociationFacts | null;
  /** Who was told to be on the call after the association; null = nothing was. */
  toldParties: readonly string[] | null;
  readonly toldEvents: Set<string>;
  /** Titles of the rules whose match stands in the journal. */
  readonly toldRules: Set<string>;
  /** It is over, all has been told, and the rules have not decided. */
  isUndecided: boolean;
  /** Monotonic; null while the SIP call is up. */
  endedMs: number | null;
  /** When a recording of an earlier process was found again. */
  resumedWallMs: number | null;
  /** When its SIP call had ended before it was found again. Monotonic. */
  endedBeforeMs: number | null;
  /** Until it is settled late, or its SIP call is ended by us. */
  timer: Timer | null;
  eventsTimer: Timer | null;
  /** Until its files are open, and what is known of its call can be told. */
  lookTimer: Timer | null;
}

export function newEntry(
  clues: RecordingClues,
  { order, beganMs }: Pick<Entry, "order" | "beganMs">,
): Entry {
  return {
    clues,
    order,
    beganMs,
    indexedBy: new Set(),
    toldPause: undefined,
    office: null,
    match: null,
    facts: null,
    toldParties: null,
    toldEvents: new Set(),
    toldRules: new Set(),
    isUndecided: false,
    endedMs: null,
    resumedWallMs: null,
    endedBeforeMs: null,
    timer: null,
    eventsTimer: null,
    lookTimer: null,
  };
}

export function cancelTimers(entry: Entry): void {
  entry.timer?.cancel();
  entry.eventsTimer?.cancel();
  entry.lookTimer?.cancel();
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
