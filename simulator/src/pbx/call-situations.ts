// In which situations the calls of the IP Office are at a moment: what a swarm run has come by, so
// that it can be told which troubles met which situations, and which never did.
import type { Call } from "./call-state.ts";
import { PARTY_FLAG } from "../wire/delta3.ts";

/** What a call, or its recording, may be in the middle of. */
export type CallSituation =
  | "no call"
  | "ringing"
  | "queued"
  | "talking"
  | "held"
  | "consulting"
  | "conference"
  | "parked"
  | "voicemail"
  | "private"
  | "recording being dialled"
  | "recording up"
  | "recording just ended";

/** How long a recording has "just ended": about as long as it takes to be stored. */
const JUST_ENDED_MS = 3_000;

export interface SituationFacts {
  readonly live: readonly Call[];
  /** For each recording leg in progress, whether it was answered. */
  readonly legsUp: readonly boolean[];
  /** When recording legs ended. */
  readonly endedMs: readonly number[];
  /** When recording legs were dialled; an answer takes a few milliseconds only. */
  readonly dialledMs: readonly number[];
  /** What was dialled after this counts as being dialled; null = only what is at the moment. */
  readonly sinceMs: number | null;
  readonly nowMs: number;
}

export function situationsOf(facts: SituationFacts): ReadonlySet<CallSituation> {
  const found = new Set<CallSituation>();
  for (const call of facts.live) for (const each of situationsOfCall(call)) found.add(each);
  if (facts.live.length === 0) found.add("no call");
  for (const isUp of facts.legsUp) found.add(isUp ? "recording up" : "recording being dialled");
  const { sinceMs } = facts;
  if (sinceMs !== null && facts.dialledMs.some((atMs) => atMs > sinceMs)) {
    found.add("recording being dialled");
  }
  if (facts.endedMs.some((atMs) => atMs > facts.nowMs - JUST_ENDED_MS)) {
    found.add("recording just ended");
  }
  return found;
}

function* situationsOfCall(call: Call): Generator<CallSituation> {
  const has = (kind: string): boolean => call.ends.some(({ resource }) => resource?.kind === kind);
  const forbidding = PARTY_FLAG.privacy | PARTY_FLAG.consentRefused;
  if (call.ends.some(({ flags }) => (flags & forbidding) !== 0)) yield "private";
  if (call.queued !== null) yield "queued";
  if (call.consults !== null) yield "consulting";
  if (has("voicemail")) yield "voicemail";
  else if (has("park")) yield "parked";
  else if (call.conference !== null) yield "conference";
  else if (call.state === "ringing") yield "ringing";
  else if (call.isHeld) yield "held";
  else if (call.isConnected) yield "talking";
}
