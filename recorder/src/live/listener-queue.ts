// One listener's queue: 20 ms frames that wait for a slow client, bounded. A listener that cannot
// keep up loses its own oldest frames; how many is told with the next frame that it gets (R5).

/** µ-law bytes, and samples, of one frame of 20 ms. */
export const FRAME_SAMPLES = 160;

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
}

export interface ListenerEnd {
  readonly type: "end";
  readonly reason: string;
  /** Frames lost since the last one that was sent. */
  readonly droppedFrames: number;
}

export type ListenerMessage = ListenerHeader | ListenerFrame | ListenerEnd;

/** Where a listener's messages go: a WebSocket, a WebRTC track, a test. */
export interface ListenerSink {
  /**
   * Takes a message. false = it would block and the message was not taken; `onDrained` of the
   * listener is to be called when there is room again.
   */
  send(message: ListenerMessage): boolean;
}

export class ListenerQueue {
  readonly #sink: ListenerSink;
  readonly #limitFrames: number;
  readonly #recordingKey: string;
  #frames: { readonly sample: number; readonly data: Uint8Array }[] = [];
  #header: ListenerHeader | null = null;
  #isHeaderSent = false;
  #end: string | null = null;
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

  /** Queues a frame; answers how many had to be dropped for it. */
  push(sample: number, data: Uint8Array): number {
    this.#header ??= this.#headerAt(sample);
    this.#frames.push({ sample, data });
    this.#flush();
    let lost = 0;
    while (this.#frames.length > this.#limitFrames) {
      this.#frames.shift();
      lost += 1;
    }
    this.#dropped += lost;
    return lost;
  }

  /** No more frames will come; what waits is still sent, then the end. */
  end(reason: string, atSample: number): void {
    this.#header ??= this.#headerAt(atSample);
    this.#end ??= reason;
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
    const frame = this.#frames[0];
    if (frame !== undefined) {
      if (!this.#send({ type: "frame", ...frame, droppedFrames: this.#dropped })) return false;
      this.#frames.shift();
      this.#dropped = 0;
      return true;
    }
    if (this.#end === null) return false;
    this.#isEnded = this.#send({ type: "end", reason: this.#end, droppedFrames: this.#dropped });
    return false;
  }

  #send(message: ListenerMessage): boolean {
    if (this.#isBlocked) return false;
    // Set before the call, so that an `onDrained` from within it is not forgotten.
    this.#isBlocked = true;
    const taken = this.#sink.send(message);
    if (taken) this.#isBlocked = false;
    return taken;
  }
}
