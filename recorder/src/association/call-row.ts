// The row of calls.jsonl: one a conversation that the PBX reported, wanted or not, with the outcome
// of each part (formats.md, "State directory"). Pure.
//
// A row with `open: true` was written because the recorder stopped in mid-call: `endedAt` is null. A
// later row with the same `callKey` replaces an earlier one; readers keep the last.
import type { AssociationFacts } from "../association-facts.ts";
import type { Conversation, ModelCall } from "../calls/call-model.ts";
import { partiesOf, partyLabel } from "../calls/party.ts";
import type { Part } from "../rules/part.ts";

export type CallDirection = "inbound" | "outbound" | "tandem" | "internal";

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
  readonly why?: string;
}

/** `calls`: those of people; a recording leg is none. */
export function conversationRow(
  conversation: Pick<Conversation, "callKey" | "beganWallMs" | "answeredWallMs">,
  about: {
    readonly pbx: string;
    readonly calls: readonly ModelCall[];
    readonly parts: readonly PartRow[];
    /** null = the recorder stops, the call goes on. */
    readonly endedWallMs: number | null;
  },
): Record<string, unknown> {
  const { callKey, beganWallMs, answeredWallMs } = conversation;
  const { pbx, calls, parts, endedWallMs } = about;
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
    wanted: parts.length > 0,
    rule: null,
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
  };
}

/** The part of a recording that an earlier process began; null when it was no part. */
export function resumedPartRow(recordingKey: string, facts: AssociationFacts): PartRow | null {
  const { part, agent, extension, liveStreamId } = facts;
  if (part === null || extension === null) return null;
  return { part, agent: agent ?? extension, extension, liveStreamId, recordingKey };
}

/** devlink3.md §9.2: by which side a public line is on the call. */
export function directionOf(calls: readonly Pick<ModelCall, "detail">[]): CallDirection {
  const lines = calls
    .flatMap(({ detail }) => partiesOf(detail))
    .filter(({ isPublicLine }) => isPublicLine);
  const isInbound = lines.some(({ direction }) => direction === 1);
  const isOutbound = lines.some(({ direction }) => direction === 0);
  if (isInbound && isOutbound) return "tandem";
  if (isInbound) return "inbound";
  return isOutbound ? "outbound" : "internal";
}

/** A callKey ends with the time of its first record: also after a restart. */
function beganIn(callKey: string): number | null {
  const wallMs = Number(/-(\d{1,15})$/.exec(callKey)?.[1] ?? Number.NaN);
  return Number.isNaN(wallMs) ? null : wallMs;
}

function isoTime(wallMs: number): string {
  return new Date(wallMs).toISOString();
}
