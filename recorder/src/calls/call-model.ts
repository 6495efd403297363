// The call model: from Delta3 records to calls, ends and conversations (devlink3.md §9). Pure: time
// comes in, changes go out. A Detail is a whole snapshot, so applying it twice changes nothing.
import type { DetailRecord, Delta3Record, LostRecord, Party } from "../devlink3/delta3-record.ts";
import { isConference, isConnected, isTalking, partiesOf } from "./party.ts";

/** After an end with one of these causes a Detail may use the end again: devlink3.md §9.2. */
const LINGER_CAUSES: ReadonlySet<number> = new Set([117, 118, 119, 126, 127, 135, 138]);
const LINGER_MS = 2_000;
/** A call of which nothing was heard for so long is over. */
const EXPIRE_MS = 12 * 3_600_000;
/** More calls at once than any IP Office has; the oldest silent one gives way. */
export const MAXIMUM_CALLS = 10_000;
/** Ends whose former call is remembered, to link calls into conversations. */
const REMEMBERED_ENDS = 20_000;

export interface Moment {
  /** Monotonic. */
  readonly nowMs: number;
  readonly wallMs: number;
}

export interface Conversation {
  callKey: string;
  /** In order of joining; ended ones stay. */
  readonly calls: Set<ModelCall>;
  readonly beganWallMs: number;
  answeredWallMs: number | null;
  lastPart: number;
}

export interface ModelCall {
  readonly node: string;
  readonly callId: number;
  /** node "-" CallID. */
  readonly deviceCallId: string;
  conversation: Conversation;
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

export type CallChange =
  | { readonly type: "began"; readonly call: ModelCall }
  /** Snapshot or ends differ. */
  | { readonly type: "changed"; readonly call: ModelCall }
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
  /** End → the conversation that it was last seen in. */
  readonly #formerly = new Map<string, Conversation>();
  /** deviceCallId → callKey and part of before a restart. */
  readonly #restored = new Map<string, { readonly callKey: string; readonly part: number }>();

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

  restore(known: {
    readonly callKey: string;
    readonly deviceCallId: string;
    readonly part: number;
  }) {
    const before = this.#restored.get(known.deviceCallId);
    if (before === undefined || before.part < known.part) {
      this.#restored.set(known.deviceCallId, known);
    }
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
    return this.calls()
      .filter(({ isConfirmed }) => !isConfirmed)
      .flatMap((call) => this.#end(call));
  }

  /** Ends what lingered or was silent for long enough. */
  expire(nowMs: number): CallChange[] {
    return this.calls()
      .filter(
        ({ emptySinceMs, lastHeardMs }) =>
          (emptySinceMs !== null && nowMs - emptySinceMs >= LINGER_MS) ||
          nowMs - lastHeardMs >= EXPIRE_MS,
      )
      .flatMap((call) => this.#end(call));
  }

  /** When `expire` should be asked next; null = no call is lingering. */
  nextExpiryMs(): number | null {
    const times = this.calls().flatMap(({ emptySinceMs }) =>
      emptySinceMs === null ? [] : [emptySinceMs + LINGER_MS],
    );
    return times.length === 0 ? null : Math.min(...times);
  }

  // -- Detail --------------------------------------------------------------------------------

  #applyDetail(record: DetailRecord, moment: Moment): CallChange[] {
    const { node, callId } = record.call;
    const deviceCallId = `${node}-${callId}`;
    const changes: CallChange[] = [];
    let call = this.#calls.get(deviceCallId);
    const isNew = call === undefined || this.#isReused(call, record);
    if (call !== undefined && isNew) changes.push(...this.#end(call));
    if (call === undefined || isNew) {
      call = this.#begin(record, moment);
      changes.push(...this.#makeRoom(), { type: "began", call });
    }
    call.isConfirmed = true;
    call.lastHeardMs = moment.nowMs;
    const before = isNew ? null : call.detail;
    call.detail = record;
    changes.push(...this.#attachEnds(call, record, moment));
    if (before === null || JSON.stringify(before) !== JSON.stringify(record)) {
      changes.push({ type: "changed", call });
    }
    this.#noteAnswer(call, moment);
    return changes;
  }

  /** After a restart of the PBX CallIDs come again: an unconfirmed call with no common end is old. */
  #isReused(call: ModelCall, record: DetailRecord): boolean {
    if (call.isConfirmed) return false;
    const ends = partiesOf(record).map(({ endId }) => endId);
    return ends.length > 0 && call.ends.size > 0 && !ends.some((endId) => call.ends.has(endId));
  }

  #begin(record: DetailRecord, moment: Moment): ModelCall {
    const { node, callId } = record.call;
    const deviceCallId = `${node}-${callId}`;
    const call: ModelCall = {
      node,
      callId,
      deviceCallId,
      conversation: this.#conversationFor(record, deviceCallId, moment),
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

  #conversationFor(record: DetailRecord, deviceCallId: string, moment: Moment): Conversation {
    const linked = this.#linkedConversation(record);
    if (linked !== null) return linked;
    const restored = this.#restored.get(deviceCallId);
    this.#restored.delete(deviceCallId);
    return {
      callKey: restored?.callKey ?? `${deviceCallId}-${Math.floor(moment.wallMs)}`,
      calls: new Set(),
      beganWallMs: moment.wallMs,
      answeredWallMs: null,
      lastPart: restored?.part ?? 0,
    };
  }

  #linkedConversation(record: DetailRecord): Conversation | null {
    for (const party of partiesOf(record)) {
      const found =
        this.#formerly.get(party.endId) ??
        this.#formerly.get(party.relatedEndId) ??
        this.#conferenceOf(party);
      if (found !== undefined && found !== null) return found;
    }
    return null;
  }

  /** Members of one conference: equal description, or identity, of the conference party (Q6). */
  #conferenceOf(party: Party): Conversation | null {
    if (!isConference(party)) return null;
    const name = party.description || party.identity;
    if (name === "") return null;
    for (const call of this.#calls.values()) {
      const isMember = partiesOf(call.detail).some(
        (other) => isConference(other) && (other.description || other.identity) === name,
      );
      if (isMember) return call.conversation;
    }
    return null;
  }

  #attachEnds(call: ModelCall, record: DetailRecord, moment: Moment): CallChange[] {
    const changes: CallChange[] = [];
    const parties = partiesOf(record);
    const present = new Set(parties.map(({ endId }) => endId));
    for (const endId of call.ends) {
      if (!present.has(endId)) changes.push(...this.#detach(call, endId, null));
    }
    for (const party of parties) {
      const { endId } = party;
      const owner = this.#owners.get(`${call.node} ${endId}`);
      if (owner !== undefined && owner !== call) {
        changes.push(...this.#move(owner, endId, { to: call, nowMs: moment.nowMs }));
      }
      this.#link(call, party);
      call.ends.add(endId);
      this.#owners.set(`${call.node} ${endId}`, call);
      this.#remember(endId, call.conversation);
      if (isConnected(party) && !call.connectedMs.has(endId)) {
        call.connectedMs.set(endId, moment.nowMs);
      }
    }
    if (call.ends.size > 0) call.emptySinceMs = null;
    return changes;
  }

  #move(
    owner: ModelCall,
    endId: string,
    move: { readonly to: ModelCall; readonly nowMs: number },
  ): CallChange[] {
    const changes = this.#detach(owner, endId, null);
    this.#merge(move.to.conversation, owner.conversation);
    if (owner.ends.size === 0) changes.push(...this.#empty(owner, move.nowMs, false));
    return changes;
  }

  /** A shared end over time, or field 26, makes two calls one conversation (§9.2, Linking). */
  #link(call: ModelCall, party: Party): void {
    for (const endId of [party.endId, party.relatedEndId]) {
      const former = endId === "" ? undefined : this.#formerly.get(endId);
      if (former !== undefined) this.#merge(call.conversation, former);
    }
  }

  /** The older conversation takes the younger one's calls; its callKey stays. */
  #merge(one: Conversation, other: Conversation): void {
    if (one === other) return;
    const [older, younger] = one.beganWallMs <= other.beganWallMs ? [one, other] : [other, one];
    for (const call of younger.calls) {
      call.conversation = older;
      older.calls.add(call);
    }
    younger.calls.clear();
    older.lastPart = Math.max(older.lastPart, younger.lastPart);
    older.answeredWallMs ??= younger.answeredWallMs;
    for (const [endId, conversation] of this.#formerly) {
      if (conversation === younger) this.#formerly.set(endId, older);
    }
  }

