// What happens to live streams, as events for the bus: the recordings tell their news, this file
// adds who is on the call now and which part comes next (R5, R21, R22).
import type { Clock, EventBus, LiveStream, LiveStreamEvent, NextPart } from "../ports/index.ts";

/** News of a recording; `stream` as the recordings know it. */
export type StreamNews = LiveStreamEvent extends infer Event
  ? Event extends LiveStreamEvent
    ? Omit<Event, "version" | "at" | "stream" | "next">
    : never
  : never;

export class LiveStreams {
  readonly #bus: EventBus;
  readonly #clock: Clock;
  readonly #streams = new Map<string, LiveStream>();

  constructor(bus: EventBus, clock: Clock) {
    this.#bus = bus;
    this.#clock = clock;
  }

  /** Streams that go on, oldest first. */
  list(): readonly LiveStream[] {
    return [...this.#streams.values()];
  }

  /** By recordingKey or live stream id. */
  find(target: string): LiveStream | null {
    const known = this.#streams.get(target);
    if (known !== undefined) return known;
    return this.list().findLast(({ liveStreamId }) => liveStreamId === target) ?? null;
  }

  /** The event that this becomes; null: of a stream that is not up. */
  news(told: LiveStream, news: StreamNews, isAssociated = false): LiveStreamEvent | null {
    const known = this.#streams.get(told.recordingKey);
    if (known === undefined && news.type !== "started") return null;
    // Who is on the call may have changed since the association.
    const parties = news.type === "associated" ? told.parties : (known?.parties ?? told.parties);
    const stream: LiveStream = { ...told, parties };
    if (news.type !== "ended") {
      this.#streams.set(told.recordingKey, stream);
      const event = this.#publish({ ...this.#stamp(stream), ...news });
      // Association may come before the answer; it is told with the stream, in this order.
      if (news.type !== "started" || !isAssociated) return event;
      return this.#publish({ ...this.#stamp(stream), type: "associated" });
    }
    this.#streams.delete(told.recordingKey);
    return this.#publish({ ...this.#stamp(stream), ...news, next: this.#nextOf(stream) });
  }

  /** null: they are the same, or the stream is not up. */
  partiesChanged(recordingKey: string, parties: readonly string[]): LiveStreamEvent | null {
    const known = this.#streams.get(recordingKey);
    if (known === undefined || known.parties.join("\n") === parties.join("\n")) return null;
    const stream: LiveStream = { ...known, parties };
    this.#streams.set(recordingKey, stream);
    return this.#publish({ ...this.#stamp(stream), type: "parties-changed" });
  }

  #nextOf({ callKey, part }: LiveStream): NextPart | null {
    if (callKey === null || part === null) return null;
    const next = this.list().find((one) => one.callKey === callKey && (one.part ?? 0) > part);
    if (next === undefined) return null;
    const { recordingKey, liveStreamId, agent, extension } = next;
    return { recordingKey, liveStreamId, part: next.part, agent, extension };
  }

  #stamp(stream: LiveStream) {
    const at = new Date(this.#clock.wallTimeMs()).toISOString();
    return { version: 1, at, stream } as const;
  }

  #publish(event: LiveStreamEvent): LiveStreamEvent {
    this.#bus.publish(event);
    return event;
  }
}
