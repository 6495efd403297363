// Who is an agent: a phone with an identity, within the configured set (R1). Voicemail, park slots,
// trunks and recorder legs never are. Pure.
import type { Party } from "../devlink3/delta3-record.ts";
import { isPhone } from "./party.ts";

/** Names and groups of the users by extension, as far as the PBX's user list is known. */
export interface UserFacts {
  readonly names: readonly string[];
  readonly groups: readonly string[];
}

export interface AgentSet {
  readonly wanted: "all" | ReadonlySet<string>;
  readonly users: ReadonlyMap<string, UserFacts>;
}

export function agentSet(
  agents: "all" | readonly string[],
  users: ReadonlyMap<string, UserFacts> = new Map(),
): AgentSet {
  const wanted = agents === "all" ? agents : new Set(agents.map((agent) => agent.toLowerCase()));
  return { wanted, users };
}

export function isAgent(set: AgentSet, party: Party): boolean {
  // In another node's view the phone is a network line: its own node tells of it.
  if (!isPhone(party) || party.isRemote) return false;
  if (set.wanted === "all") return true;
  const user = set.users.get(party.identity);
  const words = [party.identity, party.name, ...(user?.names ?? []), ...(user?.groups ?? [])];
  return words.some((word) => set.wanted !== "all" && set.wanted.has(word.toLowerCase()));
}

/** The agent's name: as the call shows it, else as the user list has it, else the extension. */
export function agentName(set: AgentSet, party: Party): string {
  return party.name || (set.users.get(party.identity)?.names[0] ?? party.identity);
}
