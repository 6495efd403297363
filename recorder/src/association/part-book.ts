// The parts of one IP Office's calls: which is going on, which stream id and which end is whose.
// Data with look-ups; office.ts decides, the commander acts.
import type { Conversation, ModelCall } from "../calls/call-model.ts";
import type { Part } from "../rules/part.ts";

/** Parts kept for SIP calls that come late, over all calls; ended ones give way first. */
export const PARTS_KEPT = 10_000;

export class PartBook {
  /** Oldest first. */
  readonly #all = new Set<Part>();
  readonly #current = new Map<ModelCall, Part>();
  /** A part may have been adopted by a second stream id: both stay. */
  readonly #byStream = new Map<string, Part>();
  /** The last part of each end. */
  readonly #byEnd = new Map<string, Part>();

  add(part: Part): void {
    this.#all.add(part);
    this.#byStream.set(part.liveStreamId, part);
    this.#byEnd.set(part.endId, part);
    if (this.#all.size > PARTS_KEPT) this.#forgetOne();
  }

  /** The part goes on in its call from now. */
  begin(part: Part): void {
    this.#current.set(part.call, part);
  }

  end(part: Part): void {
    if (this.#current.get(part.call) === part) this.#current.delete(part.call);
  }

  /** The recorded end has moved to another call. */
  move(part: Part, call: ModelCall): void {
    this.end(part);
    part.call = call;
    this.begin(part);
  }

  /** The agent goes on by another end. */
  changeEnd(part: Part, endId: string): void {
    part.endId = endId;
    this.#byEnd.set(endId, part);
  }

  /** The PBX records the part's end under another stream id. */
  adopt(part: Part, streamId: string): void {
    part.liveStreamId = streamId;
    this.#byStream.set(streamId, part);
  }

  currentOf(call: ModelCall): Part | null {
    return this.#current.get(call) ?? null;
  }

  /** Parts that go on. */
  current(): Part[] {
    return [...this.#current.values()];
  }

  all(): Iterable<Part> {
    return this.#all;
  }

  ofStream(streamId: string): Part | null {
    return this.#byStream.get(streamId) ?? null;
  }

  ofEnd(endId: string): Part | null {
    return this.#byEnd.get(endId) ?? null;
  }

  /** In the order in which they began. */
  ofConversation(conversation: Conversation): Part[] {
    return [...this.#all].filter(({ call }) => call.conversation === conversation);
  }

  #forgetOne(): void {
    let oldest: Part | null = null;
    for (const part of this.#all) {
      oldest ??= part;
      if (part.endedMs === null) continue;
      oldest = part;
      break;
    }
    if (oldest === null) return;
    this.#all.delete(oldest);
    for (const [streamId, part] of this.#byStream) {
      if (part === oldest) this.#byStream.delete(streamId);
    }
    if (this.#byEnd.get(oldest.endId) === oldest) this.#byEnd.delete(oldest.endId);
  }
}
