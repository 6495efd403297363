// Whose call it is: a call is recorded from the perspective of its first agent; when that agent
// leaves and another is on the call, the next part starts (R22; design.md §5, "Agents, perspective,
// parts"). Pure.
import { isAgent, type AgentSet } from "../calls/agents.ts";
import type { ModelCall } from "../calls/call-model.ts";
import { attachedDetail, attachedParties } from "../calls/model-call.ts";
import {
  FLAG_CONSENT_REFUSED,
  FLAG_PRIVACY,
  isConnected,
  isParkSlot,
  isRecorder,
  isSip,
  isTalking,
  partiesOf,
} from "../calls/party.ts";
import type { Party } from "../devlink3/delta3-record.ts";
import type { Block } from "./part.ts";

/** devlink3.md §8.5. */
const CAUSE_PARKED = 117;
const CAUSE_UNPARKED = 118;

/** From whose end a call should be recorded now. */
export type Perspective =
  /** What is recorded goes on: ringing, held or parked make no difference. */
  | { readonly kind: "stays" }
  /** The agent is back by another end: unparked, so that the PBX's recording goes on. */
  | { readonly kind: "returns"; readonly party: Party }
  | { readonly kind: "agent"; readonly party: Party }
  /** `party`: who would be recorded; null while that is nobody. */
  | { readonly kind: "blocked"; readonly block: Block; readonly party: Party | null }
  | { readonly kind: "nobody" };

/** `current`: the end of the part that is going on. */
export function perspectiveOf(
  call: ModelCall,
  current: { readonly endId: string; readonly extension: string } | null,
  options: {
    readonly agents: AgentSet;
    readonly isOurStream: (streamId: string) => boolean;
    /** Who is heard on the call besides its own parties: in a conference, on another node. */
    readonly others?: readonly Party[];
  },
): Perspective {
  if (call.ends.size === 0 || isRecorderLeg(call, options.isOurStream)) return { kind: "nobody" };
  const parties = attachedParties(call);
  const agent = firstAgent(call, options.agents);
  const currentParty = parties.find(({ endId }) => endId === current?.endId) ?? null;
  const block = blockOf([...parties, ...(options.others ?? [])]);
  if (block !== null) return { kind: "blocked", block, party: currentParty ?? agent };
  if (currentParty !== null) return { kind: "stays" };
  // "Hold and park: same part": the agent's end goes, yet the caller waits for somebody.
  if (agent === null) return current !== null && isParked(call) ? { kind: "stays" } : NOBODY;
  const isBack = agent.identity === current?.extension && wasParked(call);
  return { kind: isBack ? "returns" : "agent", party: agent };
}

/** Never record a recording: devlink3.md §9.3. */
export function isRecorderLeg(
  call: ModelCall,
  isOurStream: (streamId: string) => boolean,
): boolean {
  return partiesOf(call.detail).some(
    (party) => isRecorder(party) || (isSip(party) && isOurStream(party.targetNumber)),
  );
}

const NOBODY: Perspective = { kind: "nobody" };

function isParked(call: ModelCall): boolean {
  return call.lastCause === CAUSE_PARKED || attachedParties(call).some(isParkSlot);
}

/** The slot's end may go before or after the agent has come. */
function wasParked({ lastCause }: ModelCall): boolean {
  return lastCause === CAUSE_PARKED || lastCause === CAUSE_UNPARKED;
}

function blockOf(parties: readonly Party[]): Block | null {
  if (parties.some(({ flags }) => (flags & FLAG_PRIVACY) !== 0)) return "privacy";
  if (parties.some(({ flags }) => (flags & FLAG_CONSENT_REFUSED) !== 0)) return "consent";
  return null;
}

/** "Earliest connected, ties by end id." */
function firstAgent(call: ModelCall, agents: AgentSet): Party | null {
  if (!isTalking(attachedDetail(call))) return null;
  const since = (party: Party): number => call.connectedMs.get(party.endId) ?? 0;
  const candidates = attachedParties(call)
    .filter((party) => isConnected(party) && isAgent(agents, party))
    .sort((left, right) => since(left) - since(right) || (left.endId < right.endId ? -1 : 1));
  return candidates[0] ?? null;
}
