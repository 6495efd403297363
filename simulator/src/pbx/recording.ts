// One recording: the life of a SIP leg from the simulated IP Office to a recorder, with the status
// events of dl3rec/1 and the leg's records in the event stream. devlink3.md §13.5, §10 Q11.
// Owned by recording-control.ts.
import type { Clock, Timer } from "@tapeline/recorder/ports";
import { RECORDING_STATE, type RecordingFields } from "../wire/recording-extension.ts";
import type { PbxEvent } from "./call-records.ts";
import type { Call, End } from "./call-state.ts";
import type { Identifiers } from "./identifiers.ts";
import type { RecordingLeg, SipCallerService } from "./recording-leg.ts";
import { legDetailEvent, legLostEvents, legSipEvent, type LegCall } from "./resource-records.ts";
import type { Site } from "./site.ts";
import type { TruthLog } from "./truth-log.ts";
import type { TruthLeg } from "./truth.ts";

/** RECORDING or FAILED within this. */
export const SETTLE_LIMIT_MS = 10_000;

const CAUSE_NORMAL = 16;
const CAUSE_TIMER = 102;
/** Line number of the legs in Delta2 names, where the site has no SIP trunk. */
const DEFAULT_LEG_LINE = 17;

/** Reasons that devlink3.md §13.5 names. */
export type StopReason = "stop" | "party left" | "call ended" | "max time" | "recorder bye";

export interface RecordingOptions {
  readonly site: Site;
  readonly clock: Clock;
  readonly identifiers: Identifiers;
  readonly truth: TruthLog;
  readonly sipCaller: SipCallerService;
  /** null = the PBX dials on its own. */
  readonly streamId: string | null;
  readonly recorderUri: string;
  readonly correlationData: string | null;
  readonly maximumSeconds: number | null;
  /** The node of which the recording was asked. */
  readonly node: string;
  readonly end: End;
  readonly call: Call;
}

export interface RecordingDelegate {
  onEvent(event: PbxEvent): void;
  onStatus(fields: RecordingFields): void;
  /** Stopped or failed; exactly once. */
  onOver(recording: Recording): void;
}

export class Recording {
  readonly options: RecordingOptions;
  readonly #delegate: RecordingDelegate;
  #call: Call;
  #end: End;
  #state: number = RECORDING_STATE.inviting;
  #isPausedByClient = false;
  #leg: RecordingLeg | null = null;
  #legCall: LegCall | null = null;
  #settleTimer: Timer | null = null;
  #maximumTimer: Timer | null = null;
  #isForgotten = false;
  /** What the SIP side said before `dial` had returned. */
  #early: (() => void)[] | null = [];

  constructor(options: RecordingOptions, delegate: RecordingDelegate) {
    this.options = options;
    this.#delegate = delegate;
    this.#call = options.call;
    this.#end = options.end;
  }

  get streamId(): string | null {
    return this.options.streamId;
  }

  get endId(): string {
    return this.#end.id;
  }

  /** The call in which the recorded end is now. */
  get call(): Call {
    return this.#call;
  }

  /** As in tuple 7FE00020. */
  get state(): number {
    return this.#state;
  }

  get isOver(): boolean {
    return this.#state === RECORDING_STATE.stopped || this.#state === RECORDING_STATE.failed;
  }

  /** The SIP call was answered and is up. */
  get isUp(): boolean {
    return this.#state === RECORDING_STATE.recording || this.#state === RECORDING_STATE.paused;
  }

  get truth(): TruthLeg | null {
    return this.#leg?.truth ?? null;
  }

