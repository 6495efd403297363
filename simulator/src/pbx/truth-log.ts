// Writes the truth of the calls as they happen: conversations and what people did in them.
import type { PbxTruth, TruthConversation, TruthEventKind, TruthLeg } from "./truth.ts";

export class TruthLog {
  readonly truth: PbxTruth = { conversations: [], voices: new Map(), vcm: [], refusals: [] };
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Begins a conversation with its first call; returns its number. */
  open(callId: number): number {
    const conversation = this.truth.conversations.length + 1;
    this.truth.conversations.push({
      conversation,
      callIds: [callId],
      events: [],
      legs: [],
      endedMs: null,
    });
    return conversation;
  }

  note(conversation: number, kind: TruthEventKind, party: string): void {
    this.#get(conversation).events.push({ atMs: this.#nowMs(), kind, party });
  }

  addCall(conversation: number, callId: number): void {
    const { callIds } = this.#get(conversation);
    if (!callIds.includes(callId)) callIds.push(callId);
  }

  addLeg(leg: TruthLeg): void {
    const { legs } = this.#get(leg.conversation);
    if (!legs.includes(leg)) legs.push(leg);
  }

  close(conversation: number, party: string): void {
    this.note(conversation, "ended", party);
    this.#get(conversation).endedMs = this.#nowMs();
  }

  refuse(streamId: string, result: number): void {
    this.truth.refusals.push({ atMs: this.#nowMs(), streamId, result });
  }

  #get(conversation: number): TruthConversation {
    const found = this.truth.conversations[conversation - 1];
    if (found === undefined) throw new RangeError(`there is no conversation ${conversation}`);
    return found;
  }
}
