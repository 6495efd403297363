// Joining from the beginning: what was recorded comes from the live `.ul` until it meets the frames
// that wait in the listener's queue; there the queue takes over, without a sample lost or doubled
// (R5). A listener that hears in real time stays in the file for as long as it is behind.
import type { Clock, Timer } from "../ports/index.ts";
import { FRAME_SAMPLES, type ListenerQueue } from "./listener-queue.ts";
import type { RecordedPast } from "./recorded-past.ts";

/** One read: 2 s of audio. */
export const PAST_PIECE_BYTES = 100 * FRAME_SAMPLES;
/** The file is at the end, the queue begins later: looked at again after this. */
export const PAST_POLL_MS = 100;
/** So long without a new byte in the file: what is missing is given up, and counted. */
export const PAST_PATIENCE_MS = 40_000;

interface CatchUpPorts {
  readonly past: RecordedPast;
  readonly clock: Clock;
  /** The past is heard, or given up, with frames lost. */
  readonly onCaughtUp: (lostFrames: number) => void;
}

export class CatchUp {
  readonly #recordingKey: string;
  readonly #queue: ListenerQueue;
  readonly #ports: CatchUpPorts;
  /** The next sample to be sent. */
  #sample = 0;
  /** Read and not yet sent. */
  #piece = new Uint8Array(0);
  #isReading = false;
  #isOver = false;
  #timer: Timer | null = null;
  #progressMs: number;

  constructor(recordingKey: string, queue: ListenerQueue, ports: CatchUpPorts) {
    this.#recordingKey = recordingKey;
    this.#queue = queue;
    this.#ports = ports;
    this.#progressMs = ports.clock.nowMs();
  }

  /** Goes on as far as the listener takes it: at the start, and whenever there is room or news. */
  step(): void {
    while (!this.#isOver && !this.#isReading && this.#timer === null) {
      if (!this.#sendPiece()) return;
      const liveFrom = this.#queue.liveFrom;
      if (liveFrom !== null && this.#sample >= liveFrom) return this.#over();
      void this.#read(liveFrom);
    }
  }

  stop(): void {
    this.#isOver = true;
    this.#timer?.cancel();
    this.#timer = null;
  }

  /** False: the listener has no room. */
  #sendPiece(): boolean {
    while (this.#piece.length > 0) {
      const data = this.#piece.subarray(0, FRAME_SAMPLES);
      if (!this.#queue.sendPast(this.#sample, data)) return false;
      this.#sample += data.length;
      this.#piece = this.#piece.subarray(data.length);
    }
    return true;
  }

  async #read(liveFrom: number | null): Promise<void> {
    const wanted = Math.min(PAST_PIECE_BYTES, (liveFrom ?? Infinity) - this.#sample);
    this.#isReading = true;
    const bytes = await this.#ports.past.read(this.#recordingKey, this.#sample, wanted);
    this.#isReading = false;
    if (this.#isOver) return;
    const nowMs = this.#ports.clock.nowMs();
    // Whole frames, but for the recording's last.
    const isAll = this.#sample + (bytes?.length ?? 0) === this.#queue.endSample;
    const length = isAll ? (bytes?.length ?? 0) : wholeFrames(bytes?.length ?? 0);
    if (bytes === null || length === 0) return this.#wait(nowMs, bytes === null);
    this.#progressMs = nowMs;
    this.#piece = bytes.slice(0, length);
    this.step();
  }

  /** Not written yet, or not to be had: a file that is just being opened comes soon. */
  #wait(nowMs: number, isGone: boolean): void {
    const { liveFrom, endSample } = this.#queue;
    const isErased = isGone && endSample !== null;
    const isTooLong = nowMs - this.#progressMs >= PAST_PATIENCE_MS;
    if ((isErased || isTooLong) && liveFrom !== null) {
      return this.#over(Math.ceil((liveFrom - this.#sample) / FRAME_SAMPLES));
    }
    this.#timer = this.#ports.clock.setTimer("live.past", PAST_POLL_MS, () => {
      this.#timer = null;
      this.step();
    });
  }

  #over(lostFrames = 0): void {
    this.stop();
    this.#queue.goLive(this.#sample, lostFrames);
    this.#ports.onCaughtUp(lostFrames);
  }
}

function wholeFrames(bytes: number): number {
  return bytes - (bytes % FRAME_SAMPLES);
}
