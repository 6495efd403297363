// Pause and resume requests on their way to the media plane and back: the caller is answered only
// once the edge is fixed (design.md §5, "Pause").
import type { MediaEvent, MediaPlane } from "../ports/index.ts";

export type PauseResult = "applied" | "already" | "no-recording" | "not-permitted";

export interface PauseRequest {
  readonly by: string;
  readonly via: "dashboard" | "api" | "rule" | "auto";
}

export interface PauseAnswer {
  readonly result: PauseResult;
  /** The edge, in samples of the recording. */
  readonly sample: number;
}

interface Waiting {
  readonly recordingKey: string;
  readonly resolve: (answer: PauseAnswer) => void;
}

export class PauseRequests {
  readonly #media: MediaPlane;
  readonly #waiting = new Map<number, Waiting>();
  #lastRequestId = 0;

  constructor(media: MediaPlane) {
    this.#media = media;
  }

  ask(
    recordingKey: string,
    action: "pause" | "resume",
    request: PauseRequest,
  ): Promise<PauseAnswer> {
    const requestId = ++this.#lastRequestId;
    return new Promise((resolve) => {
      this.#waiting.set(requestId, { recordingKey, resolve });
      this.#media.post({ type: action, requestId, recordingKey, ...request });
    });
  }

  onApplied(event: MediaEvent & { type: "pauseApplied" }): void {
    this.#waiting.get(event.requestId)?.resolve({ result: event.result, sample: event.sample });
    this.#waiting.delete(event.requestId);
  }

  /** The recording is gone: who still waits is not left waiting. */
  forget(recordingKey: string): void {
    for (const [requestId, waiting] of this.#waiting) {
      if (waiting.recordingKey !== recordingKey) continue;
      this.#waiting.delete(requestId);
      waiting.resolve({ result: "no-recording", sample: 0 });
    }
  }
}
