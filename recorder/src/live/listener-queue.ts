// One listener's queue: 20 ms frames that wait for a slow client, bounded. A listener that cannot
// keep up loses its own oldest frames; how many is told with the next frame that it gets (R5).
// While it still hears the past (catch-up.ts) the newest frames wait here for it.
import type { LiveStreamEvent, NextPart } from "../ports/index.ts";

/** µ-law bytes, and samples, of one frame of 20 ms. */
export const FRAME_SAMPLES = 160;
/** News of the stream that wait; the oldest gives way. */
export const NEWS_LIMIT = 16;

export interface ListenerHeader {
  readonly type: "header";
  readonly recordingKey: string;
  /** Place in the recording of the first frame's first sample. */
  readonly firstSample: number;
  readonly codec: "PCMU";
  readonly sampleRate: 8000;
  readonly frameSamples: number;
}

export interface ListenerFrame {
  readonly type: "frame";
  /** Place in the recording of the frame's first sample. */
  readonly sample: number;
  /** 160 bytes; fewer only in the last frame of a recording. */
  readonly data: Uint8Array;
  /** Frames that this listener lost just before this one. */
  readonly droppedFrames: number;
  /** Monotonic time of the packet that set it free; null for fill and for the past. */
  readonly arrivedMs: number | null;
}

/** What happens to the stream while somebody listens: paused, other parties. */
export interface ListenerNews {
  readonly type: "news";
  readonly event: LiveStreamEvent;
}

/** How a stream ended. */
export interface StreamEnd {
  readonly reason: string;
  /** Length of the recording. */
  readonly samples: number;
  readonly next: NextPart | null;
}

export interface ListenerEnd extends StreamEnd {
  readonly type: "end";
  /** Frames lost since the last one that was sent. */
  readonly droppedFrames: number;
}

export type ListenerMessage = ListenerHeader | ListenerFrame | ListenerNews | ListenerEnd;

/** Where a listener's messages go: a WebSocket, a WebRTC track, a test. */
export interface ListenerSink {
  /**
   * Takes a message. false = it would block and the message was not taken; `onDrained` of the
   * listener is to be called when there is room again.
   */
  send(message: ListenerMessage): boolean;
}

export type QueuedFrame = Omit<ListenerFrame, "type" | "droppedFrames">;

export class ListenerQueue {
  readonly #sink: ListenerSink;
  readonly #limitFrames: number;
  readonly #recordingKey: string;
  #frames: QueuedFrame[] = [];
  #news: LiveStreamEvent[] = [];
  #header: ListenerHeader | null = null;
  #isHeaderSent = false;
  #end: StreamEnd | null = null;
  /** False while the listener hears the past: frames wait, the oldest give way uncounted. */
  #isLive = true;
  #isEnded = false;
  #isBlocked = false;
  #isFlushing = false;
  #dropped = 0;

  constructor(recordingKey: string, sink: ListenerSink, limitFrames: number) {
    this.#recordingKey = recordingKey;
    this.#sink = sink;
    this.#limitFrames = limitFrames;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Where the queue can take over from the past; null = not known yet. */
  get liveFrom(): number | null {
    return this.#frames[0]?.sample ?? this.endSample;
  }

  /** Length of the recording once it has ended. */
  get endSample(): number | null {
    return this.#end?.samples ?? null;
  }

  /** Queues a frame; answers how many had to be dropped for it. */
  push(frame: QueuedFrame): number {
    if (!this.#isLive) {
      this.#keep(frame);
      return 0;
    }
    this.#header ??= this.#headerAt(frame.sample);
    this.#frames.push(frame);
    this.#flush();
    let lost = 0;
    while (this.#frames.length > this.#limitFrames) {
      this.#frames.shift();
      lost += 1;
    }
    this.#dropped += lost;
    return lost;
  }

  /** Goes out before the next frame. */
  tell(event: LiveStreamEvent): void {
    this.#news.push(event);
    if (this.#news.length > NEWS_LIMIT) this.#news.shift();
    this.#flush();
  }

  /** No more frames will come; what waits is still sent, then the end. */
  end(end: StreamEnd): void {
    if (this.#isLive) this.#header ??= this.#headerAt(end.samples);
    this.#end ??= end;
    this.#flush();
  }

  // -- The past ------------------------------------------------------------------------------

  /** The listener begins at sample 0: frames wait until `goLive`. */
  beginPast(): void {
    this.#isLive = false;
    this.#header = this.#headerAt(0);
    this.#flush();
  }

  /** False: there is no room, `drained` will say when. */
  sendPast(sample: number, data: Uint8Array): boolean {
    if (!this.#isHeaderSent) return false;
    return this.#send({ type: "frame", sample, data, droppedFrames: 0, arrivedMs: null });
  }

  /** All before `sample` has been sent, but for `lostFrames`. */
  goLive(sample: number, lostFrames: number): void {
    this.#isLive = true;
    this.#dropped += lostFrames;
    this.#frames = this.#frames.filter((frame) => frame.sample >= sample);
    this.#flush();
  }

  /** The sink has room again. */
  drained(): void {
    this.#isBlocked = false;
    this.#flush();
  }

  /** The listener has left: nothing is sent any more. */
  stop(): void {
    this.#isEnded = true;
    this.#frames = [];
    this.#news = [];
  }

  /** The newest frames without a hole: what is before them stands in the file. */
  #keep(frame: QueuedFrame): void {
    const last = this.#frames.at(-1);
    if (last !== undefined && last.sample + last.data.length !== frame.sample) this.#frames = [];
    this.#frames.push(frame);
    if (this.#frames.length > this.#limitFrames) this.#frames.shift();
  }

  #headerAt(firstSample: number): ListenerHeader {
    return {
      type: "header",
      recordingKey: this.#recordingKey,
      firstSample,
      codec: "PCMU",
      sampleRate: 8000,
      frameSamples: FRAME_SAMPLES,
    };
  }

  #flush(): void {
    // A sink may call back from within `send`; the loop under way then goes on.
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    while (!this.#isEnded && this.#sendNext());
    this.#isFlushing = false;
  }

  /** False when there is nothing to send or no room for it. */
  #sendNext(): boolean {
    if (this.#header === null) return false;
    if (!this.#isHeaderSent) {
      this.#isHeaderSent = this.#send(this.#header);
      return this.#isHeaderSent;
    }
    const event = this.#news[0];
    if (event !== undefined) {
      if (!this.#send({ type: "news", event })) return false;
      this.#news.shift();
      return true;
    }
    if (!this.#isLive) return false;
    const frame = this.#frames[0];
    if (frame !== undefined) {
      if (!this.#send({ type: "frame", ...frame, droppedFrames: this.#dropped })) return false;
      this.#frames.shift();
      this.#dropped = 0;
      return true;
    }
    if (this.#end === null) return false;
    this.#isEnded = this.#send({ type: "end", ...this.#end, droppedFrames: this.#dropped });
    return false;
  }

  #send(message: ListenerMessage): boolean {
    if (this.#isBlocked || this.#isEnded) return false;
    // Set before the call, so that an `onDrained` from within it is not forgotten.
    this.#isBlocked = true;
    const taken = this.#sink.send(message);
    if (taken) this.#isBlocked = false;
    return taken;
  }
}
