// The recordings: each SIP call from an IP Office becomes one. This service answers the call when
// the media plane has opened the files, tells the facts side what came, hears from it what it was,
// and hands the finished pair to storage (design.md §2).
import type {
  AssociationFacts,
  CallEvent,
  RecordingClues,
} from "../association-facts.ts";
import type { EndReason } from "../end-reason.ts";
import type { Logger } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import { explain, isWhy, type Outcome, type Why } from "../outcome.ts";
import type {
  CatalogRow,
  Clock,
  MediaEvent,
  MediaNegotiation,
  MediaPlane,
  Random,
} from "../ports/index.ts";
import { negotiationFrom } from "../sdp/answer.ts";
import type { SessionDescription } from "../sdp/session-description.ts";
import type { SessionEnd, SipSession, WireMessage } from "../sip/session.ts";
import { cluesOf } from "./clues.ts";
import { decideOutcome } from "./decide-outcome.ts";
import { OurDescription } from "./our-description.ts";
import { PauseRequests, type PauseAnswer, type PauseRequest } from "./pause-requests.ts";
import type { ResumePlan } from "./recovery-plan.ts";
import {
  associationEntry,
  catalogRow,
  eventEntry,
  type ClosedAudio,
  type Recording,
} from "./recording.ts";

/** After the dialog's end the facts side has this long (design.md §5, "Live pair and crash"). */
export const SETTLE_LIMIT_MS = 35_000;

/** A call rebuilt after a crash that is silent for this long is over (design.md §5). */
export const RECOVERY_SILENCE_MS = 10_000;

/** Above any that the process before the crash may have used. */
const RECOVERED_SDP_VERSION = 1_000;

export interface RecordingsDelegate {
  /** May call `associate` at once. */
  onBegan(clues: RecordingClues): void;
  /** The dialog is over; `settle` must follow within SETTLE_LIMIT_MS. */
  onEnded(recordingKey: string): void;
  /** The live pair is complete (or, discarded, gone). */
  onFinished(recordingKey: string, row: CatalogRow, outcome: Outcome): void;
  onAudio(recordingKey: string, sample: number, data: Uint8Array): void;
  onAudioEnded(recordingKey: string, reason: string): void;
}

export interface RecordingsOptions {
  readonly recorder: string;
  /** The address in our SDP. */
  readonly address: string;
  readonly rtpText: string;
  readonly maximumRecordings: number;
}

interface Ports {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** What others may see of a recording in progress. */
export interface RecordingView {
  readonly recordingKey: string;
  readonly liveStreamId: string | null;
  readonly sipCallId: string;
  readonly state: string;
  readonly isPaused: boolean;
  readonly beganTimeMs: number;
  readonly association: AssociationFacts | null;
}

export class Recordings {
  readonly #options: RecordingsOptions;
  readonly #ports: Ports;
  readonly #media: MediaPlane;
  readonly #delegate: RecordingsDelegate;
  readonly #byKey = new Map<string, Recording>();
  readonly #pauses: PauseRequests;
  #isClosing = false;
  #whenEmpty: (() => void) | null = null;

  constructor(
    options: RecordingsOptions,
    ports: Ports,
    media: MediaPlane,
    delegate: RecordingsDelegate,
  ) {
    this.#options = options;
    this.#ports = ports;
    this.#media = media;
    this.#delegate = delegate;
    this.#pauses = new PauseRequests(media);
  }

  // -- SIP side ------------------------------------------------------------------------------

