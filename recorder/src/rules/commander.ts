// The commander: makes the IP Office record a part, and stop when the part is over. It knows when
// to ask again (devlink3.md §13.7) and tells a failure once, when nothing can mend it any more.
import type {
  ControlResult,
  RecordingControl,
  RecordingStatus,
} from "../devlink3/recording-control.ts";
import type { Logger } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { Why } from "../outcome.ts";
import type { Clock } from "../ports/index.ts";
import type { Part } from "./part.ts";

/** "No INVITE in 10 s after an accepted request" (design.md §5, Outcome). */
export const INVITE_LIMIT_MS = 10_000;
/** When the PBX names no time. */
export const RETRY_DEFAULT_MS = 5_000;
export const RETRIES_MAX = 3;
export const SIP_RETRY_MS = 2_000;
/** SIP answers after which one more try is worth it, null = timeout: devlink3.md §13.7. */
const SIP_RETRY_STATUS: ReadonlySet<number | null> = new Set([486, 503, 408, null]);
const REQUEST_TERMINATED = 487;

export interface CommanderDelegate {
  onFailed(part: Part, why: Why, detail: string): void;
  /** The PBX records the part's end under this stream id, given by an earlier process. */
  onAdopted(part: Part, streamId: string): void;
}

export interface CommanderOptions {
  readonly control: () => RecordingControl;
  readonly recorderUriFor: (streamId: string) => string;
}

