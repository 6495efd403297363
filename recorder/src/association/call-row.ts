// The row of calls.jsonl: one a conversation that the PBX reported, wanted or not, with the outcome
// of each part (formats.md, "State directory"). Pure.
import type { Conversation, ModelCall } from "../calls/call-model.ts";
import { partiesOf, partyLabel } from "../calls/party.ts";
import type { Part } from "../rules/part.ts";

export type CallDirection = "inbound" | "outbound" | "tandem" | "internal";

export function conversationRow(
  pbx: string,
  conversation: Conversation,
  end: { readonly parts: readonly Part[]; readonly endedWallMs: number },
): Record<string, unknown> {
  const calls = [...conversation.calls];
  return {
    version: 1,
    type: "call",
    callKey: conversation.callKey,
    deviceCallIds: calls.map(({ deviceCallId }) => deviceCallId),
    pbx,
    startedAt: isoTime(conversation.beganWallMs),
    answeredAt: conversation.answeredWallMs === null ? null : isoTime(conversation.answeredWallMs),
    endedAt: isoTime(end.endedWallMs),
    direction: directionOf(calls),
    parties: [...new Set(calls.flatMap(({ detail }) => partiesOf(detail).map(partyLabel)))],
    wanted: end.parts.length > 0,
    rule: null,
    parts: end.parts.map(partRow),
  };
}

function partRow(part: Part): Record<string, unknown> {
  const { agent, extension, liveStreamId, recordingKey, failure } = part;
  return {
    part: part.part,
    agent,
    extension,
    liveStreamId,
    recordingKey,
    ...(failure === null ? {} : { outcome: failure.outcome, why: failure.why }),
  };
}

/** devlink3.md §9.2: by which side a public line is on the call. */
export function directionOf(calls: readonly ModelCall[]): CallDirection {
  const lines = calls
    .flatMap(({ detail }) => partiesOf(detail))
    .filter(({ isPublicLine }) => isPublicLine);
  const isInbound = lines.some(({ direction }) => direction === 1);
  const isOutbound = lines.some(({ direction }) => direction === 0);
  if (isInbound && isOutbound) return "tandem";
  if (isInbound) return "inbound";
  return isOutbound ? "outbound" : "internal";
}

function isoTime(wallMs: number): string {
  return new Date(wallMs).toISOString();
}
