// The call model: from Delta3 records to calls, ends and conversations (devlink3.md §9). Pure: time
// comes in, changes go out. A Detail is a whole snapshot, so applying it twice changes nothing.
import type { DetailRecord, Delta3Record, LostRecord, Party } from "../devlink3/delta3-record.ts";
import { Conversations, type KnownConversation } from "./conversations.ts";
import { attachedDetail, type Conversation, type ModelCall, type Moment } from "./model-call.ts";
import { isConnected, isEnding, isTalking, partiesOf } from "./party.ts";

export type { Conversation, ModelCall, Moment } from "./model-call.ts";

/** After an end with one of these causes a Detail may use the end again: devlink3.md §9.2. */
const LINGER_CAUSES: ReadonlySet<number> = new Set([117, 118, 119, 126, 127, 135, 138]);
const LINGER_MS = 2_000;
/** A call of which nothing was heard for so long is over. */
const EXPIRE_MS = 12 * 3_600_000;
/** More calls at once than any IP Office has; the oldest silent one gives way. */
export const MAXIMUM_CALLS = 10_000;

export type CallChange =
  | { readonly type: "began"; readonly call: ModelCall }
  /** Snapshot or ends differ. */
  | { readonly type: "changed"; readonly call: ModelCall }
  /**
   * `cause` is null when a Detail showed it; should its cause come later, the change comes again
   * with it.
   */
  | {
      readonly type: "partyLeft";
      readonly call: ModelCall;
      readonly endId: string;
      readonly cause: number | null;
    }
  | { readonly type: "ended"; readonly call: ModelCall }
  | { readonly type: "conversationEnded"; readonly conversation: Conversation };

export class CallModel {
  readonly #calls = new Map<string, ModelCall>();
  /** View (node) and end → the call that holds it. */
  readonly #owners = new Map<string, ModelCall>();
  /** View and end → the call that a Detail showed it to have left; its cause may still come. */
  readonly #departed = new Map<string, ModelCall>();
  readonly #conversations = new Conversations(() => this.#calls.values());

