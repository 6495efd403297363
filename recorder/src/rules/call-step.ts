// What rules see of a call: its steps, each a stretch in which the call's event, agents and groups
// stay the same. Made from the call model, written into calls.jsonl, read again by `rules test`, so
// that live and past calls are judged by the same data. Pure.
import type { CallEventKind } from "../association-facts.ts";
import { isAgent, type AgentSet } from "../calls/agents.ts";
import { kindOf } from "../calls/call-events.ts";
import { directionOf, type CallDirection } from "../calls/direction.ts";
import { attachedDetail, attachedParties, type ModelCall } from "../calls/model-call.ts";
import type { Party, Target } from "../devlink3/delta3-record.ts";

export interface StepAgent {
  readonly extension: string;
  /** As the call and the PBX's user list have them. */
  readonly names: readonly string[];
  readonly groups: readonly string[];
}

export interface ExternalParty {
  readonly number: string;
  readonly name: string;
}

/** What stays the same during a step. */
export interface StepFacts {
  readonly kind: CallEventKind;
  readonly direction: CallDirection;
  /** On the call, or (ringing) those whom it is offered to. */
  readonly agents: readonly StepAgent[];
  /** Hunt groups: as the call targets them. */
  readonly groups: readonly string[];
  /** Numbers that a caller dialled to come in. */
  readonly dialled: readonly string[];
  readonly external: readonly ExternalParty[];
  readonly accountCode: string;
  readonly tag: string;
}

export interface CallStep extends StepFacts {
  readonly deviceCallId: string;
  /** Of the journal's `event` line in which it lies. */
  readonly eventId: string | null;
  readonly atWallMs: number;
  readonly durationMs: number;
}

/** Phones by which people are reached: §8.3, equipment class. */
const PHONE_CLASSES: ReadonlySet<number> = new Set([8, 9, 10, 11, 21, 28]);

/** null while the call is only being set up. */
export function stepFactsOf(call: ModelCall, agents: AgentSet): StepFacts | null {
  const kind = call.ends.size === 0 ? null : kindOf(attachedDetail(call));
  return kind === null ? null : factsOfKind(kind, call, agents);
}

/** As a step of a given kind: for what has no length, like a transfer. */
export function factsOfKind(kind: CallEventKind, call: ModelCall, agents: AgentSet): StepFacts {
  const { detail } = call;
  const parties = attachedParties(call);
  const offered = kind === "ringing" || kind === "queued" ? detail.targets : [];
  const lines = parties.filter(({ isPublicLine }) => isPublicLine);
  const incoming = lines.filter(({ direction }) => direction === 1);
  return {
    kind,
    direction: directionOf([call]),
    agents: [
      ...parties.filter((party) => isAgent(agents, party)).map((party) => agentOf(party, agents)),
      ...offered
        .filter(isPhoneTarget)
        .map((target) => targetAgent(target, agents))
        .filter((agent) => isWanted(agent, agents)),
    ],
    groups: distinct([
      detail.call.ownerGroup,
      detail.call.originalGroup,
      detail.call.currentGroup,
      ...[...parties, ...offered].map(({ purpose }) => purpose),
    ]),
    dialled: distinct(incoming.flatMap(({ did, dialled }) => [did, dialled])),
    external: lines.map(externalOf),
    accountCode: detail.call.accountCode,
    tag: detail.call.tag,
  };
}

function agentOf(party: Party, agents: AgentSet): StepAgent {
  const { identity: extension } = party;
  const groups = agents.users.get(extension)?.groups ?? [];
  const names = distinct([party.name, ...(agents.users.get(extension)?.names ?? [])]);
  return { extension, names, groups };
}

function isPhoneTarget({ equipmentClass, identity, isRemote }: Target): boolean {
  return (
    equipmentClass !== null && PHONE_CLASSES.has(equipmentClass) && identity !== "" && !isRemote
  );
}

function targetAgent({ identity: extension }: Target, { users }: AgentSet): StepAgent {
  const user = users.get(extension);
  return { extension, names: user?.names ?? [], groups: user?.groups ?? [] };
}

function isWanted({ extension, names, groups }: StepAgent, { wanted }: AgentSet): boolean {
  if (wanted === "all") return true;
  return [extension, ...names, ...groups].some((word) => wanted.has(word.toLowerCase()));
}

/** Direction 0: the PBX called out by this line. */
function externalOf({ direction, targetNumber, cli, name }: Party): ExternalParty {
  return { number: direction === 0 ? targetNumber || cli : cli, name };
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts.filter((text) => text !== ""))];
}
