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
 * The same call as another node sees it has an agent who was connected before `party`: its own node
 * tells of it, so it is recorded there.
 */
export function isEarlierIn(
  other: ModelCall,
  {
    call,
    party,
    agents,
  }: { readonly call: ModelCall; readonly party: Party; readonly agents: AgentSet },
): boolean {
  if (!isMirror(call, other) || !isTalking(attachedDetail(other))) return false;
  const since = call.connectedMs.get(party.endId) ?? 0;
  return attachedParties(other).some(
    (candidate) =>
      isConnected(candidate) &&
      isAgent(agents, candidate) &&
      (other.connectedMs.get(candidate.endId) ?? 0) < since,
  );
}

function isMirror(call: ModelCall, other: ModelCall): boolean {
  return call.node !== other.node && [...other.ends].some((endId) => call.ends.has(endId));
}
