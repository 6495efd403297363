// The recordings: each SIP call from an IP Office becomes one. This service answers the call when
// the media plane has opened the files, tells the facts side what came, hears from it what it was,
// and hands the finished pair to storage (design.md §2).
import type { AssociationFacts, CallEvent, RecordingClues } from "../association-facts.ts";
import type { EndReason } from "../end-reason.ts";
import type { Logger } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { RuleMatchFacts, RulesVerdict } from "../facts-contract.ts";
import { explain, isWhy, type Outcome } from "../outcome.ts";
import type { CatalogRow, Clock, MediaEvent, MediaPlane, Random } from "../ports/index.ts";
import type { SessionEnd, SipSession } from "../sip/session.ts";
import { cluesOf } from "./clues.ts";
import {
  dialogDelegate,
  firstDescription,
  hiddenKeys,
  negotiationOf,
  refuse,
  type DialogListener,
  whyRefused,
} from "./dialog-side.ts";
import { decide, finalCommands, isUnwanted, type Decided } from "./final-commands.ts";
import { associationEntry, eventEntry, headerEntry, ruleEntry } from "./journal-entries.ts";
import { NewRecordings } from "./new-recordings.ts";
import {
  PauseRequests,
  type PauseAnswer,
  type PauseOptions,
  type PauseRequest,
} from "./pause-requests.ts";
import type { ResumePlan } from "./recovery-plan.ts";
import { RevivedCalls } from "./revived-calls.ts";
import {
  catalogRow,
  isUp,
  viewOf,
  type ClosedAudio,
  type Recording,
  type RecordingView,
} from "./recording.ts";

export type { RecordingView } from "./recording.ts";

/** After the dialog's end the facts side has this long (design.md §5, "Live pair and crash"). */
export const SETTLE_LIMIT_MS = 35_000;

/** A dialog that cannot be ended in this time (no ACK came) does not hold up a stop. */
const CLOSE_PATIENCE_MS = 5_000;

/**
 * Recordings whose call is over wait for their association and for the disk; so many of them, for
 * each that may be up, that a limit on calls is one on calls.
 */
const WAITING_SHARE = 4;

/** Of a recording in progress; a stream begins with `started` and is over with `ended`. */
export type RecordingNews =
  | { readonly type: "started" | "associated" }
  | {
      readonly type: "paused" | "resumed";
      readonly sample: number;
      readonly by: string;
      readonly via: string;
    }
  | { readonly type: "ended"; readonly reason: string; readonly samples: number };

export interface RecordingsDelegate {
  /** May call `associate` at once. */
  onBegan(clues: RecordingClues): void;
  /** The dialog is over; `settle` must follow within SETTLE_LIMIT_MS. */
  onEnded(recordingKey: string): void;
  /** It is about to be erased. True once the trace of that is on the medium; else it stays. */
  onDiscard(row: CatalogRow): Promise<boolean>;
  /** The live pair is complete (or, discarded, gone). */
  onFinished(recordingKey: string, row: CatalogRow, outcome: Outcome): void;
  onAudio(event: MediaEvent & { readonly type: "audio" }): void;
  /** What listeners, and who watches the live streams, are to hear of. */
  onNews(view: RecordingView, news: RecordingNews): void;
}

export interface RecordingsOptions {
  readonly recorder: string;
  /** The address in our SDP. */
  readonly address: string;
  readonly rtpText: string;
  readonly maximumRecordings: number;
  readonly pause: () => PauseOptions;
}

const RETRY_LATER = ["Retry-After", "10"] as const;

interface Ports {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics: Metrics;
}