  /** Sends the INVITE. */
  dial(): void {
    const { options } = this;
    const { site, node, end, identifiers } = options;
    this.#isForgotten = options.sipCaller.oddities.inviteNever;
    const leg = options.sipCaller.dial(
      {
        conversation: this.#call.conversation,
        streamId: options.streamId,
        recorderUri: options.recorderUri,
        node,
        callId: this.#call.views.get(node) ?? this.#call.callId,
        endId: end.id,
        extension: end.person.party,
        correlationData: options.correlationData,
        audience: { voices: () => this.#call.voices },
      },
      {
        onAnswered: () => this.#afterDial(() => this.#onAnswered()),
        onFailed: (status, reason) => this.#afterDial(() => this.#onFailed(status, reason)),
        onEnded: (by) => this.#afterDial(() => this.#onEnded(by)),
      },
    );
    this.#leg = leg;
    options.truth.addLeg(leg.truth);
    const trunk = site.trunks.find(({ kind }) => kind === "sip");
    this.#legCall = {
      node,
      callId: identifiers.callId(),
      handlerEnd: identifiers.phoneEnd(node),
      trunkEnd: identifiers.trunkEnd(node),
      recordedEnd: end.id,
      sipCallId: leg.truth.sipCallId,
      streamId: options.streamId ?? "",
      line: trunk?.line ?? DEFAULT_LEG_LINE,
      isAnswered: false,
    };
    this.#settleTimer = options.clock.setTimer("pbx.recordingSettle", SETTLE_LIMIT_MS, () => {
      this.#onNotSettled();
    });
    this.#status({ legEndId: this.#legCall.trunkEnd, sipCallId: leg.truth.sipCallId });
    this.#delegate.onEvent(legSipEvent(this.#legCall, "START"));
    this.#delegate.onEvent(legDetailEvent(this.#legCall));
    const early = this.#early ?? [];
    this.#early = null;
    for (const news of early) news();
  }

  /** The Detail of the leg, for the snapshot at the start of a stream. */
  detail(): PbxEvent | null {
    return this.#legCall === null ? null : legDetailEvent(this.#legCall);
  }

  /** The fields of a status event that tells how things stand (QUERY). */
  statusFields(): RecordingFields {
    const leg = this.#legCall;
    return {
      ...this.#streamField(),
      callId: this.#callId(),
      state: this.#state,
      ...(leg === null ? {} : { legEndId: leg.trunkEnd, sipCallId: leg.sipCallId }),
    };
  }

  /** The state once the client has paused or resumed. */
  stateAfter(isPausedByClient: boolean): number {
    if (!this.isUp) return this.#state;
    return isPausedByClient || this.#isHeld() ? RECORDING_STATE.paused : RECORDING_STATE.recording;
  }

  pauseByClient(isPaused: boolean): void {
    this.#isPausedByClient = isPaused;
    this.#applyPause();
  }

  /** The call was held or retrieved. */
  onHoldChanged(): void {
    this.#applyPause();
  }

  /** The recorded end went over to another call. */
  onMoved(call: Call): void {
    this.#call = call;
    this.#status({ callId: this.#callId() });
    this.#applyPause();
  }

  /** The recorded person is on the call again by another end: unparked (devlink3.md §13.5). */
  onReplaced(end: End, call: Call): void {
    this.#end = end;
    if (this.#legCall !== null) {
      this.#legCall.recordedEnd = end.id;
      this.#delegate.onEvent(legDetailEvent(this.#legCall));
    }
    this.onMoved(call);
  }

  /** BYE, or CANCEL before the answer. */
  stop(reason: StopReason): void {
    if (this.isOver) return;
    // Over first: the SIP side reports the end of its leg at once.
    this.#finish(RECORDING_STATE.stopped, { reason });
    this.#leg?.hangUp(CAUSE_NORMAL);
  }

  /** Cancels timers without a word to anybody: the PBX closes. */
  close(): void {
    this.#settleTimer?.cancel();
    this.#maximumTimer?.cancel();
  }

  /** Under which the node that was asked reports the call. */
  #callId(): number {
    return this.#call.views.get(this.options.node) ?? this.#call.callId;
  }

  #afterDial(news: () => void): void {
    if (this.#early === null) news();
    else this.#early.push(news);
  }

  #onAnswered(): void {
    if (this.isOver || this.#legCall === null) return;
    this.#settleTimer?.cancel();
    this.#legCall.isAnswered = true;
    this.#state = RECORDING_STATE.recording;
    this.#delegate.onEvent(legDetailEvent(this.#legCall));
    this.#status({ legEndId: this.#legCall.trunkEnd, sipCallId: this.#legCall.sipCallId });
    const { maximumSeconds, clock } = this.options;
    if (maximumSeconds !== null) {
      this.#maximumTimer = clock.setTimer("pbx.recordingMaximum", maximumSeconds * 1000, () => {
        this.stop("max time");
      });
    }
    this.#applyPause();
  }

  #onFailed(status: number | null, reason: string): void {
    if (this.isOver) return;
    const sipStatus = status === null ? {} : { sipStatus: status };
    this.#finish(RECORDING_STATE.failed, { ...sipStatus, reason });
  }

  #onEnded(by: "pbx" | "recorder"): void {
    if (this.isOver) return;
    // By the PBX without being told to: its SIP side ran out of something (session refresh).
    const reason = by === "recorder" ? "recorder bye" : "resources";
    this.#finish(RECORDING_STATE.stopped, { reason });
  }

  #onNotSettled(): void {
    if (this.isOver || this.isUp) return;
    this.#finish(RECORDING_STATE.failed, { reason: "no answer" });
    this.#leg?.hangUp(CAUSE_TIMER);
  }

  /** Hold and the client's pause both stop the audio; the client hears of each change once. */
  #applyPause(): void {
    const isHeld = this.#isHeld();
    const isPaused = isHeld || this.#isPausedByClient;
    if (this.#state === RECORDING_STATE.recording && isPaused) {
      this.#state = RECORDING_STATE.paused;
      this.#leg?.hold();
      this.#status(isHeld ? { reason: "hold" } : {});
    } else if (this.#state === RECORDING_STATE.paused && !isPaused) {
      this.#state = RECORDING_STATE.recording;
      this.#leg?.retrieve();
      this.#status({});
    }
  }

  #isHeld(): boolean {
    return this.#call.isHeld && this.options.site.hold === "pause";
  }

  #finish(state: number, fields: RecordingFields): void {
    const isForgotten = this.#isForgotten && state === RECORDING_STATE.failed;
    this.#state = state;
    this.close();
    if (this.#legCall !== null) {
      this.#delegate.onEvent(legSipEvent(this.#legCall, "END"));
      for (const event of legLostEvents(this.#legCall)) {
        this.#delegate.onEvent(event);
      }
    }
    // A PBX that never sends its INVITE has forgotten the recording, and says nothing about it.
    if (!isForgotten) this.#status(fields);
    this.#delegate.onOver(this);
  }

  /** Recordings that nobody asked for have no status events. */
  #status(fields: RecordingFields): void {
    if (this.options.streamId === null) return;
    this.#delegate.onStatus({ ...this.#streamField(), state: this.#state, ...fields });
  }

  #streamField(): RecordingFields {
    return this.options.streamId === null ? {} : { streamId: this.options.streamId };
  }
}
