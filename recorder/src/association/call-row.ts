// The row of calls.jsonl: one a conversation that the PBX reported, wanted or not, with the outcome
// of each part (formats.md, "State directory"). Pure.
//
// A row with `open: true` was written because the recorder stopped in mid-call: `endedAt` is null. A
// later row with the same `callKey` replaces an earlier one; readers keep the last.
import type { AssociationFacts, UnrecordedPart } from "../association-facts.ts";
import type { Conversation, ModelCall } from "../calls/call-model.ts";
import { directionOf } from "../calls/direction.ts";
import { partiesOf, partyLabel } from "../calls/party.ts";
import { gapFields } from "../rules/part-gap.ts";
import type { Part } from "../rules/part.ts";
import { ruleFields, type RuleReport } from "./rule-fields.ts";

/** What a row says of one part. */
export interface PartRow {
  readonly part: number;
  readonly agent: string;
  readonly extension: string;
  readonly liveStreamId: string | null;
  readonly recordingKey: string | null;
  /** Where it is not the row's, for the call was linked to this conversation later. */
  readonly callKey?: string;
  /** Of a part without a recording; else the recording's journal has them. */
  readonly outcome?: string;
  /** How long nothing was recorded between the part before and this one. */
  readonly gapMs?: number;
  /** Of this part before its recording began. */
  readonly missedMs?: number;
  readonly why?: string;
}

/** `calls`: those of people; a recording leg is none. */
export function conversationRow(
  conversation: Pick<Conversation, "callKey" | "beganWallMs" | "answeredWallMs">,
  about: {
    readonly pbx: string;
    readonly calls: readonly ModelCall[];
    readonly parts: readonly PartRow[];
    readonly rules: RuleReport;
    /** null = the recorder stops, the call goes on. */
    readonly endedWallMs: number | null;
  },
): Record<string, unknown> {
  const { callKey, beganWallMs, answeredWallMs } = conversation;
  const { pbx, calls, parts, rules, endedWallMs } = about;
  return {
    version: 1,
    type: "call",
    callKey,
    deviceCallIds: calls.map(({ deviceCallId }) => deviceCallId),
    pbx,
    startedAt: isoTime(beganIn(callKey) ?? beganWallMs),
    answeredAt: answeredWallMs === null ? null : isoTime(answeredWallMs),
    endedAt: endedWallMs === null ? null : isoTime(endedWallMs),
    ...(endedWallMs === null ? { open: true } : {}),
    direction: directionOf(calls),
    parties: [...new Set(calls.flatMap(({ detail }) => partiesOf(detail).map(partyLabel)))],
    ...ruleFields(rules, parts.length > 0),
    parts,
  };
}

/** The row of a conversation of before a restart that no PBX has shown since. */
export function lostConversationRow(
  callKey: string,
  about: {
    readonly pbx: string;
    readonly known: AssociationFacts;
    readonly parts: readonly PartRow[];
  },
): Record<string, unknown> {
  const beganWallMs = beganIn(callKey);
  const { deviceCallId, parties } = about.known;
  return {
    version: 1,
    type: "call",
    callKey,
    deviceCallIds: deviceCallId === null ? [] : [deviceCallId],
    pbx: about.pbx,
    startedAt: beganWallMs === null ? null : isoTime(beganWallMs),
    answeredAt: null,
    endedAt: null,
    open: true,
    direction: null,
    parties,
    wanted: true,
    rule: null,
    ruleDecision: "unproven",
    parts: about.parts,
  };
}

export function partRow(part: Part, rowCallKey: string): PartRow {
  const { agent, extension, recordingKey, failure, callKey, requestedMs } = part;
  return {
    part: part.part,
    agent,
    extension,
    liveStreamId: requestedMs < 0 ? null : part.liveStreamId,
    recordingKey,
    ...(callKey === rowCallKey ? {} : { callKey }),
    ...(failure === null ? {} : { outcome: failure.outcome, why: failure.why }),
    ...gapFields(part),
  };
}

/** So many, the newest, stand in a later part's journal: a flag may be switched for ever. */
export const UNRECORDED_PARTS_LIMIT = 100;

/** Nothing of it was recorded, and nothing will be. */
export function isUnrecorded({ recordingKey, endedMs, failure }: Part): boolean {
  return recordingKey === null && (endedMs !== null || failure !== null);
}

/** For the journal of a later part; `unrecordedRow` reads it. */
export function unrecordedPart({ part, agent, extension, failure }: Part): UnrecordedPart {
  return {
    part,
    agent,
    extension,
    ...(failure === null ? {} : { outcome: failure.outcome, why: failure.why }),
  };
}

/** Of a part that an earlier process could not record. */
export function unrecordedRow(unrecorded: UnrecordedPart): PartRow {
  return { ...unrecorded, liveStreamId: null, recordingKey: null };
}

/** The part of a recording that an earlier process began; null when it was no part. */
export function resumedPartRow(recordingKey: string, facts: AssociationFacts): PartRow | null {
  const { part, agent, extension, liveStreamId, gapMs, missedMs } = facts;
  if (part === null || extension === null) return null;
  return {
    part,
    agent: agent ?? extension,
    extension,
    liveStreamId,
    recordingKey,
    ...(gapMs === undefined ? {} : { gapMs }),
    ...(missedMs === undefined ? {} : { missedMs }),
  };
}

/** A callKey ends with the time of its first record: also after a restart. */
function beganIn(callKey: string): number | null {
  const wallMs = Number(/-(\d{1,15})$/.exec(callKey)?.[1] ?? Number.NaN);
  return Number.isNaN(wallMs) ? null : wallMs;
}

function isoTime(wallMs: number): string {
  return new Date(wallMs).toISOString();
}
