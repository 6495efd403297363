// The PBX's side of recording: requests of dl3rec/1 with all their results, the recordings in
// progress, and dialling on its own where the site says `record: always`. devlink3.md §13.
import type { Clock } from "@tapeline/recorder/ports";
import { PARTY_FLAG, STATE } from "../wire/delta3.ts";
import {
  RECORDING_OPERATION,
  RECORDING_RESULT,
  RECORDING_STATE,
  type RecordingFields,
  type RecordingRequest,
} from "../wire/recording-extension.ts";
import type { PbxEvent } from "./call-records.ts";
import type { Call, End } from "./call-state.ts";
import type { Calls } from "./calls.ts";
import type { RecordingClient } from "./devlink3-connection.ts";
import type { DevLink3Oddities } from "./devlink3-oddities.ts";
import type { Identifiers } from "./identifiers.ts";
import { Recording, type RecordingOptions } from "./recording.ts";
import type { SipCallerService } from "./recording-leg.ts";
import type { Site } from "./site.ts";
import { checkRequest, readStart, type Refusal, type StartRequest } from "./start-request.ts";
import type { TruthLog } from "./truth-log.ts";
import type { Vcm } from "./vcm.ts";

/** What a client is told to wait when resources are short. */
export const RETRY_AFTER_MS = 5000;
/** A STOP is still a success this long after the end. */
const ENDED_MEMORY_MS = 60_000;
const MAXIMUM_ENDED = 10_000;

export interface RecordingControlOptions {
  readonly site: Site;
  readonly oddities: DevLink3Oddities;
  readonly calls: Calls;
  readonly vcm: Vcm;
  readonly truth: TruthLog;
  readonly identifiers: Identifiers;
  readonly sipCaller: SipCallerService;
  readonly clock: Clock;
}

export interface RecordingControlDelegate {
  onEvent(event: PbxEvent): void;
  onStatus(fields: RecordingFields): void;
}

/** null = nothing is answered (oddity). */
type StartVerdict = Refusal | { readonly recording: Recording; readonly isNew: boolean } | null;

export class RecordingControl {
  readonly #options: RecordingControlOptions;
  readonly #delegate: RecordingControlDelegate;
  readonly #active = new Set<Recording>();
  /** Stream ids of ended recordings, with the time of the end. */
  readonly #endedMs = new Map<string, number>();

  constructor(options: RecordingControlOptions, delegate: RecordingControlDelegate) {
    this.#options = options;
    this.#delegate = delegate;
  }