  /** A call from an allowed source. */
  onInvite(session: SipSession): void {
    if (this.#isClosing || this.#byKey.size >= this.#options.maximumRecordings) {
      this.#ports.metrics.increment("sip_calls_refused_total");
      session.delegate = ignoreSession;
      session.reject(503, "Service Unavailable", [["Retry-After", "10"]]);
      return;
    }
    const negotiation = negotiationOf(session.offer, session.remote.host);
    if (negotiation === null) {
      session.delegate = ignoreSession;
      session.reject(488, "Not Acceptable Here", [
        ["Warning", '305 tapeline "No PCMU or PCMA audio in the offer"'],
      ]);
      return;
    }
    const recording = this.#create(session);
    session.delegate = this.#sessionDelegate(recording, session);
    this.#delegate.onBegan(
      cluesOf(session.request, {
        recordingKey: recording.recordingKey,
        callId: session.callId,
        sourceHost: session.remote.host,
      }),
    );
    const { association } = recording;
    recording.state = "opening";
    this.#media.post({
      type: "open",
      recordingKey: recording.recordingKey,
      header: this.#header(recording),
      entries: [
        { type: "sip", ...session.invite },
        ...(association === null ? [] : [associationEntry(association)]),
      ],
      negotiation,
    });
    recording.log.info("SIP call came in", { from: session.invite.from });
  }

  #create(session: SipSession): Recording {
    const beganTimeMs = Math.floor(this.#ports.clock.wallTimeMs());
    const recordingKey = `${this.#ports.random.uuid()}-${beganTimeMs}`;
    const recording = this.#blank({
      recordingKey,
      session,
      sipCallId: session.callId,
      beganTimeMs,
      recovered: false,
    });
    this.#add(recording);
    return recording;
  }

  #blank(identity: {
    readonly recordingKey: string;
    readonly session: SipSession | null;
    readonly sipCallId: string;
    readonly beganTimeMs: number;
    readonly recovered: boolean;
  }): Recording {
    const { recordingKey, sipCallId } = identity;
    return {
      ...identity,
      log: this.#ports.log.child({ sipCallId, recordingId: recordingKey }),
      state: "announced",
      association: null,
      anchor: null,
      isPaused: false,
      degradedBy: new Set(),
      verdict: null,
      endReason: null,
      closed: null,
      description: new OurDescription(
        this.#options.address,
        String(identity.beganTimeMs),
        identity.recovered ? RECOVERED_SDP_VERSION : 1,
      ),
      timer: null,
    };
  }

  #add(recording: Recording): void {
    this.#byKey.set(recording.recordingKey, recording);
    this.#ports.metrics.set("recordings_open", this.#byKey.size);
  }

  #header(recording: Recording) {
    const streamId = recording.association?.liveStreamId ?? null;
    return {
      type: "header",
      format: "tapeline-vrtx",
      version: 1,
      recordingKey: recording.recordingKey,
      recorder: this.#options.recorder,
      files: [`${recording.recordingKey}.ul`],
      codec: "PCMU",
      sampleRate: 8000,
      ...(streamId === null ? {} : { liveStreamId: streamId }),
      sipCallId: recording.sipCallId,
    };
  }

  #sessionDelegate(recording: Recording, session: SipSession): SipSession["delegate"] {
    const { recordingKey } = recording;
    return {
      onMessage: (message: WireMessage) => {
        if (message.direction === "in") this.#heard(recording);
        this.#media.post({ type: "journal", recordingKey, entry: { type: "sip", ...message } });
        recording.log.debug("SIP message", { direction: message.direction, text: message.text });
      },
      onConfirmed: () => recording.log.debug("SIP call confirmed"),
      onReoffer: (offer) => this.#reoffer(recording, session, offer),
      onAnswer: (answer) => this.#answered(recording, session, answer),
      onEnded: (end) => this.#sessionEnded(recording, end),
    };
  }

  #reoffer(
    recording: Recording,
    session: SipSession,
    offer: SessionDescription | null,
  ): { readonly sdp: string } | { readonly status: number } {
    if (offer === null) return { sdp: recording.description.offer() };
    const answer = recording.description.answer(offer, session.remote.host);
    if (!answer.ok) return { status: answer.status };
    const { negotiation, sdp } = answer;
    this.#media.post({ type: "renegotiate", recordingKey: recording.recordingKey, negotiation });
    return { sdp };
  }

  #answered(recording: Recording, session: SipSession, answer: SessionDescription): void {
    const negotiation = negotiationFrom(answer, session.remote.host);
    if (negotiation === null) return;
    this.#media.post({ type: "renegotiate", recordingKey: recording.recordingKey, negotiation });
  }

  #sessionEnded(recording: Recording, end: SessionEnd): void {
    if (end.cause === "rejected" || (end.cause === "cancelled" && recording.state === "opening")) {
      recording.state = "erasing";
      recording.log.info("SIP call ended before it was answered", { cause: end.cause });
      this.#media.post({ type: "close", recordingKey: recording.recordingKey });
      return;
    }
    this.#end(recording, end.cause === "cancelled" ? "cancelled" : end.cause);
  }

  // -- Media side ----------------------------------------------------------------------------

  onMediaEvent(event: MediaEvent): void {
    if (event.type === "pauseApplied") {
      this.#pauses.onApplied(event);
      return;
    }
    if (!("recordingKey" in event) || event.recordingKey === undefined) return;
    const recording = this.#byKey.get(event.recordingKey);
    if (recording === undefined) return;
    switch (event.type) {
      case "opened":
        return this.#opened(recording, event);
      case "openFailed":
        return this.#openFailed(recording, event);
      case "media":
        recording.anchor = { sample: event.sample, atMs: event.atMs };
        this.#heard(recording);
        recording.log.info("RTP arrives", { source: event.source, ssrc: event.ssrc });
        return;
      case "noMedia":
        return this.#noMedia(recording);
      case "degraded":
        if (isWhy(event.why)) recording.degradedBy.add(event.why);
        recording.log.warn("recording degraded", { why: event.why });
        return;
      case "audio":
        return this.#delegate.onAudio(event.recordingKey, event.sample, event.data);
      case "closed":
        return this.#closed(recording, event);
      case "finished":
        return this.#finished(recording);
      case "notice":
      case "failed":
        recording.log.warn(event.detail, { code: event.code });
        return;
    }
  }

  #opened(recording: Recording, event: MediaEvent & { type: "opened" }): void {
    recording.description.rtpPort = event.rtpPort;
    if (event.inMemory) recording.log.warn("live disk is slow, recording into memory");
    if (recording.state !== "opening") return;
    recording.state = "answered";
    if (recording.recovered) return this.#resumed(recording);
    const { session } = recording;
    if (session === null) return;
    const sdp = this.#firstDescription(recording, session);
    if (sdp === null) return session.reject(488, "Not Acceptable Here");
    this.#ports.metrics.increment("sip_calls_accepted_total");
    session.accept(sdp);
    recording.log.info("SIP call answered", { rtpPort: event.rtpPort });
  }

  #firstDescription(recording: Recording, session: SipSession): string | null {
    if (session.offer === null) return recording.description.offer();
    const answer = recording.description.answer(session.offer, session.remote.host);
    return answer.ok ? answer.sdp : null;
  }

  #openFailed(recording: Recording, event: MediaEvent & { type: "openFailed" }): void {
    recording.log.error(event.detail, { code: event.code });
    this.#forget(recording);
    recording.session?.reject(503, "Service Unavailable", [["Retry-After", "10"]]);
  }

  #noMedia(recording: Recording): void {
    const { sentence, remedy } = explain("no-media", {
      recorder: `${this.#options.address}:${this.#options.rtpText}`,
      pbx: recording.session?.remote.host ?? "?",
    });
    recording.log.warn(`${sentence} ${remedy}`, { code: "no-media" });
  }

  // -- The end -------------------------------------------------------------------------------

  #end(recording: Recording, reason: EndReason): void {
    if (recording.state !== "opening" && recording.state !== "answered") return;
    recording.state = "ending";
    recording.endReason = reason;
    recording.timer?.cancel();
    recording.timer = this.#ports.clock.setTimer("recording.settle", SETTLE_LIMIT_MS, () => {
      this.settle(recording.recordingKey, { keep: true, why: null });
    });
    recording.log.info("SIP call ended", { reason });
    this.#media.post({ type: "close", recordingKey: recording.recordingKey });
    this.#delegate.onEnded(recording.recordingKey);
  }

  #closed(recording: Recording, event: MediaEvent & { type: "closed" }): void {
    const { samples, sha256, startTimeMs, statistics } = event;
    recording.closed = { samples, sha256, startTimeMs, statistics };
    this.#delegate.onAudioEnded(recording.recordingKey, recording.endReason ?? "cancelled");
    if (recording.state === "erasing") {
      this.#media.post({ type: "erase", recordingKey: recording.recordingKey });
      return;
    }
    recording.state = "settling";
    this.#finishWhenSettled(recording);
  }

  #finishWhenSettled(recording: Recording): void {
    const { verdict, closed } = recording;
    if (recording.state !== "settling" || verdict === null || closed === null) return;
    recording.state = "finishing";
    recording.timer?.cancel();
    const { outcome, why } = this.#decide(recording, closed, verdict);
    const { recordingKey } = recording;
    if (outcome === "discarded" || outcome === "blocked") {
      this.#media.post({ type: "erase", recordingKey });
      return;
    }
    this.#media.post({
      type: "journal",
      recordingKey,
      entry: { type: "statistics", ...closed.statistics },
    });
    this.#media.post({
      type: "finish",
      recordingKey,
      end: {
        type: "end",
        reason: recording.endReason ?? "recovered",
        outcome,
        ...(why === null ? {} : { why }),
        samples: closed.samples,
        sha256: closed.sha256,
        ...(recording.recovered ? { recovered: true } : {}),
      },
    });
  }

  #decide(
    recording: Recording,
    closed: ClosedAudio,
    verdict: { readonly keep: boolean; readonly why: Why | null },
  ) {
    return decideOutcome({
      samples: closed.samples,
      endReason: recording.endReason ?? "recovered",
      statistics: closed.statistics,
      degradedBy: recording.degradedBy,
      verdict,
    });
  }

  #finished(recording: Recording): void {
    const { closed, verdict } = recording;
    const wasErased = recording.state === "erasing";
    this.#forget(recording);
    if (wasErased || closed === null || verdict === null) return;
    const decided = this.#decide(recording, closed, verdict);
    this.#ports.metrics.increment("recordings_total");
    recording.log.info("recording complete", {
      liveStreamId: recording.association?.liveStreamId ?? null,
      samples: closed.samples,
      ...decided,
    });
    const row = catalogRow(recording, closed, decided);
    this.#delegate.onFinished(recording.recordingKey, row, decided.outcome);
  }

  #forget(recording: Recording): void {
    recording.state = "done";
    recording.timer?.cancel();
    this.#byKey.delete(recording.recordingKey);
    this.#ports.metrics.set("recordings_open", this.#byKey.size);
    if (this.#byKey.size === 0) this.#whenEmpty?.();
  }

  // -- Facts side ----------------------------------------------------------------------------

  associate(recordingKey: string, facts: AssociationFacts): void {
    const recording = this.#byKey.get(recordingKey);
    if (recording === undefined) return;
    recording.association = facts;
    recording.log.info("recording associated", {
      rung: facts.rung,
      liveStreamId: facts.liveStreamId,
      deviceCallId: facts.deviceCallId,
      agent: facts.agent,
    });
    if (facts.rung === "orphan") this.#ports.metrics.increment("recordings_orphan_total");
    // Before `open` is posted the entry goes with it.
    if (recording.state === "announced") return;
    this.#media.post({ type: "journal", recordingKey, entry: associationEntry(facts) });
  }

  callEvent(recordingKey: string, event: CallEvent): void {
    const recording = this.#byKey.get(recordingKey);
    if (recording === undefined || recording.state === "finishing") return;
    this.#media.post({ type: "journal", recordingKey, entry: eventEntry(recording, event) });
  }

  settle(
    recordingKey: string,
    verdict: { readonly keep: boolean; readonly why: Why | null },
  ): void {
    const recording = this.#byKey.get(recordingKey);
    if (recording === undefined || recording.verdict !== null) return;
    recording.verdict = verdict;
    this.#finishWhenSettled(recording);
  }

  /** Ends the SIP call: the part is over. */
  stop(recordingKey: string): void {
    this.#byKey.get(recordingKey)?.session?.bye();
  }

  // -- People --------------------------------------------------------------------------------

  /** Resolves once the edge is fixed in the media plane. */
  async pause(
    recordingKey: string,
    action: "pause" | "resume",
    request: PauseRequest,
  ): Promise<PauseAnswer> {
    const recording = this.#byKey.get(recordingKey);
    if (recording === undefined || recording.state !== "answered") {
      return { result: "no-recording", sample: 0 };
    }
    const answer = await this.#pauses.ask(recordingKey, action, request);
    if (answer.result === "applied") recording.isPaused = action === "pause";
    recording.log.info(`${action} requested`, { by: request.by, via: request.via, ...answer });
    return answer;
  }

  /** Recordings in progress, oldest first. */
  list(): RecordingView[] {
    return [...this.#byKey.values()].map((recording) => ({
      recordingKey: recording.recordingKey,
      liveStreamId: recording.association?.liveStreamId ?? null,
      sipCallId: recording.sipCallId,
      state: recording.state,
      isPaused: recording.isPaused,
      beganTimeMs: recording.beganTimeMs,
      association: recording.association,
    }));
  }

  // -- Restart and stop ----------------------------------------------------------------------

  /** Goes on with a live pair that a crash left behind. */
  resume(plan: ResumePlan, session: SipSession | null): Recording {
    const { recordingKey, association } = plan;
    const recording: Recording = {
      ...this.#blank({
        recordingKey,
        session,
        sipCallId: plan.sipCallId,
        beganTimeMs: plan.beganTimeMs,
        recovered: true,
      }),
      state: "opening",
      association,
      isPaused: plan.isPaused,
    };
    this.#add(recording);
    if (!plan.isDialogOver) recording.degradedBy.add("restart");
    recording.endReason = plan.endReason;
    if (session !== null) session.delegate = this.#sessionDelegate(recording, session);
    this.#media.post({
      type: "resumeFile",
      recordingKey,
      negotiation: plan.negotiation,
      rtpPort: plan.rtpPort,
      entries: [],
    });
    recording.log.info("recording found after a restart", { isDialogOver: plan.isDialogOver });
    return recording;
  }

  #resumed(recording: Recording): void {
    if (recording.session === null) return this.#end(recording, recording.endReason ?? "recovered");
    recording.timer = this.#ports.clock.setTimer("recording.silence", RECOVERY_SILENCE_MS, () => {
      this.#end(recording, "recovered");
      recording.session?.bye();
    });
  }

  /** A packet or a SIP message shows that a recovered call is still up. */
  #heard(recording: Recording): void {
    if (recording.recovered && recording.state === "answered") recording.timer?.cancel();
  }

  /** Ends every call, keeps every recording; resolves when all pairs are complete. */
  async close(): Promise<void> {
    this.#isClosing = true;
    for (const recording of this.#byKey.values()) {
      recording.session?.bye("shutdown");
      this.#end(recording, "shutdown");
      this.settle(recording.recordingKey, { keep: true, why: null });
    }
    if (this.#byKey.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#whenEmpty = resolve;
    });
  }
}

/** Without an offer all is open until the answer comes in the ACK. */
function negotiationOf(
  offer: SessionDescription | null,
  signallingHost: string,
): MediaNegotiation | null {
  if (offer !== null) return negotiationFrom(offer, signallingHost);
  return {
    remote: null,
    signallingHost,
    payloadTypes: { pcmu: 0, pcma: 8, telephoneEvent: 101, comfortNoise: 13 },
    expectsMedia: true,
  };
}

const ignoreSession: SipSession["delegate"] = {
  onMessage: () => undefined,
  onConfirmed: () => undefined,
  onReoffer: () => ({ status: 488 }),
  onAnswer: () => undefined,
  onEnded: () => undefined,
};
