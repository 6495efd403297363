// The live listeners of all recordings (R5): the bytes that go to the `.ul` also go, in 20 ms
// frames, to every listener that has joined, each with a bounded queue of its own, so that a slow
// one disturbs neither recording nor the others. Audio is asked of the media plane only while
// somebody listens.
import type { Metrics } from "../metrics.ts";
import type { Clock, LiveStreamEvent } from "../ports/index.ts";
import { CatchUp } from "./catch-up.ts";
import { Framer, type Frame } from "./framer.ts";
import { ListenerQueue, type ListenerSink, type StreamEnd } from "./listener-queue.ts";
import type { RecordedPast } from "./recorded-past.ts";

const FRAMES_PER_SECOND = 50;

export interface ListenerLimits {
  /** Audio that waits for a slow listener, in ms. */
  readonly queueMs: number;
  readonly perRecording: number;
  readonly inAll: number;
}

/** What listeners get unless the owner says otherwise. */
export const LISTENER_LIMITS: ListenerLimits = { queueMs: 5000, perRecording: 32, inAll: 500 };

/** From where in the recording a listener hears. */
export type ListenFrom = "now" | "beginning";

export interface LiveListenersPorts {
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly past: RecordedPast;
}

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

interface Ear {
  readonly id: number;
  readonly queue: ListenerQueue;
  /** While it hears the past. */
  catchUp: CatchUp | null;
}

interface Stream {
  readonly framer: Framer;
  readonly ears: Map<number, Ear>;
}

export class LiveListeners {
  readonly #limits: ListenerLimits;
  readonly #ports: LiveListenersPorts;
  readonly #delegate: LiveListenersDelegate;
  readonly #streams = new Map<string, Stream>();
  /** Ears whose streams have ended and that are still owed their last frames. */
  readonly #draining = new Map<number, Ear>();
  #count = 0;
  #nextId = 1;

  constructor(limits: ListenerLimits, ports: LiveListenersPorts, delegate: LiveListenersDelegate) {
    this.#limits = limits;
    this.#ports = ports;
    this.#delegate = delegate;
  }

  /** "now": the next whole frame is the first that `sink` gets, after a header. */
  add(recordingKey: string, sink: ListenerSink, from: ListenFrom = "now"): AddedListener {
    const known = this.#streams.get(recordingKey);
    if (this.#count >= this.#limits.inAll) return this.#refuse("limit-in-all");
    if ((known?.ears.size ?? 0) >= this.#limits.perRecording) {
      return this.#refuse("limit-per-recording");
    }
    const stream = known ?? { framer: new Framer(), ears: new Map<number, Ear>() };
    const ear = this.#makeEar(recordingKey, sink);
    stream.ears.set(ear.id, ear);
    this.#streams.set(recordingKey, stream);
    this.#counted(1);
    if (known === undefined) this.#delegate.onFirstListener(recordingKey);
    if (from === "beginning") this.#beginPast(recordingKey, ear);
    return {
      ok: true,
      id: ear.id,
      onDrained: () => {
        ear.queue.drained();
        ear.catchUp?.step();
        this.#release(ear);
      },
      leave: () => {
        ear.catchUp?.stop();
        ear.queue.stop();
        this.#leave(recordingKey, ear.id);
      },
    };
  }

  /** The next audio of a recording, as the media plane sends it; ignored when nobody listens. */
  audio(recordingKey: string, audio: Frame): void {
    const stream = this.#streams.get(recordingKey);
    if (stream === undefined) return;
    const frames = stream.framer.push(audio.sample, audio.data, audio.arrivedMs);
    for (const frame of frames) this.#deliver(stream, frame);
  }

  /** Something happened to the stream: its listeners are told. */
  tell(event: LiveStreamEvent): void {
    const stream = this.#streams.get(event.stream.recordingKey);
    if (stream === undefined) return;
    for (const { queue } of stream.ears.values()) queue.tell(event);
  }

  /** The recording is over: the rest, then the end with its reason. */
  ended(recordingKey: string, end: StreamEnd): void {
    const stream = this.#streams.get(recordingKey);
    if (stream === undefined) return;
    this.#streams.delete(recordingKey);
    const rest = stream.framer.flush();
    if (rest !== null) this.#deliver(stream, rest);
    for (const ear of stream.ears.values()) {
      this.#draining.set(ear.id, ear);
      ear.queue.end(end);
      ear.catchUp?.step();
      this.#release(ear);
    }
  }

  /** Listeners of a recording that is still going on. */
  count(recordingKey: string): number {
    return this.#streams.get(recordingKey)?.ears.size ?? 0;
  }

  /** Ends all streams. */
  close(reason: string): void {
    for (const recordingKey of this.#streams.keys()) {
      this.ended(recordingKey, { reason, samples: 0, next: null });
    }
    for (const { catchUp, queue } of this.#draining.values()) {
      catchUp?.stop();
      queue.stop();
    }
    this.#counted(-this.#draining.size);
    this.#draining.clear();
  }

  #makeEar(recordingKey: string, sink: ListenerSink): Ear {
    const id = this.#nextId;
    this.#nextId += 1;
    const limitFrames = Math.max(1, (this.#limits.queueMs / 1000) * FRAMES_PER_SECOND);
    return { id, queue: new ListenerQueue(recordingKey, sink, limitFrames), catchUp: null };
  }

  #beginPast(recordingKey: string, ear: Ear): void {
    const { past, clock, metrics } = this.#ports;
    ear.queue.beginPast();
    ear.catchUp = new CatchUp(recordingKey, ear.queue, {
      past,
      clock,
      onCaughtUp: (lostFrames) => {
        ear.catchUp = null;
        if (lostFrames > 0) metrics.increment("listener_frames_dropped_total", lostFrames);
        this.#release(ear);
      },
    });
    ear.catchUp.step();
  }

  #deliver(stream: Stream, frame: Frame): void {
    for (const { queue } of stream.ears.values()) {
      const lost = queue.push(frame);
      if (lost > 0) this.#ports.metrics.increment("listener_frames_dropped_total", lost);
    }
  }

  /** It has got all that it was owed. */
  #release(ear: Ear): void {
    if (ear.queue.isEnded && this.#draining.delete(ear.id)) this.#counted(-1);
  }

  #leave(recordingKey: string, id: number): void {
    if (this.#draining.delete(id)) this.#counted(-1);
    const stream = this.#streams.get(recordingKey);
    if (stream === undefined || !stream.ears.delete(id)) return;
    this.#counted(-1);
    if (stream.ears.size > 0) return;
    this.#streams.delete(recordingKey);
    this.#delegate.onLastListenerLeft(recordingKey);
  }

  #refuse(refused: "limit-per-recording" | "limit-in-all") {
    this.#ports.metrics.increment("listeners_refused_total");
    return { ok: false, refused } as const;
  }

  #counted(by: number): void {
    this.#count += by;
    this.#ports.metrics.set("listeners", this.#count);
  }
}
