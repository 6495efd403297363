// Whose call it is: a call is recorded from the perspective of its first agent; when that agent
// leaves and another is on the call, the next part starts (R22; design.md §5, "Agents, perspective,
// parts"). Pure.
import { isAgent, type AgentSet } from "../calls/agents.ts";
import type { ModelCall } from "../calls/call-model.ts";
import {
  FLAG_CONSENT_REFUSED,
  FLAG_PRIVACY,
  isConnected,
  isRecorder,
  isSip,
  isTalking,
  partiesOf,
} from "../calls/party.ts";
import type { Party } from "../devlink3/delta3-record.ts";

/** From whose end a call should be recorded now. */
export type Perspective =
  /** The end that is recorded stays on: ringing, held or parked make no difference. */
  | { readonly kind: "stays" }
  | { readonly kind: "agent"; readonly party: Party }
  | { readonly kind: "blocked"; readonly why: "privacy" | "consent" }
  | { readonly kind: "nobody" };

/** `currentEndId`: the end of the part that is going on, or null. */
export function perspectiveOf(
  call: ModelCall,
  currentEndId: string | null,
  options: { readonly agents: AgentSet; readonly isOurStream: (streamId: string) => boolean },
): Perspective {
  if (call.ends.size === 0 || isRecorderLeg(call, options.isOurStream)) return { kind: "nobody" };
  const forbidden = forbiddenBy(call);
  if (forbidden !== null) return { kind: "blocked", why: forbidden };
  if (currentEndId !== null && call.ends.has(currentEndId)) return { kind: "stays" };
  const party = firstAgent(call, options.agents);
  return party === null ? { kind: "nobody" } : { kind: "agent", party };
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

function forbiddenBy(call: ModelCall): "privacy" | "consent" | null {
  const parties = partiesOf(call.detail);
  if (parties.some(({ flags }) => (flags & FLAG_PRIVACY) !== 0)) return "privacy";
  if (parties.some(({ flags }) => (flags & FLAG_CONSENT_REFUSED) !== 0)) return "consent";
  return null;
}

/** "Earliest connected, ties by end id." */
function firstAgent(call: ModelCall, agents: AgentSet): Party | null {
  if (!isTalking(call.detail)) return null;
  const candidates = partiesOf(call.detail)
    .filter((party) => call.ends.has(party.endId) && isConnected(party) && isAgent(agents, party))
    .sort((left, right) => {
      const since = (party: Party): number => call.connectedMs.get(party.endId) ?? 0;
      return since(left) - since(right) || (left.endId < right.endId ? -1 : 1);
    });
  return candidates[0] ?? null;
}
