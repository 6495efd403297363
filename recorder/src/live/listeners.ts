// The live listeners of all recordings (R5): the bytes that go to the `.ul` also go, in 20 ms
// frames, to every listener that has joined, each with a bounded queue of its own, so that a slow
// one disturbs neither recording nor the others. Audio is asked of the media plane only while
// somebody listens.
import type { Metrics } from "../metrics.ts";
import { Framer, type Frame } from "./framer.ts";
import { ListenerQueue, type ListenerSink } from "./listener-queue.ts";

const FRAMES_PER_SECOND = 50;

export interface ListenerLimits {
  /** Audio that waits for a slow listener, in ms. */
  readonly queueMs: number;
  readonly perRecording: number;
  readonly inAll: number;
}

/** What listeners get unless the owner says otherwise. */
export const LISTENER_LIMITS: ListenerLimits = { queueMs: 5000, perRecording: 32, inAll: 500 };

export interface LiveListenersDelegate {
  /** The first listener has joined: audio of this recording is wanted. */
  onFirstListener(recordingKey: string): void;
  /** The last one has left while the recording goes on. */
  onLastListenerLeft(recordingKey: string): void;
}

export interface Listener {
  readonly ok: true;
  readonly id: number;
  /** To be called when the sink, having refused a message, has room again. */
  onDrained(): void;
  /** Leaves. Idempotent; nothing is sent any more. */
  leave(): void;
}

export type AddedListener =
  Listener | { readonly ok: false; readonly refused: "limit-per-recording" | "limit-in-all" };

interface Stream {
  readonly framer: Framer;
  readonly queues: Map<number, ListenerQueue>;
  nextSample: number;
}

export class LiveListeners {
  readonly #limits: ListenerLimits;
  readonly #metrics: Metrics;
  readonly #delegate: LiveListenersDelegate;
  readonly #streams = new Map<string, Stream>();
  /** Streams that have ended and still owe slow listeners their last frames. */
  readonly #draining = new Map<number, ListenerQueue>();
  #count = 0;
  #nextId = 1;

  constructor(limits: ListenerLimits, metrics: Metrics, delegate: LiveListenersDelegate) {
    this.#limits = limits;
    this.#metrics = metrics;
    this.#delegate = delegate;
  }

  /** Joins "from now": the next whole frame is the first that `sink` gets, after a header. */
  add(recordingKey: string, sink: ListenerSink): AddedListener {
    const known = this.#streams.get(recordingKey);
    if (this.#count >= this.#limits.inAll) return this.#refuse("limit-in-all");
    if ((known?.queues.size ?? 0) >= this.#limits.perRecording) {
      return this.#refuse("limit-per-recording");
    }
    const stream = known ?? { framer: new Framer(), queues: new Map(), nextSample: 0 };
    const id = this.#nextId;
    this.#nextId += 1;
    const limitFrames = Math.max(1, (this.#limits.queueMs / 1000) * FRAMES_PER_SECOND);
    const queue = new ListenerQueue(recordingKey, sink, limitFrames);
    stream.queues.set(id, queue);
    this.#streams.set(recordingKey, stream);
    this.#counted(1);
    if (known === undefined) this.#delegate.onFirstListener(recordingKey);
    return {
      ok: true,
      id,
      onDrained: () => {
        queue.drained();
        if (queue.isEnded && this.#draining.delete(id)) this.#counted(-1);
      },
      leave: () => {
        queue.stop();
        this.#leave(recordingKey, id);
      },
    };
  }

  /** The next audio of a recording, as the media plane sends it; ignored when nobody listens. */
  audio(recordingKey: string, sample: number, data: Uint8Array): void {
    const stream = this.#streams.get(recordingKey);
    if (stream === undefined) return;
    stream.nextSample = sample + data.length;
    for (const frame of stream.framer.push(sample, data)) this.#deliver(stream, frame);
  }

  /** The recording is over: the rest, then the end with its reason. */
  ended(recordingKey: string, reason: string): void {
    const stream = this.#streams.get(recordingKey);
    if (stream === undefined) return;
    this.#streams.delete(recordingKey);
    const rest = stream.framer.flush();
    if (rest !== null) this.#deliver(stream, rest);
    for (const [id, queue] of stream.queues) {
      queue.end(reason, stream.nextSample);
      if (queue.isEnded) this.#counted(-1);
      else this.#draining.set(id, queue);
    }
  }

  /** Listeners of a recording that is still going on. */
  count(recordingKey: string): number {
    return this.#streams.get(recordingKey)?.queues.size ?? 0;
  }

  /** Ends all streams. */
  close(reason: string): void {
    for (const recordingKey of this.#streams.keys()) this.ended(recordingKey, reason);
    this.#counted(-this.#draining.size);
    this.#draining.clear();
  }

  #deliver(stream: Stream, frame: Frame): void {
    for (const queue of stream.queues.values()) {
      const lost = queue.push(frame.sample, frame.data);
      if (lost > 0) this.#metrics.increment("listener_frames_dropped_total", lost);
    }
  }

  #leave(recordingKey: string, id: number): void {
    if (this.#draining.delete(id)) this.#counted(-1);
    const stream = this.#streams.get(recordingKey);
    if (stream === undefined || !stream.queues.delete(id)) return;
    this.#counted(-1);
    if (stream.queues.size > 0) return;
    this.#streams.delete(recordingKey);
    this.#delegate.onLastListenerLeft(recordingKey);
  }

  #refuse(refused: "limit-per-recording" | "limit-in-all") {
    this.#metrics.increment("listeners_refused_total");
    return { ok: false, refused } as const;
  }

  #counted(by: number): void {
    this.#count += by;
    this.#metrics.set("listeners", this.#count);
  }
}
