// Calls of the call model in which the same people hear each other: members of one conference (Q6),
// and the views that several nodes of a network have of one call (Q10). devlink3.md §9, §10. Pure.
import type { Party } from "../devlink3/delta3-record.ts";
import { isAgent, type AgentSet } from "./agents.ts";
import { attachedDetail, attachedParties, type ModelCall } from "./model-call.ts";
import { isConference, isConnected, isTalking } from "./party.ts";

export function isInConference(call: ModelCall): boolean {
  return attachedParties(call).some(isConference);
}

/** In a conference in which nobody else is: what is to be heard there is a beginning or an end. */
export function isAlone(call: ModelCall): boolean {
  const isWithSomebody = (other: ModelCall): boolean =>
    attachedParties(other).some((party) => isConnected(party) && !isConference(party));
  return isInConference(call) && !companionsOf(call).some(isWithSomebody);
}

/** The other calls of the conversation whose parties are heard on this one. */
export function companionsOf(call: ModelCall): ModelCall[] {
  const isMember = isInConference(call);
  return [...call.conversation.calls].filter(
    (other) =>
      other !== call &&
      !other.isEnded &&
      ((isMember && isInConference(other)) || isMirror(call, other)),
  );
}

/**
 * A companion has an agent who was connected before `party` (ties by end id), as another node sees
 * the call, or in the conference: it is recorded there.
 */
export function isEarlierIn(
  other: ModelCall,
  {
    call,
    party,
    agents,
  }: { readonly call: ModelCall; readonly party: Party; readonly agents: AgentSet },
): boolean {
  if (!isTalking(attachedDetail(other))) return false;
  const sinceMs = call.connectedMs.get(party.endId) ?? 0;
  return attachedParties(other).some((candidate) => {
    if (!isConnected(candidate) || !isAgent(agents, candidate)) return false;
    const beforeMs = sinceMs - (other.connectedMs.get(candidate.endId) ?? 0);
    return beforeMs > 0 || (beforeMs === 0 && candidate.endId < party.endId);
  });
}

function isMirror(call: ModelCall, other: ModelCall): boolean {
  return call.node !== other.node && [...other.ends].some((endId) => call.ends.has(endId));
}
