// The commander: makes the IP Office record a part, and stop when the part is over. It knows when to
// ask again (devlink3.md §13.7) and tells a failure once, when nothing can mend it any more.
import type { ControlResult, RecordingControl } from "../devlink3/recording-control.ts";
import type { Logger } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { Why } from "../outcome.ts";
import type { Clock } from "../ports/index.ts";
import type { Part } from "./part.ts";

/** "No INVITE in 10 s after an accepted request" (design.md §5, Outcome). */
export const INVITE_LIMIT_MS = 10_000;
const RETRY_DEFAULT_MS = 5_000;
const RETRIES_MAX = 3;
const SIP_RETRY_MS = 2_000;
/** SIP answers after which one more try is worth it: devlink3.md §13.7. */
const SIP_RETRY_STATUS: ReadonlySet<number | null> = new Set([486, 503, 408, null]);

export interface CommanderDelegate {
  onFailed(part: Part, why: Why, detail: string): void;
}

export interface CommanderOptions {
  readonly control: () => RecordingControl;
  readonly recorderUriFor: (streamId: string) => string;
}

type Refusal = Extract<ControlResult, { ok: false }>;

const WHY: Readonly<Record<Refusal["failure"], Why>> = {
  unavailable: "recording-control-unavailable",
  "no-call": "request-refused",
  "no-party": "request-refused",
  "not-connected": "request-refused",
  already: "request-refused",
  vcm: "vcm-exhausted",
  conference: "conference-exhausted",
  licence: "licence-missing",
  sip: "sip-refused",
  unreachable: "recorder-unreachable",
  "not-permitted": "request-refused",
  duplicate: "request-refused",
  "no-recording": "request-refused",
  version: "request-refused",
  malformed: "request-refused",
  internal: "request-refused",
};

export class Commander {
  readonly #options: CommanderOptions;
  readonly #ports: { readonly clock: Clock; readonly log: Logger; readonly metrics: Metrics };
  readonly #delegate: CommanderDelegate;

  constructor(
    options: CommanderOptions,
    ports: { readonly clock: Clock; readonly log: Logger; readonly metrics: Metrics },
    delegate: CommanderDelegate,
  ) {
    this.#options = options;
    this.#ports = ports;
    this.#delegate = delegate;
  }

  /** A part begins. */
  start(part: Part): void {
    const control = this.#options.control();
    if (!control.isAvailable) {
      part.state = "passive";
      return;
    }
    part.state = "requested";
    part.requestedMs = this.#ports.clock.nowMs();
    this.#ports.metrics.increment("recording_requests_total");
    this.#log("start recording requested", part);
    control.start(
      {
        node: part.call.node,
        callId: part.call.callId,
        endId: part.endId,
        recorderUri: this.#options.recorderUriFor(part.liveStreamId),
        streamId: part.liveStreamId,
      },
      (result) => this.#onStartResult(part, result),
    );
  }

  #onStartResult(part: Part, result: ControlResult): void {
    this.#log("start recording answered", part, result);
    if (part.state !== "requested") return;
    if (!result.ok) return this.#refused(part, result);
    part.state = "accepted";
    part.pendingFailure = null;
    this.#setTimer(part, "commander.invite", INVITE_LIMIT_MS, () => {
      this.#fail(part, "no-invite", "");
    });
  }

  /** The status event says that the SIP call failed. */
  sipFailed(part: Part, sipStatus: number | null, reason: string): void {
    if (part.state !== "accepted") return;
    this.#refused(part, {
      ok: false,
      failure: "sip",
      detail: sipStatus === null ? reason : `${sipStatus} ${reason}`,
      retryAfterMs: null,
      sipStatus,
      activeStreamId: null,
    });
  }

  #refused(part: Part, refusal: Refusal): void {
    this.#ports.metrics.increment("recording_requests_refused_total");
    const why = WHY[refusal.failure];
    part.pendingFailure = { why, detail: refusal.detail };
    const delayMs = retryDelayMs(part, refusal);
    if (delayMs === null) return this.#fail(part, why, refusal.detail);
    part.state = "waiting";
    this.#setTimer(part, "commander.retry", delayMs, () => this.start(part));
  }

  #fail(part: Part, why: Why, detail: string): void {
    part.timer?.cancel();
    part.state = "failed";
    part.failure ??= { why, outcome: "failed" };
    this.#delegate.onFailed(part, why, detail);
  }

  /** The SIP call of this part came in. */
  recording(part: Part): void {
    if (part.state === "over") return;
    part.timer?.cancel();
    part.pendingFailure = null;
    part.state = "recording";
  }

  /** The part is over: stop what goes on, or tell why nothing ever did. */
  end(part: Part): void {
    const { state } = part;
    part.timer?.cancel();
    if (state === "failed" || state === "over") return;
    if (state === "recording" || state === "accepted" || state === "requested") this.#stop(part);
    if (state === "recording") {
      part.state = "over";
    } else if (state === "passive") {
      this.#fail(part, "recording-control-unavailable", "");
    } else {
      const failure = part.pendingFailure ?? { why: "too-short" as const, detail: "" };
      this.#fail(part, failure.why, failure.detail);
    }
  }

  #stop(part: Part): void {
    const control = this.#options.control();
    if (!control.isAvailable) return;
    this.#log("stop recording requested", part);
    control.stop(part.liveStreamId, (result) => this.#log("stop recording answered", part, result));
  }

  #setTimer(part: Part, name: string, delayMs: number, action: () => void): void {
    part.timer?.cancel();
    part.timer = this.#ports.clock.setTimer(name, delayMs, action);
  }

  #log(message: string, part: Part, result?: ControlResult): void {
    const { deviceCallId, endId, extension, liveStreamId } = part;
    this.#ports.log.info(message, {
      deviceCallId,
      endId,
      extension,
      liveStreamId,
      ...(result === undefined ? {} : { result }),
    });
  }
}

/** null = never again. Counts the try in the part. */
function retryDelayMs(part: Part, refusal: Refusal): number | null {
  const { failure, retryAfterMs, sipStatus } = refusal;
  if (failure === "vcm" || failure === "conference" || failure === "internal") {
    part.retries += 1;
    return part.retries > RETRIES_MAX ? null : (retryAfterMs ?? RETRY_DEFAULT_MS);
  }
  if (failure === "sip" && SIP_RETRY_STATUS.has(sipStatus)) {
    part.sipRetries += 1;
    return part.sipRetries > 1 ? null : SIP_RETRY_MS;
  }
  return null;
}