  /** Recordings in progress, oldest first. */
  active(): Recording[] {
    return [...this.#active];
  }

  /** Details of the legs, for the snapshot at the start of a stream. */
  snapshot(): PbxEvent[] {
    return this.active()
      .map((recording) => recording.detail())
      .filter((event) => event !== null);
  }

  handle(request: RecordingRequest, client: RecordingClient): void {
    const refusal = checkRequest(request);
    if (refusal !== null) {
      this.#refuse(request, refusal, client);
      return;
    }
    switch (request.operation) {
      case RECORDING_OPERATION.start:
        this.#onStart(request, client);
        break;
      case RECORDING_OPERATION.query:
        this.#onQuery(request.fields.streamId, client);
        break;
      default:
        this.#onChange(request, client);
    }
  }

  /** Somebody answered or joined: with `record: always` that is when the PBX dials. */
  onJoined(call: Call, end: End): void {
    const { site, vcm, truth } = this.#options;
    if (site.record !== "always" || site.recorder === null) return;
    if (this.active().some((recording) => recording.call === call)) return;
    const recorded = end.person.user === null ? call.other(end) : end;
    if (recorded === null || recorded.person.user === null || isForbidden(call)) return;
    if (!this.#options.calls.allowsRecording(call.node) || !vcm.take("recording")) {
      truth.refuse("", RECORDING_RESULT.vcmExhausted);
      return;
    }
    this.#begin({
      streamId: null,
      recorderUri: site.recorder,
      correlationData: null,
      maximumSeconds: null,
      node: call.node,
      end: recorded,
      call,
    }).dial();
  }

  onHoldChanged(call: Call): void {
    for (const recording of this.active()) {
      if (recording.call === call) recording.onHoldChanged();
    }
  }

  onEndGone(end: End, why: "party left" | "call ended"): void {
    this.#ofEnd(end.id)?.stop(why);
  }

  onEndMoved(end: End, call: Call): void {
    this.#ofEnd(end.id)?.onMoved(call);
  }

  /** The same person is on the call again by another end. */
  onEndReplaced(old: End, end: End, call: Call): void {
    this.#ofEnd(old.id)?.onReplaced(end, call);
  }

  /** The call has become private, or its parties do not consent (site option privateCall). */
  onForbidden(call: Call): void {
    if (this.#options.site.privateCall === "tell") return;
    for (const recording of this.active()) {
      if (isHeardBy(recording.call, call)) recording.stop("stop");
    }
  }

  /** The node has restarted: no recording is there any more, and nobody is told. */
  forgetAll(): void {
    for (const recording of this.#active) {
      recording.close();
      this.#options.vcm.release("recording");
    }
    this.#active.clear();
    this.#endedMs.clear();
  }

  close(): void {
    for (const recording of this.#active) recording.close();
    this.#active.clear();
  }

  #ofEnd(endId: string): Recording | undefined {
    return this.active().find((recording) => recording.endId === endId);
  }

  #ofStream(streamId: string | undefined): Recording | undefined {
    return this.active().find((recording) => recording.streamId === streamId);
  }

  #refuse(request: RecordingRequest, refusal: Refusal, client: RecordingClient): void {
    const { streamId } = request.fields;
    if (request.operation === RECORDING_OPERATION.start) {
      this.#options.truth.refuse(streamId ?? "", refusal.result);
    }
    client.respond(refusal.result, { ...idField(streamId), ...refusal.fields });
  }

  #onStart(request: RecordingRequest, client: RecordingClient): void {
    const start = readStart(request.fields);
    if (!start.ok) {
      this.#refuse(request, start.refusal, client);
      return;
    }
    const verdict = this.#judgeStart(start.value);
    if (verdict === null) return;
    if ("result" in verdict) {
      this.#refuse(request, verdict, client);
      return;
    }
    // The response says "accepted"; the outcome follows as status events.
    const { recording, isNew } = verdict;
    const { streamId } = start.value;
    client.respond(RECORDING_RESULT.success, { streamId, state: recording.state });
    if (isNew) recording.dial();
  }

  #judgeStart(start: StartRequest): StartVerdict {
    const { oddities, vcm, truth } = this.#options;
    const same = this.#ofStream(start.streamId);
    if (same !== undefined) {
      // START again for the same end is answered with how things stand.
      if (same.endId === start.endId) return { recording: same, isNew: false };
      return { result: RECORDING_RESULT.duplicateStreamId, fields: {} };
    }
    if (oddities.refuseStart !== null) return { result: oddities.refuseStart, fields: {} };
    const found = this.#findEnd(start);
    if ("result" in found) return found;
    if (!this.#options.calls.allowsRecording(found.call.node)) {
      const fields = { retryAfterMs: RETRY_AFTER_MS };
      return { result: RECORDING_RESULT.conferenceExhausted, fields };
    }
    if (!vcm.take("recording")) {
      if (oddities.vcmRefusal === "silence") {
        truth.refuse(start.streamId, RECORDING_RESULT.vcmExhausted);
        return null;
      }
      const fields = { retryAfterMs: RETRY_AFTER_MS };
      return { result: RECORDING_RESULT.vcmExhausted, fields };
    }
    return { recording: this.#begin({ ...start, ...found }), isNew: true };
  }

  #findEnd(start: StartRequest): Refusal | { readonly call: Call; readonly end: End } {
    const call = this.#options.calls.callAt(start.node, start.callId);
    if (call === undefined) return { result: RECORDING_RESULT.noSuchCall, fields: {} };
    const end = call.ends.find((each) => each.id === start.endId);
    if (end === undefined) return { result: RECORDING_RESULT.noSuchParty, fields: {} };
    if (end.state !== STATE.connected) return { result: RECORDING_RESULT.notConnected, fields: {} };
    const other = this.#ofEnd(end.id);
    if (other !== undefined) {
      const fields = other.streamId === null ? {} : { streamId: other.streamId };
      return { result: RECORDING_RESULT.alreadyRecording, fields };
    }
    if (isForbidden(call)) {
      return { result: RECORDING_RESULT.notPermitted, fields: {} };
    }
    return { call, end };
  }

  #begin(
    about: Pick<
      RecordingOptions,
      "node" | "streamId" | "recorderUri" | "correlationData" | "maximumSeconds" | "end" | "call"
    >,
  ): Recording {
    const { node, streamId, recorderUri, correlationData, maximumSeconds, end, call } = about;
    const { site, clock, identifiers, truth, sipCaller } = this.#options;
    const recording = new Recording(
      {
        site,
        clock,
        identifiers,
        truth,
        sipCaller,
        streamId,
        recorderUri,
        correlationData,
        maximumSeconds,
        node,
        end,
        call,
      },
      {
        onEvent: (event) => this.#delegate.onEvent(event),
        onStatus: (fields) => this.#delegate.onStatus(fields),
        onOver: (over) => this.#onOver(over),
      },
    );
    this.#active.add(recording);
    return recording;
  }

  #onOver(recording: Recording): void {
    if (!this.#active.delete(recording)) return;
    this.#options.vcm.release("recording");
    if (recording.streamId === null) return;
    const nowMs = this.#options.clock.nowMs();
    this.#endedMs.delete(recording.streamId);
    this.#endedMs.set(recording.streamId, nowMs);
    for (const [streamId, endedMs] of this.#endedMs) {
      if (nowMs - endedMs < ENDED_MEMORY_MS && this.#endedMs.size <= MAXIMUM_ENDED) break;
      this.#endedMs.delete(streamId);
    }
  }

  /** STOP, PAUSE, RESUME. */
  #onChange(request: RecordingRequest, client: RecordingClient): void {
    const { streamId } = request.fields;
    const recording = this.#ofStream(streamId);
    if (recording === undefined) {
      this.#onChangeOfNone(request, client);
      return;
    }
    // Responses come before the status events that they cause.
    const isStop = request.operation === RECORDING_OPERATION.stop;
    const isPause = request.operation === RECORDING_OPERATION.pause;
    const state = isStop ? RECORDING_STATE.stopped : recording.stateAfter(isPause);
    client.respond(RECORDING_RESULT.success, { ...idField(streamId), state });
    if (isStop) recording.stop("stop");
    else recording.pauseByClient(isPause);
  }

  #onChangeOfNone(request: RecordingRequest, client: RecordingClient): void {
    const { streamId } = request.fields;
    const endedMs = this.#endedMs.get(streamId ?? "");
    const nowMs = this.#options.clock.nowMs();
    const isRecent = endedMs !== undefined && nowMs - endedMs < ENDED_MEMORY_MS;
    if (isRecent && request.operation === RECORDING_OPERATION.stop) {
      const state = RECORDING_STATE.stopped;
      client.respond(RECORDING_RESULT.success, { ...idField(streamId), state });
      return;
    }
    client.respond(RECORDING_RESULT.noSuchRecording, idField(streamId));
  }

  /** One status event a recording, then the response. */
  #onQuery(streamId: string | undefined, client: RecordingClient): void {
    const asked = this.active().filter(
      (each) => each.streamId !== null && (streamId === undefined || each.streamId === streamId),
    );
    for (const recording of asked) client.status(recording.statusFields());
    const [only] = asked;
    if (streamId !== undefined && only === undefined) {
      client.respond(RECORDING_RESULT.noSuchRecording, { streamId });
      return;
    }
    const state = streamId === undefined || only === undefined ? {} : { state: only.state };
    client.respond(RECORDING_RESULT.success, { ...idField(streamId), ...state });
  }
}

/** A party's call is private, or a party refused: that goes for all who hear each other. */
function isForbidden(call: Call): boolean {
  const calls = call.conference === null ? [call] : [...call.conference.members];
  const flags = PARTY_FLAG.privacy | PARTY_FLAG.consentRefused;
  return calls.some(({ ends }) => ends.some((end) => (end.flags & flags) !== 0));
}

function isHeardBy(call: Call, other: Call): boolean {
  return call === other || call.conference?.members.has(other) === true;
}

function idField(streamId: string | undefined): RecordingFields {
  return streamId === undefined ? {} : { streamId };
}
