// Which calls belong together: by a shared end over time, by field 26, by a shared conference
// (devlink3.md §9.2, "Linking"). A part of the call model: pure, its state is who was where.
import type { DetailRecord, Party } from "../devlink3/delta3-record.ts";
import { attachedParties, type Conversation, type ModelCall, type Moment } from "./model-call.ts";
import { isConference, isRecorder, partiesOf } from "./party.ts";

/** Ends whose conversation is remembered; the longest unseen gives way. */
const REMEMBERED_ENDS = 20_000;

/** What the journals of before a restart know of a call. */
export interface KnownConversation {
  readonly callKey: string;
  readonly deviceCallId: string;
  readonly part: number;
  /** Monotonic, negative before this process began; null while the part is being recorded. */
  readonly recordedUntilMs: number | null;
}

export class Conversations {
  /** End → the conversation that it was last seen in; ends of conversations that are over go. */
  readonly #formerly = new Map<string, Conversation>();
  readonly #restored = new Map<string, KnownConversation>();
  readonly #liveCalls: () => Iterable<ModelCall>;
  #began = 0;

  constructor(liveCalls: () => Iterable<ModelCall>) {
    this.#liveCalls = liveCalls;
  }

  /** Also for the call that it began with, which a snapshot may tell of first. */
  restore(known: KnownConversation): void {
    const founder = known.callKey.replace(/-\d+$/, "");
    for (const deviceCallId of new Set([known.deviceCallId, founder])) {
      const before = this.#restored.get(deviceCallId);
      if (before === undefined || before.part <= known.part) {
        this.#restored.set(deviceCallId, known);
      }
    }
  }

  /** A snapshot is complete: later calls of the same CallID are others. */
  forgetRestored(): void {
    this.#restored.clear();
  }

  /** The conversation that a new call joins, or a new one. */
  forCall(record: DetailRecord, deviceCallId: string, moment: Moment): Conversation {
    const restored = this.#restored.get(deviceCallId);
    this.#restored.delete(deviceCallId);
    const joined =
      this.#linkedTo(record) ?? (restored === undefined ? null : this.#withKey(restored.callKey));
    const conversation = joined ?? {
      callKey: restored?.callKey ?? `${deviceCallId}-${Math.floor(moment.wallMs)}`,
      order: this.#began++,
      calls: new Set(),
      beganWallMs: moment.wallMs,
      answeredWallMs: null,
      lastPart: 0,
      recordedUntilMs: null,
    };
    conversation.lastPart = Math.max(conversation.lastPart, restored?.part ?? 0);
    const recordedUntilMs = restored?.recordedUntilMs ?? null;
    conversation.recordedUntilMs = later(conversation.recordedUntilMs, recordedUntilMs);
    return conversation;
  }

  /** An end is attached to the call: who shares it belongs to the call's conversation. */
  attach(call: ModelCall, party: Party): void {
    for (const endId of linkingEnds(party)) {
      const former = this.#formerly.get(endId);
      if (former !== undefined) this.merge(call.conversation, former);
    }
    const conference = this.#conferenceOf(party, call.node);
    if (conference !== null) this.merge(call.conversation, conference);
    this.#remember(party.endId, call.conversation);
  }

  /** The older conversation takes the younger one's calls; its callKey stays. */
  merge(one: Conversation, other: Conversation): void {
    if (one === other) return;
    const [older, younger] = one.order < other.order ? [one, other] : [other, one];
    for (const call of younger.calls) {
      call.conversation = older;
      older.calls.add(call);
    }
    younger.calls.clear();
    older.lastPart = Math.max(older.lastPart, younger.lastPart);
    older.recordedUntilMs = later(older.recordedUntilMs, younger.recordedUntilMs);
    older.answeredWallMs ??= younger.answeredWallMs;
    for (const [endId, conversation] of this.#formerly) {
      if (conversation === younger) this.#formerly.set(endId, older);
    }
  }

  /** A call has ended; true when its conversation is over with it. */
  isOver(conversation: Conversation): boolean {
    if (![...conversation.calls].every(({ isEnded }) => isEnded)) return false;
    // End identifiers come again after a restart of the PBX, and mean another call then.
    for (const [endId, former] of this.#formerly) {
      if (former === conversation) this.#formerly.delete(endId);
    }
    return true;
  }

  #linkedTo(record: DetailRecord): Conversation | null {
    for (const party of partiesOf(record)) {
      for (const endId of linkingEnds(party)) {
        const former = this.#formerly.get(endId);
        if (former !== undefined) return former;
      }
      const conference = this.#conferenceOf(party, record.call.node);
      if (conference !== null) return conference;
    }
    return null;
  }

  #withKey(callKey: string): Conversation | null {
    for (const { conversation } of this.#liveCalls()) {
      if (conversation.callKey === callKey) return conversation;
    }
    return null;
  }

  /** Members of one conference: equal description, or identity, of the conference party (Q6). */
  #conferenceOf(party: Party, node: string): Conversation | null {
    const name = conferenceName(party);
    if (name === null) return null;
    for (const call of this.#liveCalls()) {
      if (call.node !== node) continue;
      const isMember = attachedParties(call).some((other) => conferenceName(other) === name);
      if (isMember) return call.conversation;
    }
    return null;
  }

  #remember(endId: string, conversation: Conversation): void {
    this.#formerly.delete(endId);
    this.#formerly.set(endId, conversation);
    if (this.#formerly.size <= REMEMBERED_ENDS) return;
    const [oldest] = this.#formerly.keys();
    if (oldest !== undefined) this.#formerly.delete(oldest);
  }
}

function later(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.max(one, other);
}

/** A recording leg names the end that it records in field 26 (Q11), yet is no part of that call. */
function linkingEnds(party: Party): string[] {
  const { endId, relatedEndId } = party;
  return relatedEndId === "" || isRecorder(party) ? [endId] : [endId, relatedEndId];
}

function conferenceName(party: Party): string | null {
  return isConference(party) ? party.description || party.identity || null : null;
}