  #remember(endId: string, conversation: Conversation): void {
    this.#formerly.delete(endId);
    this.#formerly.set(endId, conversation);
    if (this.#formerly.size <= REMEMBERED_ENDS) return;
    const [oldest] = this.#formerly.keys();
    if (oldest !== undefined) this.#formerly.delete(oldest);
  }

  #noteAnswer(call: ModelCall, moment: Moment): void {
    if (isTalking(call.detail)) call.conversation.answeredWallMs ??= moment.wallMs;
  }

  #makeRoom(): CallChange[] {
    if (this.#calls.size <= MAXIMUM_CALLS) return [];
    const silent = this.calls().reduce((one, other) =>
      one.lastHeardMs <= other.lastHeardMs ? one : other,
    );
    return this.#end(silent);
  }

  // -- Lost ----------------------------------------------------------------------------------

  #applyLost(record: LostRecord, moment: Moment): CallChange[] {
    const { node, endId, cause } = record;
    // "If the first 8 characters of e equal n (its home node), detach it in all views."
    const isHome = endId.startsWith(node);
    const holders = this.calls().filter(
      (call) => call.ends.has(endId) && (isHome || call.node === node),
    );
    return holders.flatMap((call) => {
      call.lastHeardMs = moment.nowMs;
      call.lastCause = cause;
      const changes = this.#detach(call, endId, cause);
      const lingers = cause !== null && LINGER_CAUSES.has(cause);
      if (call.ends.size === 0) changes.push(...this.#empty(call, moment.nowMs, lingers));
      return changes;
    });
  }

  #detach(call: ModelCall, endId: string, cause: number | null): CallChange[] {
    if (!call.ends.delete(endId)) return [];
    this.#owners.delete(`${call.node} ${endId}`);
    return [
      { type: "partyLeft", call, endId, cause },
      { type: "changed", call },
    ];
  }

  #empty(call: ModelCall, nowMs: number, lingers: boolean): CallChange[] {
    if (!lingers) return this.#end(call);
    call.emptySinceMs = nowMs;
    return [];
  }

  #end(call: ModelCall): CallChange[] {
    if (call.isEnded) return [];
    call.isEnded = true;
    for (const endId of call.ends) this.#owners.delete(`${call.node} ${endId}`);
    call.ends.clear();
    this.#calls.delete(call.deviceCallId);
    const { conversation } = call;
    const isOver = [...conversation.calls].every(({ isEnded }) => isEnded);
    return [
      { type: "ended", call },
      ...(isOver ? [{ type: "conversationEnded" as const, conversation }] : []),
    ];
  }
}