export class Recordings {
  readonly #options: RecordingsOptions;
  readonly #ports: Ports;
  readonly #media: MediaPlane;
  readonly #delegate: RecordingsDelegate;
  readonly #made: NewRecordings;
  readonly #byKey = new Map<string, Recording>();
  readonly #pauses: PauseRequests;
  readonly #revived: RevivedCalls;
  /** Over before their dialog is: the answer to our BYE is still to stand in the journal. */
  readonly #hangingUp = new Set<string>();
  readonly #dialogs: DialogListener = {
    onHeard: ({ recordingKey }) => this.#revived.onMessage(recordingKey),
    onNegotiated: ({ recordingKey }, expectsMedia) =>
      this.#revived.onNegotiated(recordingKey, expectsMedia),
    onEnded: (recording, end) => this.#sessionEnded(recording, end),
  };
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
    this.#made = new NewRecordings(options.address, ports);
    this.#media = media;
    this.#delegate = delegate;
    this.#revived = new RevivedCalls(ports.clock, (key) => this.#silent(key));
    this.#pauses = new PauseRequests(
      { media, clock: ports.clock },
      options.pause,
      (key, request) => void this.pause(key, "resume", request),
    );
  }

  // -- SIP side ------------------------------------------------------------------------------

  /** A call from an allowed source. */
  onInvite(session: SipSession): void {
    if (this.#isClosing || this.#isFull()) {
      this.#ports.metrics.increment("sip_calls_refused_total");
      return refuse(session, 503, { phrase: "Service Unavailable", header: RETRY_LATER });
    }
    const negotiation = negotiationOf(session);
    if (negotiation === null) {
      const header = ["Warning", `305 tapeline "${whyRefused(session)}"`] as const;
      return refuse(session, 488, { phrase: "Not Acceptable Here", header });
    }
    const recording = this.#made.ofCall(session);
    this.#add(recording);
    session.delegate = this.#dialogDelegate(recording, session);
    this.#delegate.onBegan(
      cluesOf(session.request, {
        recordingKey: recording.recordingKey,
        callId: session.callId,
        sourceHost: session.remote.host,
      }),
    );
    const { association } = recording;
    recording.state = "opening";
    const { entry, ...keys } = hiddenKeys(recording, session.invite);
    this.#media.post({
      type: "open",
      recordingKey: recording.recordingKey,
      header: headerEntry(recording, this.#options.recorder),
      entries: [entry, ...(association === null ? [] : [associationEntry(association)])],
      negotiation,
      ...keys,
    });
    this.#followPauseRule(recording);
    recording.log.info("SIP call came in", { from: session.invite.from });
  }

  #isFull(): boolean {
    const { maximumRecordings } = this.#options;
    if (this.#byKey.size < maximumRecordings) return false;
    if (this.#byKey.size >= maximumRecordings * WAITING_SHARE) return true;
    return [...this.#byKey.values()].filter(isUp).length >= maximumRecordings;
  }

  #add(recording: Recording): void {
    this.#byKey.set(recording.recordingKey, recording);
    this.#ports.metrics.set("recordings_open", this.#byKey.size);
  }

  #dialogDelegate(recording: Recording, session: SipSession): SipSession["delegate"] {
    return dialogDelegate(recording, session, { media: this.#media, listener: this.#dialogs });
  }

  #sessionEnded(recording: Recording, end: SessionEnd): void {
    if (recording.state === "done") return;
    if (this.#hangingUp.delete(recording.recordingKey)) return this.#finishWhenSettled(recording);
    const wasAnswered = recording.recovered || recording.state !== "opening";
    if (end.cause !== "rejected" && wasAnswered) {
      const isOurStop = this.#isClosing && end.cause === "local-bye";
      const atMs = end.cause === "remote-bye" ? end.atMs : this.#ports.clock.nowMs();
      return this.#end(recording, isOurStop ? "shutdown" : end.cause, atMs);
    }
    // No 200 was sent: nobody was promised a recording.
    recording.state = "erasing";
    recording.log.info("SIP call ended before it was answered", { cause: end.cause });
    this.#media.post({ type: "close", recordingKey: recording.recordingKey });
    this.#delegate.onEnded(recording.recordingKey);
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
        this.#revived.settle(recording.recordingKey);
        recording.log.info("RTP arrives", { source: event.source, ssrc: event.ssrc });
        return;
      case "noMedia":
        return this.#noMedia(recording);
      case "degraded":
        if (isWhy(event.why)) recording.degradedBy.add(event.why);
        recording.log.warn("recording degraded", { why: event.why });
        return;
      case "audio":
        return this.#delegate.onAudio(event);
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
    this.#delegate.onNews(viewOf(recording), { type: "started" });
    if (recording.recovered) return this.#resumed(recording, event.samples);
    const { session } = recording;
    if (session === null) return;
    const sdp = firstDescription(recording, session);
    if (sdp === null) return session.reject(488, "Not Acceptable Here");
    this.#ports.metrics.increment("sip_calls_accepted_total");
    session.accept(sdp);
    recording.log.info("SIP call answered", { rtpPort: event.rtpPort });
  }

  #openFailed(recording: Recording, event: MediaEvent & { type: "openFailed" }): void {
    const { session, state, recovered, recordingKey } = recording;
    recording.log.error(event.detail, { code: event.code });
    this.#forget(recording);
    if (state !== "opening") return;
    if (recovered) {
      // The pair stays as it is for the next start; nothing more can be recorded of this call.
      session?.bye();
    } else {
      this.#ports.metrics.increment("sip_calls_refused_total");
      session?.reject(503, "Service Unavailable", [RETRY_LATER]);
    }
    this.#delegate.onEnded(recordingKey);
  }

  #noMedia(recording: Recording): void {
    const { sentence, remedy } = explain("no-media", {
      recorder: `${this.#options.address}:${this.#options.rtpText}`,
      pbx: recording.session?.remote.host ?? "?",
    });
    recording.log.warn(`${sentence} ${remedy}`, { code: "no-media" });
  }

  // -- The end -------------------------------------------------------------------------------

  /** The call was over at `atMs`. */
  #end(recording: Recording, reason: EndReason, atMs = this.#ports.clock.nowMs()): void {
    if (recording.state !== "opening" && recording.state !== "answered") return;
    recording.state = "ending";
    this.#pauses.ended(recording.recordingKey);
    this.#revived.settle(recording.recordingKey);
    recording.endReason = reason;
    recording.timer?.cancel();
    recording.timer = this.#ports.clock.setTimer("recording.settle", SETTLE_LIMIT_MS, () => {
      this.settle(recording.recordingKey, { keep: true, why: null });
    });
    recording.log.info("SIP call ended", { reason });
    this.#media.post({ type: "close", recordingKey: recording.recordingKey, atMs });
    this.#delegate.onEnded(recording.recordingKey);
  }

  #closed(recording: Recording, event: MediaEvent & { type: "closed" }): void {
    const { samples, sha256, startTimeMs, statistics } = event;
    recording.closed = { samples, sha256, startTimeMs, statistics };
    recording.log.debug("audio closed", { samples, sha256, ...statistics });
    this.#ports.metrics.increment("rtp_packets_lost_total", statistics.packetsLost);
    const reason = recording.endReason ?? "cancelled";
    this.#delegate.onNews(viewOf(recording), { type: "ended", reason, samples });
    if (recording.state === "erasing") {
      this.#media.post({ type: "erase", recordingKey: recording.recordingKey });
      return;
    }
    recording.state = "settling";
    for (const held of recording.heldEvents) this.#tellEvent(recording, held);
    recording.heldEvents = [];
    this.#finishWhenSettled(recording);
  }

  #finishWhenSettled(recording: Recording): void {
    const { verdict, closed } = recording;
    if (recording.state !== "settling" || verdict === null || closed === null) return;
    if (this.#hangingUp.has(recording.recordingKey)) return;
    recording.timer?.cancel();
    const decided = decide(recording, closed, verdict);
    if (isUnwanted(decided)) void this.#noteDiscard(recording, closed, decided);
    else this.#finish(recording, closed, decided);
  }

  /** "A discard leaves a row": first the row, then the erasure, so that a crash leaves either. */
  async #noteDiscard(recording: Recording, closed: ClosedAudio, decided: Decided): Promise<void> {
    recording.state = "noting";
    const isNoted = await this.#delegate.onDiscard(catalogRow(recording, closed, decided));
    // A stop may have lost its patience with the disk.
    if (recording.state !== "noting") return;
    // Without its row the pair stays, for the next start.
    if (isNoted) this.#finish(recording, closed, decided);
    else this.#forget(recording);
  }

  #finish(recording: Recording, closed: ClosedAudio, decided: Decided): void {
    recording.state = "finishing";
    for (const command of finalCommands(recording, closed, decided)) this.#media.post(command);
  }

  #finished(recording: Recording): void {
    const { closed, verdict } = recording;
    const wasErased = recording.state === "erasing";
    this.#forget(recording);
    if (wasErased || closed === null || verdict === null) return;
    const decided = decide(recording, closed, verdict);
    this.#ports.metrics.increment("recordings_total");
    recording.log.info("recording complete", { samples: closed.samples, ...decided });
    const row = catalogRow(recording, closed, decided);
    this.#delegate.onFinished(recording.recordingKey, row, decided.outcome);
  }

  #forget(recording: Recording): void {
    recording.state = "done";
    recording.timer?.cancel();
    this.#byKey.delete(recording.recordingKey);
    this.#hangingUp.delete(recording.recordingKey);
    this.#revived.settle(recording.recordingKey);
    this.#pauses.forget(recording.recordingKey);
    this.#ports.metrics.set("recordings_open", this.#byKey.size);
    if (this.#byKey.size === 0) this.#whenEmpty?.();
  }

  // -- Facts side ----------------------------------------------------------------------------

  associate(recordingKey: string, facts: AssociationFacts): void {
    const recording = this.#byKey.get(recordingKey);
    if (recording === undefined || isDecided(recording)) return;
    // A START that was asked anew after a restart has another id than the stream that goes on.
    const liveStreamId = recording.headerStreamId ?? facts.liveStreamId;
    recording.association = { ...facts, liveStreamId };
    recording.log = this.#made.logOf(recording);
    recording.log.info("recording associated", {
      rung: facts.rung,
      deviceCallId: facts.deviceCallId,
      agent: facts.agent,
    });
    if (facts.rung === "orphan") this.#ports.metrics.increment("recordings_orphan_total");
    this.#delegate.onNews(viewOf(recording), { type: "associated" });
    // Before `open` is posted the entry goes with it.
    if (recording.state === "announced") return;
    this.#media.post({
      type: "journal",
      recordingKey,
      entry: associationEntry(recording.association),
    });
  }

  callEvent(recordingKey: string, event: CallEvent): void {
    const recording = this.#byKey.get(recordingKey);
    if (recording === undefined || isDecided(recording)) return;
    // How many samples there are is known when the audio is closed: events end there.
    if (recording.state === "ending") recording.heldEvents.push(event);
    else this.#tellEvent(recording, event);
  }

  #tellEvent(recording: Recording, event: CallEvent): void {
    const { recordingKey } = recording;
    const entry = eventEntry(recording, event);
    recording.log.debug("call event", entry);
    this.#media.post({ type: "journal", recordingKey, entry });
  }

  ruleMatched(recordingKey: string, match: RuleMatchFacts): void {
    const recording = this.#byKey.get(recordingKey);
    if (recording === undefined || isDecided(recording)) return;
    const { title, kind, record, event, deviceCallId } = match;
    recording.log.info("rule matched", { title, kind, record, event, deviceCallId });
    this.#media.post({ type: "journal", recordingKey, entry: ruleEntry(match) });
  }

  /**
   * Its call goes on, and may still meet a rule: the limit on settling does not count. The pair
   * stays as it is; should the recorder crash, it is kept.
   */
  awaitRules(recordingKey: string): void {
    const recording = this.#byKey.get(recordingKey);
    if (recording === undefined || isUp(recording)) return;
    recording.timer?.cancel();
    recording.log.info("recording waits for the rules");
  }

  settle(recordingKey: string, verdict: RulesVerdict): void {
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
    // One that a slow disk keeps from being answered may be spoken to already.
    if (recording === undefined || !isUp(recording)) return { result: "no-recording", sample: 0 };
    return this.#askForPause(recording, action, request);
  }

  /** A rule holds the recording paused, from its first sample where it must; null = no longer. */
  pauseByRule(recordingKey: string, title: string | null): void {
    const recording = this.#byKey.get(recordingKey);
    if (recording === undefined || !isUp(recording)) return;
    const before = recording.pauseRule;
    recording.pauseRule = title;
    // Before `open` is posted the media plane does not know it.
    if (recording.state !== "announced") this.#followPauseRule(recording, before);
  }

  #followPauseRule(recording: Recording, before: string | null = null): void {
    const by = recording.pauseRule ?? before;
    if (by === null) return;
    const action = recording.pauseRule === null ? "resume" : "pause";
    void this.#askForPause(recording, action, { by, via: "rule" });
  }

  async #askForPause(
    recording: Recording,
    action: "pause" | "resume",
    request: PauseRequest,
  ): Promise<PauseAnswer> {
    const answer = await this.#pauses.ask(recording, action, request);
    if (answer.result === "applied") {
      recording.isPaused = action === "pause";
      const type = recording.isPaused ? "paused" : "resumed";
      this.#delegate.onNews(viewOf(recording), { type, ...request, sample: answer.sample });
    }
    recording.log.info(`${action} requested`, { by: request.by, via: request.via, ...answer });
    return answer;
  }

  /** Recordings in progress, oldest first. */
  list(): RecordingView[] {
    return [...this.#byKey.values()].map(viewOf);
  }

  // -- Restart and stop ----------------------------------------------------------------------

  /** Goes on with a live pair that a crash left behind. */
  resume(plan: ResumePlan, session: SipSession | null): Recording {
    const { recordingKey } = plan;
    const recording = this.#made.ofPlan(plan, session);
    this.#add(recording);
    if (session !== null) session.delegate = this.#dialogDelegate(recording, session);
    this.#media.post({
      type: "resumeFile",
      recordingKey,
      negotiation: plan.negotiation,
      rtpPort: plan.rtpPort,
      ...(plan.source === null ? {} : { source: plan.source }),
      entries: [],
      ...(session === null || plan.srtpKeys.length === 0 ? {} : { keys: plan.srtpKeys }),
    });
    if (session !== null) this.#revived.add(recordingKey, plan.negotiation.expectsMedia);
    if (!plan.isDialogOver) this.#pauses.restore(recordingKey, plan.pauses);
    recording.log.info("recording found after a restart", { isDialogOver: plan.isDialogOver });
    return recording;
  }

  #resumed(recording: Recording, samples: number): void {
    recording.anchor = { sample: samples, atMs: this.#ports.clock.nowMs() };
    if (recording.session === null) return this.#end(recording, recording.endReason ?? "recovered");
    this.#revived.opened(recording.recordingKey);
  }

  /** Nothing shows that a recovered call is still up. */
  #silent(recordingKey: string): void {
    const recording = this.#byKey.get(recordingKey);
    if (recording === undefined) return;
    if (recording.session !== null) this.#hangingUp.add(recordingKey);
    this.#end(recording, "recovered");
    recording.session?.bye();
  }

  /**
   * Ends every call, keeps every recording; resolves when all pairs are complete. A recording ends
   * with its dialog, so that the answer to our BYE is in the journal.
   */
  async close(verdictOf: (recordingKey: string) => RulesVerdict): Promise<void> {
    this.#isClosing = true;
    for (const recording of this.#byKey.values()) {
      if (recording.session === null) this.#end(recording, "shutdown");
      else recording.session.bye("shutdown");
      this.settle(recording.recordingKey, verdictOf(recording.recordingKey));
    }
    if (this.#byKey.size === 0) return;
    const patience = this.#ports.clock.setTimer("recordings.close", CLOSE_PATIENCE_MS, () => {
      for (const recording of this.#byKey.values()) {
        this.#hangingUp.delete(recording.recordingKey);
        if (recording.state === "noting") this.#forget(recording);
        else if (recording.state === "settling") this.#finishWhenSettled(recording);
        else this.#end(recording, "shutdown");
      }
    });
    await new Promise<void>((resolve) => {
      this.#whenEmpty = resolve;
    });
    patience.cancel();
  }
}

/** Its last journal line is written or about to be. */
function isDecided({ state }: Recording): boolean {
  return state === "noting" || state === "finishing" || state === "erasing";
}
