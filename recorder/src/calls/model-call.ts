// A call of the call model as data, and the conversation that it belongs to (devlink3.md §9).
import type { DetailRecord, Party } from "../devlink3/delta3-record.ts";
import { partiesOf } from "./party.ts";

export interface Moment {
  /** Monotonic. */
  readonly nowMs: number;
  readonly wallMs: number;
}

export interface Conversation {
  callKey: string;
  /** In which order conversations began: wall times may step, and may be equal. */
  readonly order: number;
  /** In order of joining; ended ones stay. */
  readonly calls: Set<ModelCall>;
  readonly beganWallMs: number;
  answeredWallMs: number | null;
  lastPart: number;
  /** Until when parts of before a restart were recorded, monotonic; null = of none is it known. */
  recordedUntilMs: number | null;
}

export interface ModelCall {
  readonly node: string;
  readonly callId: number;
  /** node "-" CallID. */
  readonly deviceCallId: string;
  conversation: Conversation;
  /** The last snapshot as it came; `attachedDetail` leaves out who has left since. */
  detail: DetailRecord;
  /** End identifiers attached now. */
  readonly ends: Set<string>;
  /** When each end was first connected in this call, monotonic. */
  readonly connectedMs: Map<string, number>;
  isConfirmed: boolean;
  lastHeardMs: number;
  lastCause: number | null;
  /** Empty since; the call ends when the linger is over. */
  emptySinceMs: number | null;
  isEnded: boolean;
}

/** The parties that are on the call now. */
export function attachedParties(call: ModelCall): Party[] {
  return partiesOf(call.detail).filter(({ endId }) => call.ends.has(endId));
}

/** The snapshot without the parties that have left since it came. */
export function attachedDetail(call: ModelCall): DetailRecord {
  const { detail, ends } = call;
  const ifAttached = (party: Party | null): Party | null =>
    party !== null && ends.has(party.endId) ? party : null;
  return { ...detail, partyA: ifAttached(detail.partyA), partyB: ifAttached(detail.partyB) };
}
