// Calls rebuilt after a crash that may be over: nobody knows what was said while there was no
// process, nor what the last one said with its last breath. Silence ends them (design.md §5, "Live
// pair and crash"); audio proves them alive. A SIP message proves it while the call is held; of one
// that is not, audio has to follow: a request that was repeated since before the crash comes also
// from a far end that has long been told BYE.
import type { Clock, Timer } from "../ports/index.ts";

/** A call rebuilt after a crash that is silent for this long is over (design.md §5). */
export const RECOVERY_SILENCE_MS = 10_000;

interface Doubt {
  /** Of what was negotiated last: false on hold. */
  expectsMedia: boolean;
  /** null until its file is open again, and while a hold needs no audio. */
  timer: Timer | null;
}

export class RevivedCalls {
  readonly #clock: Clock;
  readonly #onSilent: (recordingKey: string) => void;
  readonly #doubts = new Map<string, Doubt>();

  constructor(clock: Clock, onSilent: (recordingKey: string) => void) {
    this.#clock = clock;
    this.#onSilent = onSilent;
  }

  /** Rebuilt; the wait begins with `opened`. */
  add(recordingKey: string, expectsMedia: boolean): void {
    this.#doubts.set(recordingKey, { expectsMedia, timer: null });
  }

  opened(recordingKey: string): void {
    const doubt = this.#doubts.get(recordingKey);
    if (doubt !== undefined) this.#wait(recordingKey, doubt);
  }

  /** A SIP message came in. */
  onMessage(recordingKey: string): void {
    const doubt = this.#doubts.get(recordingKey);
    if (doubt?.timer === null || doubt === undefined) return;
    if (doubt.expectsMedia) this.#wait(recordingKey, doubt);
    else doubt.timer.cancel();
  }

  /** A re-INVITE or UPDATE has settled whether audio is to come. */
  onNegotiated(recordingKey: string, expectsMedia: boolean): void {
    const doubt = this.#doubts.get(recordingKey);
    if (doubt === undefined) return;
    doubt.expectsMedia = expectsMedia;
    this.onMessage(recordingKey);
  }

  /** Audio has come, or the recording has ended. */
  settle(recordingKey: string): void {
    this.#doubts.get(recordingKey)?.timer?.cancel();
    this.#doubts.delete(recordingKey);
  }

  #wait(recordingKey: string, doubt: Doubt): void {
    doubt.timer?.cancel();
    doubt.timer = this.#clock.setTimer("recording.silence", RECOVERY_SILENCE_MS, () => {
      this.#doubts.delete(recordingKey);
      this.#onSilent(recordingKey);
    });
  }
}