export interface CommanderPorts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
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
  readonly #ports: CommanderPorts;
  readonly #delegate: CommanderDelegate;
  /** Streams that the PBX has named since the QUERY that is under way; null = none is. */
  #named: Set<string> | null = null;

  constructor(options: CommanderOptions, ports: CommanderPorts, delegate: CommanderDelegate) {
    this.#options = options;
    this.#ports = ports;
    this.#delegate = delegate;
  }

  /** A part begins, or is asked for once more. */
  start(part: Part): void {
    this.#cancelTimer(part);
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

  /** The SIP call of this part came in. */
  recording(part: Part): void {
    this.#cancelTimer(part);
    part.pendingFailure = null;
    part.failure = null;
    part.state = "recording";
  }

  /** A status event of this part's stream, or (null) of one that no part has. */
  status(part: Part | null, status: RecordingStatus): void {
    const { state, streamId, sipStatus, reason } = status;
    if (state === "stopped" || state === "failed") this.#named?.delete(streamId);
    else this.#named?.add(streamId);
    if (part === null || state !== "failed") return;
    // Also of a SIP call that is here: FAILED comes only from INVITING, so nobody answered it.
    if (!["requested", "accepted", "recording"].includes(part.state)) return;
    const hasCome = part.recordingKey !== null;
    part.givenUpKey = part.recordingKey ?? part.givenUpKey;
    part.recordingKey = null;
    const detail = sipStatus === null ? (reason ?? "") : `${sipStatus} ${reason ?? ""}`.trim();
    this.#refused(part, {
      ok: false,
      failure: "sip",
      detail,
      retryAfterMs: null,
      sipStatus,
      activeStreamId: null,
      // Without a status the IP Office has had no answer: its INVITE is lost, or was given up.
      ...(sipStatus === null ? { why: hasCome ? "cancelled" : "no-invite" } : {}),
    });
  }

  /**
   * A new stream's snapshot is complete. `parts`: those that go on; `sinceMs`: when the stream
   * began. What could not be asked is asked now; what the PBX has forgotten is asked again.
   */
  reconcile(parts: () => readonly Part[], sinceMs: number): void {
    const control = this.#options.control();
    if (!control.isAvailable) return;
    const before = parts().filter(({ requestedMs }) => requestedMs >= 0 && requestedMs < sinceMs);
    for (const part of parts()) if (part.state === "passive") this.start(part);
    if (before.length === 0) return;
    const named = new Set<string>();
    this.#named = named;
    control.query(null, (result) => {
      this.#named = this.#named === named ? null : this.#named;
      this.#ports.log.info("recordings queried", { streams: [...named], result });
      if (!result.ok) return;
      const going = new Set(parts());
      for (const part of before) {
        const isAwaited = part.state === "accepted" && part.requestedMs < sinceMs;
        if (isAwaited && going.has(part) && !named.has(part.liveStreamId)) this.start(part);
      }
    });
  }

  /** The part is over: stop what goes on, or tell why nothing ever did. */
  end(part: Part): void {
    const { state } = part;
    this.#cancelTimer(part);
    if (state === "failed" || state === "over") return;
    if (state === "recording" || state === "accepted" || state === "requested") this.#stop(part);
    if (state === "recording") {
      part.state = "over";
      return;
    }
    const why = state === "passive" ? "recording-control-unavailable" : "too-short";
    const failure = part.pendingFailure ?? { why, detail: "" };
    this.#fail(part, failure.why, failure.detail);
  }

  // -- Answers -------------------------------------------------------------------------------

  #onStartResult(part: Part, result: ControlResult): void {
    this.#log("start recording answered", part, result);
    if (!result.ok && result.failure === "already") return this.#already(part, result);
    if (part.state !== "requested") return;
    if (!result.ok) return this.#refused(part, result);
    part.pendingFailure = null;
    this.#awaitInvite(part);
  }

  #awaitInvite(part: Part): void {
    part.state = "accepted";
    this.#setTimer(part, "commander.invite", INVITE_LIMIT_MS, () => this.#noInvite(part));
  }

  #noInvite(part: Part): void {
    if (!part.isAdopted) return this.#fail(part, "no-invite", "");
    // The SIP call went to a process that is gone, and nothing of it was found: a new one.
    part.isAdopted = false;
    this.#stop(part);
    this.start(part);
  }

  /** The end is recorded already: under a stream of before a restart, or by the PBX's own doing. */
  #already(part: Part, refusal: Refusal): void {
    const { activeStreamId } = refusal;
    const isPending = part.state === "requested";
    if (!isPending && part.state !== "recording") return;
    if (activeStreamId === null || activeStreamId === part.liveStreamId) {
      if (!isPending) return;
      // Its SIP call may be here by now, or come: a failure only if none ever does.
      part.state = "passive";
      part.pendingFailure = { why: "request-refused", detail: refusal.detail };
      return;
    }
    this.#delegate.onAdopted(part, activeStreamId);
    if (!isPending) return;
    part.isAdopted = true;
    this.#awaitInvite(part);
  }

  #refused(part: Part, refusal: Refusal & { readonly why?: Why }): void {
    this.#ports.metrics.increment("recording_requests_refused_total");
    const { failure, detail, sipStatus } = refusal;
    const isCancelled = failure === "sip" && sipStatus === REQUEST_TERMINATED;
    const why = isCancelled ? "cancelled" : (refusal.why ?? WHY[failure]);
    part.pendingFailure = { why, detail };
    if (failure === "unavailable" || this.#isLinkLost(failure)) {
      // The next stream asks again (`reconcile`); until then the PBX may call by itself.
      if (failure === "internal") part.pendingFailure = { why: "link-down", detail };
      this.#cancelTimer(part);
      part.state = "passive";
      return;
    }
    const delayMs = retryDelayMs(part, refusal);
    if (delayMs === null) return this.#fail(part, why, detail);
    part.state = "waiting";
    this.#setTimer(part, "commander.retry", delayMs, () => this.start(part));
  }

  #isLinkLost(failure: Refusal["failure"]): boolean {
    return failure === "internal" && !this.#options.control().isAvailable;
  }

  #fail(part: Part, why: Why, detail: string): void {
    this.#cancelTimer(part);
    part.state = "failed";
    part.failure ??= { why, outcome: outcomeOf(part) };
    this.#delegate.onFailed(part, why, detail);
  }

  #stop(part: Part): void {
    const control = this.#options.control();
    // What nobody asked for is the PBX's own.
    if (!control.isAvailable || part.requestedMs < 0) return;
    this.#log("stop recording requested", part);
    control.stop(part.liveStreamId, (result) => this.#log("stop recording answered", part, result));
  }

  #setTimer(part: Part, name: string, delayMs: number, action: () => void): void {
    this.#cancelTimer(part);
    part.timer = this.#ports.clock.setTimer(name, delayMs, () => {
      part.timer = null;
      action();
    });
  }

  #cancelTimer(part: Part): void {
    part.timer?.cancel();
    part.timer = null;
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

function outcomeOf({ block, isStoppedByRule }: Part): "failed" | "blocked" | "discarded" {
  if (block !== null) return "blocked";
  return isStoppedByRule ? "discarded" : "failed";
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