  calls(): ModelCall[] {
    return [...this.#calls.values()];
  }

  find(deviceCallId: string): ModelCall | null {
    return this.#calls.get(deviceCallId) ?? null;
  }

  /** The call that holds an end now, in any view. */
  callOfEnd(endId: string): ModelCall | null {
    return this.calls().find((call) => call.ends.has(endId)) ?? null;
  }

  /** The call, when it comes, goes on with callKey and part of before a restart. */
  restore(known: KnownConversation): void {
    this.#conversations.restore(known);
  }

  apply(record: Delta3Record, moment: Moment): CallChange[] {
    if (record.kind === "Detail") return this.#applyDetail(record, moment);
    if (record.kind === "CallLost" || record.kind === "LinkLost") {
      return this.#applyLost(record, moment);
    }
    return [];
  }

  /** The link is gone: nothing is certain until the next snapshot. */
  unconfirm(): void {
    for (const call of this.#calls.values()) call.isConfirmed = false;
  }

  /** The snapshot is finished: what it did not confirm has ended. */
  dropUnconfirmed(): CallChange[] {
    this.#conversations.forgetRestored();
    return this.calls()
      .filter(({ isConfirmed }) => !isConfirmed)
      .flatMap((call) => this.#end(call));
  }

  /** Ends what lingered or was silent for long enough. */
  expire(nowMs: number): CallChange[] {
    return this.calls()
      .filter((call) => expiryMs(call) <= nowMs)
      .flatMap((call) => this.#end(call));
  }

  /** When `expire` should be asked next; null = there is no call. */
  nextExpiryMs(): number | null {
    let soonestMs: number | null = null;
    for (const call of this.#calls.values()) {
      soonestMs = Math.min(soonestMs ?? Infinity, expiryMs(call));
    }
    return soonestMs;
  }

  // -- Detail --------------------------------------------------------------------------------

  #applyDetail(record: DetailRecord, moment: Moment): CallChange[] {
    const { node, callId } = record.call;
    const changes: CallChange[] = [];
    let call = this.#calls.get(`${node}-${callId}`);
    if (call !== undefined && isReused(call, record)) {
      changes.push(...this.#end(call));
      call = undefined;
    }
    // "A call is over when no party is attached to it" (§9.1): with none it does not begin.
    if (call === undefined && !partiesOf(record).some(isAttachable)) return changes;
    const before = call?.detail ?? null;
    if (call === undefined) {
      call = this.#begin(record, moment);
      changes.push(...this.#makeRoom(call), { type: "began", call });
    }
    call.isConfirmed = true;
    call.lastHeardMs = moment.nowMs;
    call.detail = record;
    const moves = this.#attachEnds(call, record, moment);
    changes.push(...moves);
    const isSame = moves.length === 0 && JSON.stringify(before) === JSON.stringify(record);
    if (!isSame) changes.push({ type: "changed", call });
    if (isTalking(attachedDetail(call))) call.conversation.answeredWallMs ??= moment.wallMs;
    if (call.ends.size === 0) changes.push(...this.#empty(call, moment.nowMs));
    return changes;
  }

  #begin(record: DetailRecord, moment: Moment): ModelCall {
    const { node, callId } = record.call;
    const deviceCallId = `${node}-${callId}`;
    const call: ModelCall = {
      node,
      callId,
      deviceCallId,
      conversation: this.#conversations.forCall(record, deviceCallId, moment),
      detail: record,
      ends: new Set(),
      connectedMs: new Map(),
      isConfirmed: true,
      lastHeardMs: moment.nowMs,
      lastCause: null,
      emptySinceMs: null,
      isEnded: false,
    };
    call.conversation.calls.add(call);
    this.#calls.set(deviceCallId, call);
    return call;
  }

  #attachEnds(call: ModelCall, record: DetailRecord, moment: Moment): CallChange[] {
    const changes: CallChange[] = [];
    const parties = partiesOf(record).filter(
      (party) => call.ends.has(party.endId) || isAttachable(party),
    );
    const present = new Set(parties.map(({ endId }) => endId));
    for (const endId of call.ends) {
      if (present.has(endId)) continue;
      changes.push(...this.#detach(call, endId, null));
      this.#departed.set(`${call.node} ${endId}`, call);
    }
    for (const party of parties) {
      const { endId } = party;
      const key = `${call.node} ${endId}`;
      const owner = this.#owners.get(key);
      if (owner !== undefined && owner !== call) {
        changes.push(...this.#moveAway(owner, endId, call));
        if (owner.ends.size === 0) changes.push(...this.#empty(owner, moment.nowMs));
      }
      this.#conversations.attach(call, party);
      call.ends.add(endId);
      this.#owners.set(key, call);
      this.#departed.delete(key);
      if (isConnected(party) && !call.connectedMs.has(endId)) {
        call.connectedMs.set(endId, moment.nowMs);
      }
    }
    if (call.ends.size > 0) call.emptySinceMs = null;
    return changes;
  }

  #moveAway(owner: ModelCall, endId: string, to: ModelCall): CallChange[] {
    // Before the owner may end: its conversation goes on in the other call.
    this.#conversations.merge(to.conversation, owner.conversation);
    return this.#detach(owner, endId, null);
  }

  #makeRoom(newest: ModelCall): CallChange[] {
    if (this.#calls.size <= MAXIMUM_CALLS) return [];
    const silent = this.calls().reduce((one, other) =>
      other === newest || one.lastHeardMs <= other.lastHeardMs ? one : other,
    );
    return this.#end(silent);
  }

  // -- Lost ----------------------------------------------------------------------------------

  #applyLost(record: LostRecord, moment: Moment): CallChange[] {
    const { node, endId, cause } = record;
    // "If the first 8 characters of e equal n (its home node), detach it in all views."
    const isHome = endId.startsWith(node);
    return this.calls()
      .filter((call) => isHome || call.node === node)
      .flatMap((call) => {
        const isDeparted = this.#departed.get(`${call.node} ${endId}`) === call;
        if (!isDeparted && !call.ends.has(endId)) return [];
        call.lastHeardMs = moment.nowMs;
        call.lastCause = cause;
        if (isDeparted) {
          this.#departed.delete(`${call.node} ${endId}`);
          return [{ type: "partyLeft" as const, call, endId, cause }];
        }
        const changes = this.#detach(call, endId, cause);
        if (call.ends.size === 0) changes.push(...this.#empty(call, moment.nowMs));
        return changes;
      });
  }

  #detach(call: ModelCall, endId: string, cause: number | null): CallChange[] {
    call.ends.delete(endId);
    this.#owners.delete(`${call.node} ${endId}`);
    return [
      { type: "partyLeft", call, endId, cause },
      { type: "changed", call },
    ];
  }

  #empty(call: ModelCall, nowMs: number): CallChange[] {
    const { lastCause } = call;
    if (lastCause === null || !LINGER_CAUSES.has(lastCause)) return this.#end(call);
    call.emptySinceMs ??= nowMs;
    return [];
  }

  #end(call: ModelCall): CallChange[] {
    if (call.isEnded) return [];
    call.isEnded = true;
    for (const endId of call.ends) this.#owners.delete(`${call.node} ${endId}`);
    for (const [key, left] of this.#departed) if (left === call) this.#departed.delete(key);
    call.ends.clear();
    this.#calls.delete(call.deviceCallId);
    const { conversation } = call;
    return [
      { type: "ended", call },
      ...(this.#conversations.isOver(conversation)
        ? [{ type: "conversationEnded" as const, conversation }]
        : []),
    ];
  }
}

/** What is on its way out, or cannot be told apart, is not attached anew. */
function isAttachable(party: Party): boolean {
  return party.endId !== "" && !isEnding(party);
}

/** After a restart of the PBX CallIDs come again: an unconfirmed call with no common end is old. */
function isReused(call: ModelCall, record: DetailRecord): boolean {
  if (call.isConfirmed) return false;
  const ends = partiesOf(record).map(({ endId }) => endId);
  return ends.length > 0 && call.ends.size > 0 && !ends.some((endId) => call.ends.has(endId));
}

function expiryMs(call: ModelCall): number {
  const silentMs = call.lastHeardMs + EXPIRE_MS;
  return call.emptySinceMs === null ? silentMs : Math.min(silentMs, call.emptySinceMs + LINGER_MS);
}
