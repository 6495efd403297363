// Recording control that answers only when the test says so, and writes down what it is asked.
import assert from "node:assert/strict";
import type {
  ControlResult,
  RecordingControl,
  StartRecording,
} from "../../src/devlink3/recording-control.ts";

type OnResult = (result: ControlResult) => void;
type Refusal = Extract<ControlResult, { ok: false }>;

export const ACCEPTED: ControlResult = { ok: true, state: "inviting" };

export function refusal(failure: Refusal["failure"], set: Partial<Refusal> = {}): Refusal {
  return {
    ok: false,
    failure,
    detail: failure,
    retryAfterMs: null,
    sipStatus: null,
    activeStreamId: null,
    ...set,
  };
}

export class FakeControl implements RecordingControl {
  isAvailable = true;
  readonly starts: StartRecording[] = [];
  readonly stops: string[] = [];
  queries = 0;
  readonly #open: { readonly what: string; readonly onResult: OnResult }[] = [];

  start(request: StartRecording, onResult: OnResult): void {
    this.starts.push(request);
    this.#open.push({ what: "start", onResult });
  }

  stop(streamId: string, onResult: OnResult): void {
    this.stops.push(streamId);
    onResult({ ok: true, state: "stopped" });
  }

  query(streamId: string | null, onResult: OnResult): void {
    assert.equal(streamId, null, "all streams are asked for at once");
    this.queries += 1;
    this.#open.push({ what: "query", onResult });
  }

  /** Answers the oldest open request. */
  answer(result: ControlResult = ACCEPTED): void {
    const [oldest] = this.#open.splice(0, 1);
    assert.ok(oldest !== undefined, "nothing was asked");
    oldest.onResult(result);
  }

  /** Requests without an answer. */
  get open(): string[] {
    return this.#open.map(({ what }) => what);
  }

  /** As when the link is lost: what is outstanding is answered, by nobody. */
  lose(): void {
    this.isAvailable = false;
    for (const { onResult } of this.#open.splice(0)) {
      onResult(refusal("internal", { detail: "the link was lost" }));
    }
  }

  get lastStreamId(): string {
    const last = this.starts.at(-1);
    assert.ok(last !== undefined, "nothing was asked for");
    return last.streamId;
  }
}
