// Pause and resume requests: who may, who holds, and their way to the media plane and back. The
// caller is answered only once the edge is fixed (design.md §5, "Pause"). What a person forgets to
// resume is resumed after `pause.autoResumeMs`, also across a restart.
import type { Clock, JournalEntry, MediaEvent, MediaPlane, Timer } from "../ports/index.ts";
import {
  NO_HOLDS,
  isPauseAllowed,
  stepPause,
  type PauseAllow,
  type PauseHolds,
} from "./pause-holds.ts";

export type PauseResult = "applied" | "already" | "no-recording" | "not-permitted";

export interface PauseRequest {
  readonly by: string;
  readonly via: "dashboard" | "api" | "rule" | "auto";
}

export interface PauseAnswer {
  readonly result: PauseResult;
  /** The edge, in samples of the recording. */
  readonly sample: number;
  /** A pause that is in force, and that a crash would take back: the disk hangs. */
  readonly isVolatile?: true;
}

/** In force now; another configuration may be read meanwhile. */
export interface PauseOptions {
  /** Whose recordings people may pause. */
  readonly allow: PauseAllow;
  /** A person's pause ends by itself after this; 0 = never. */
  readonly autoResumeMs: number;
}

/** Whose recording it is. */
export interface PauseSubject {
  readonly recordingKey: string;
  readonly association: { readonly extension: string | null; readonly agent: string | null } | null;
}

interface Waiting {
  readonly recordingKey: string;
  readonly resolve: (answer: PauseAnswer) => void;
}

interface Held {
  holds: PauseHolds;
  autoResume: Timer | null;
}

const AUTO_RESUME = { by: "auto-resume", via: "auto" } as const;

export class PauseRequests {
  readonly #media: MediaPlane;
  readonly #clock: Clock;
  readonly #options: () => PauseOptions;
  /** The time is up: asks again by the way of all requests. */
  readonly #onAutoResume: (recordingKey: string, request: PauseRequest) => void;
  readonly #waiting = new Map<number, Waiting>();
  readonly #held = new Map<string, Held>();
  #lastRequestId = 0;

  constructor(
    ports: { readonly media: MediaPlane; readonly clock: Clock },
    options: () => PauseOptions,
    onAutoResume: (recordingKey: string, request: PauseRequest) => void,
  ) {
    this.#media = ports.media;
    this.#clock = ports.clock;
    this.#options = options;
    this.#onAutoResume = onAutoResume;
  }

  ask(
    { recordingKey, association }: PauseSubject,
    action: "pause" | "resume",
    request: PauseRequest,
  ): Promise<PauseAnswer> {
    const wallMs = this.#clock.wallTimeMs();
    const isAllowed = isPauseAllowed(this.#options().allow, association);
    const held = this.#heldOf(recordingKey);
    const { holds, decision } = stepPause(held.holds, { ...request, action, wallMs, isAllowed });
    held.holds = holds;
    this.#scheduleAutoResume(recordingKey, held);
    if (decision.to === "nothing") return Promise.resolve({ result: "already", sample: 0 });
    if (decision.to === "media") return this.#move(recordingKey, action, request);
    const { result, reason } = decision;
    const receivedAt = new Date(wallMs).toISOString();
    const entry: JournalEntry = {
      ...{ type: "pauseRequest", ...request, action, receivedAt, result, reason },
    };
    this.#media.post({ type: "journal", recordingKey, entry });
    return Promise.resolve({ result, sample: 0 });
  }

  /** A recording of before a restart goes on as its journal says. */
  restore(recordingKey: string, holds: PauseHolds): void {
    const held = this.#heldOf(recordingKey);
    held.holds = holds;
    this.#scheduleAutoResume(recordingKey, held);
  }

  onApplied(event: MediaEvent & { type: "pauseApplied" }): void {
    const { result, sample, isVolatile } = event;
    const answer = isVolatile === true ? { result, sample, isVolatile } : { result, sample };
    this.#waiting.get(event.requestId)?.resolve(answer);
    this.#waiting.delete(event.requestId);
  }

  /** The call is over: nothing is left to be resumed. */
  ended(recordingKey: string): void {
    this.#held.get(recordingKey)?.autoResume?.cancel();
    this.#held.delete(recordingKey);
  }

  /** The recording is gone: who still waits is not left waiting. */
  forget(recordingKey: string): void {
    this.ended(recordingKey);
    for (const [requestId, waiting] of this.#waiting) {
      if (waiting.recordingKey !== recordingKey) continue;
      this.#waiting.delete(requestId);
      waiting.resolve({ result: "no-recording", sample: 0 });
    }
  }

  #heldOf(recordingKey: string): Held {
    let held = this.#held.get(recordingKey);
    if (held === undefined) {
      held = { holds: NO_HOLDS, autoResume: null };
      this.#held.set(recordingKey, held);
    }
    return held;
  }

  #move(
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

  /** A person's pause only: a rule's ends with its event. Asked twice, it counts from the first. */
  #scheduleAutoResume(recordingKey: string, held: Held): void {
    const { person } = held.holds;
    const { autoResumeMs } = this.#options();
    if (person === null || autoResumeMs === 0) {
      held.autoResume?.cancel();
      held.autoResume = null;
      return;
    }
    if (held.autoResume !== null) return;
    const leftMs = person.sinceWallMs + autoResumeMs - this.#clock.wallTimeMs();
    // A wall clock that was set back must not make it longer.
    const waitMs = Math.min(autoResumeMs, Math.max(0, leftMs));
    held.autoResume = this.#clock.setTimer("pause.auto-resume", waitMs, () => {
      held.autoResume = null;
      this.#onAutoResume(recordingKey, AUTO_RESUME);
    });
  }
}
