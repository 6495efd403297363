// One recording leg of the simulated IP Office from dial to end: INVITE with all that can go wrong,
// CANCEL, give-up, BYE from either side. leg-session.ts holds what happens in between, leg-media.ts
// its RTP. sip-caller.ts owns it.  devlink3.md §13.6; RFC 3261 §9, §13, §15
import type { Timer } from "@tapeline/recorder/ports";
import { headerValue } from "../wire/sip.ts";
import type { SipRequest, SipResponse } from "../wire/sip.ts";
import { parseCSeq } from "../wire/sip-values.ts";
import { checkDialogRequest } from "./answer-check.ts";
import type { CallEnvironment } from "./call-environment.ts";
import { padded } from "./invite-padding.ts";
import { LegCrypto } from "./leg-crypto.ts";
import { dialUri, extensionHeaders, targetOf } from "./leg-dialog.ts";
import { LegMedia } from "./leg-media.ts";
import { CAUSE_INCOMPATIBLE, LegSession } from "./leg-session.ts";
import { LegSignalling } from "./leg-signalling.ts";
import { PbxChance } from "./pbx-chance.ts";
import type { RecordingLeg, RecordingLegDelegate, RecordingLegRequest } from "./recording-leg.ts";
import type { SipOddities } from "./sip-oddities.ts";
import { ALLOW, responseTo } from "./sip-responses.ts";
import type { ClientTransaction } from "./sip-transactions.ts";
import type { SipTarget } from "./sip-transport.ts";
import type { TruthLeg } from "./truth.ts";

/** Copies of an INVITE (repeatInvite) go out at this distance, the first with the original. */
const COPY_INTERVAL_MS = 40;
/** Q.850: normal clearing, recovery on timer expiry. */
const CAUSE_NORMAL = 16;
const CAUSE_TIMER = 102;

export interface RecordingCallParts {
  readonly leg: number;
  readonly request: RecordingLegRequest;
  readonly oddities: SipOddities;
  readonly delegate: RecordingLegDelegate;
}

type Phase = "preparing" | "silent" | "inviting" | "answered" | "ended";
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export class RecordingCall implements RecordingLeg {
  readonly truth: Mutable<TruthLeg>;
  readonly #environment: CallEnvironment;
  readonly #request: RecordingLegRequest;
  readonly #oddities: SipOddities;
  readonly #delegate: RecordingLegDelegate;
  readonly #chance: PbxChance;
  readonly #media: LegMedia;
  readonly #timers = new Set<Timer>();
  #phase: Phase = "preparing";
  /** Both exist from the INVITE on. */
  #signalling: LegSignalling | null = null;
  #session: LegSession | null = null;
  #invite: ClientTransaction | null = null;
  /** The cause with which the call is to be cancelled, once a response allows it. */
  #cancelCause: number | null = null;
  #isCancelSent = false;
  #isProvisional = false;
  #isGivenUp = false;
  #isHeldEarly = false;
  /** Whether the owner has had its last call. */
  #isReported = false;

  constructor(environment: CallEnvironment, parts: RecordingCallParts) {
    const { request, oddities, leg } = parts;
    const { clock, random } = environment.ports;
    this.#environment = environment;
    this.#request = request;
    this.#oddities = oddities;
    this.#delegate = parts.delegate;
    this.#chance = new PbxChance(random);
    const { conversation, streamId, callId, endId, extension, audience } = request;
    this.truth = {
      leg,
      conversation,
      streamId,
      callId,
      endId,
      extension,
      sipCallId: `${this.#chance.token(24)}@${environment.localHost("")}`,
      askedMs: clock.nowMs(),
      invitedMs: clock.nowMs(),
      answeredMs: null,
      endedMs: null,
      endedBy: null,
      status: null,
      frames: [],
    };
    this.#media = new LegMedia(environment, {
      truth: this.truth,
      audience,
      oddities,
      chance: this.#chance,
      onForeignRtp: () => this.#signalling?.note("sends RTP although it only receives"),
    });
  }

  /** Binds sockets and sends the INVITE; settles when that is done or has failed. */
  async prepare(): Promise<void> {
    if (this.#oddities.inviteNever) {
      this.#phase = "silent";
      return;
    }
    try {
      await this.#media.open();
    } catch (error) {
      this.#fail(null, error instanceof Error ? error.message : String(error));
      return;
    }
    if (this.#phase !== "preparing") this.#media.release();
    else if (this.#oddities.inviteDelayMs <= 0) this.#begin();
    else this.#after("pbx.sip.inviteDelay", this.#oddities.inviteDelayMs, () => this.#begin());
  }

  /** RTP packets of a stream that is still running. */
  packetsSent(): number {
    return this.#media.packetsSent();
  }

  hold(): void {
    this.#isHeldEarly = true;
    this.#session?.hold();
  }

  retrieve(): void {
    this.#isHeldEarly = false;
    this.#session?.retrieve();
  }

  hangUp(cause: number): void {
    switch (this.#phase) {
      case "preparing":
      case "silent":
        this.#fail(null, "hung up before the INVITE was sent");
        return;
      case "inviting":
        this.#cancel(cause);
        return;
      case "answered":
        this.#hangUpAnswered(cause);
        return;
      case "ended":
        return;
    }
  }

  /** A request of the recorder within this dialog; null = no answer. */
  onRequest(request: SipRequest, source: SipTarget): SipResponse | null {
    const signalling = this.#signalling;
    if (signalling === null || this.#oddities.silentOnRequests) return null;
    const problems = checkDialogRequest(request, signalling.dialog);
    if (problems.length > 0) {
      // "Malformed in-dialog requests are dropped silently" (domain.md).
      for (const problem of problems) signalling.note(problem);
      return null;
    }
    const cseq = parseCSeq(headerValue(request, "CSeq") ?? "");
    if (!cseq.ok || !signalling.dialog.acceptSequence(cseq.value.number)) {
      signalling.note(`${request.method} has a CSeq that is not higher than the last`);
      return responseTo(request, source, { status: 500, reason: "CSeq out of order" });
    }
    return this.#answerRequest(request, source);
  }

  /** Drops everything without another message. */
  close(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
    this.#session?.stop();
    this.#signalling?.close();
    this.#phase = "ended";
    this.#isReported = true;
    this.#media.release();
  }

  /** The PBX has lost its memory of the call: no message, no RTP, and 481 to what still comes. */
  forget(): void {
    if (this.#phase === "ended") return;
    this.truth.endedMs = this.#nowMs();
    this.truth.endedBy = "restart";
    this.close();
    this.#environment.onGone(this.truth.sipCallId);
  }

  #after(name: string, delayMs: number, callback: () => void): void {
    const timer = this.#environment.ports.clock.setTimer(name, delayMs, () => {
      this.#timers.delete(timer);
      callback();
      this.#leaveWhenGone();
    });
    this.#timers.add(timer);
  }

  #nowMs(): number {
    return this.#environment.ports.clock.nowMs();
  }

  // INVITE

  #begin(): void {
    if (this.#phase !== "preparing") return;
    const { recorderUri, streamId, extension } = this.#request;
    const uri = dialUri(recorderUri, streamId);
    const target = targetOf(uri);
    if (target === null) {
      this.#fail(null, `${recorderUri} is no SIP URI with an IP address`);
      return;
    }
    const { clock } = this.#environment.ports;
    const shared = { oddities: this.#oddities, chance: this.#chance, media: this.#media };
    this.#signalling = new LegSignalling(this.#environment, {
      ...shared,
      sipCallId: this.truth.sipCallId,
      truth: this.truth,
      recorderUri: uri,
      extension,
      target,
      crypto: this.#crypto(target),
      onTransactionEnd: () => this.#leaveWhenGone(),
    });
    this.#session = new LegSession({
      ...shared,
      signalling: this.#signalling,
      clock,
      onBroken: (cause) => this.hangUp(cause),
    });
    if (this.#isHeldEarly) this.#session.hold();
    this.#phase = "inviting";
    this.truth.invitedMs = this.#nowMs();
    this.#sendInvite(this.#signalling);
    this.#after("pbx.sip.giveUp", this.#giveUpMs(), () => this.#giveUp());
    const { cancelAfterMs } = this.#oddities;
    if (cancelAfterMs === null) return;
    this.#after("pbx.sip.cancelAfter", cancelAfterMs, () => {
      if (this.#phase === "inviting") this.#cancel(CAUSE_NORMAL);
    });
  }

  /**
   * SRTP where the site wants it and the keys do not travel in the clear. An INVITE without an
   * offer cannot bring any.
   */
  #crypto({ transport }: SipTarget): LegCrypto | null {
    const suite = this.#environment.options.srtp ?? null;
    if (suite === null || transport !== "tls" || this.#oddities.offerless) return null;
    const crypto = new LegCrypto({ suite, oddities: this.#oddities, chance: this.#chance });
    this.truth.srtp = true;
    this.#media.protect(crypto.protection);
    return crypto;
  }

  #giveUpMs(): number {
    return this.#oddities.giveUpMs ?? this.#environment.options.giveUpMs;
  }

  #sendInvite(signalling: LegSignalling): void {
    const sdp = this.#oddities.offerless ? null : signalling.sdp("offer");
    const headers = [...extensionHeaders(this.#request), ...this.#session!.expiresHeaders()];
    const bare = signalling.dialog.request("INVITE", { headers, sdp });
    const invite = padded(bare, this.#oddities.invitePadBytes);
    if (this.#oddities.rtpBeforeAnswer) this.#media.startEarly(signalling.dialog.target.host);
    this.#invite = signalling.send(invite, {
      onResponse: (response) => this.#onInviteResponse(invite, response),
      onTimeout: () => this.#fail(null, "no answer to the INVITE"),
      onTransportError: (detail) => {
        this.#environment.onInviteLost(this.truth.sipCallId);
        this.#fail(null, detail);
      },
    });
    for (let copy = 0; copy < this.#oddities.repeatInvite; copy += 1) {
      this.#after("pbx.sip.inviteCopy", copy * COPY_INTERVAL_MS, () => {
        if (this.#phase !== "ended") signalling.sendCopy(invite);
      });
    }
  }

  #onInviteResponse(invite: SipRequest, response: SipResponse): void {
    const { status, reason } = response;
    if (status < 200) {
      this.#isProvisional = true;
      if (this.#cancelCause !== null) this.#sendCancel();
    } else if (status < 300) {
      this.#onInviteSuccess(invite, response);
    } else if (status === 422 && this.#mayRetry(response)) {
      this.#sendInvite(this.#signalling!);
    } else {
      this.truth.status = status;
      this.#fail(status, reason);
    }
  }

  #mayRetry(response: SipResponse): boolean {
    const isWanted = this.#phase === "inviting" && this.#cancelCause === null;
    return isWanted && this.#session!.lengthenInterval(response);
  }

  #onInviteSuccess(invite: SipRequest, response: SipResponse): void {
    const signalling = this.#signalling!;
    if (signalling.acknowledge(invite, response)) return;
    this.truth.status = response.status;
    this.truth.answeredMs = this.#nowMs();
    if (this.#isGivenUp) {
      // Nobody waits for it any more: acknowledged above, ended here.  RFC 3261 §9.1, §15
      signalling.sendBye(CAUSE_TIMER);
      return;
    }
    this.#phase = "answered";
    if (this.#cancelCause !== null) {
      // The 200 has crossed our CANCEL.
      this.#delegate.onAnswered();
      this.#hangUpAnswered(this.#cancelCause);
      return;
    }
    this.#media.start();
    const kind = this.#oddities.offerless ? "offer" : "answer";
    const isUsable = signalling.applyDescription(response.body, kind);
    this.#session!.start(response);
    this.#delegate.onAnswered();
    if (!isUsable) this.hangUp(CAUSE_INCOMPATIBLE);
  }

  #giveUp(): void {
    if (this.#phase !== "inviting") return;
    this.#cancel(CAUSE_TIMER);
    if (!this.#isProvisional) this.#invite?.abandon();
    this.#isGivenUp = true;
    this.#fail(null, `no final answer in ${this.#giveUpMs()} ms`);
  }

  /** "If no provisional response has been received, the CANCEL request MUST NOT be sent"  §9.1 */
  #cancel(cause: number): void {
    this.#cancelCause ??= cause;
    if (this.#isProvisional) this.#sendCancel();
  }

  #sendCancel(): void {
    if (this.#isCancelSent || this.#invite === null) return;
    this.#isCancelSent = true;
    this.#signalling!.sendCancel(this.#invite.request, this.#cancelCause ?? CAUSE_NORMAL);
  }

  // Ends

  /** The INVITE came to nothing. */
  #fail(status: number | null, reason: string): void {
    if (this.#phase === "answered") return;
    const wasCancelled = this.#cancelCause !== null && !this.#isGivenUp && status === 487;
    // Nothing has been sent: a delayed INVITE is not to come any more.
    if (this.#signalling === null) for (const timer of this.#timers) timer.cancel();
    this.#phase = "ended";
    this.#session?.stop();
    this.#media.release();
    this.truth.endedMs ??= this.#nowMs();
    if (wasCancelled) this.truth.endedBy ??= "pbx";
    else this.truth.endedBy ??= status === null ? "never-answered" : "refused";
    this.#report(() => this.#delegate.onFailed(status, reason));
    this.#leaveWhenGone();
  }

  #report(tell: () => void): void {
    if (this.#isReported) return;
    this.#isReported = true;
    tell();
  }

  #hangUpAnswered(cause: number): void {
    const lingerMs = this.#media.isRunning() ? this.#oddities.rtpAfterByeMs : 0;
    this.#media.markEnded();
    if (lingerMs > 0) this.#after("pbx.rtp.afterBye", lingerMs, () => this.#media.stop());
    else this.#media.stop();
    this.#signalling!.sendBye(cause);
    this.#end("pbx");
  }

  #end(by: "pbx" | "recorder"): void {
    this.#phase = "ended";
    this.#session?.stop();
    this.truth.endedMs = this.#nowMs();
    this.truth.endedBy = by;
    this.#report(() => this.#delegate.onEnded(by));
  }

  /** Tells the owner once nothing of this leg can come any more. */
  #leaveWhenGone(): void {
    const isBusy = this.#signalling?.hasOpenTransactions() ?? false;
    if (this.#phase !== "ended" || isBusy || this.#media.isRunning()) return;
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
    this.#signalling?.close();
    this.#media.release();
    this.#environment.onGone(this.truth.sipCallId);
  }

  // Requests of the recorder

  #answerRequest(request: SipRequest, source: SipTarget): SipResponse {
    const headers = [{ name: "Allow", value: ALLOW }];
    if (this.#phase === "ended" && request.method !== "BYE") {
      const reason = "Call/Transaction Does Not Exist";
      return responseTo(request, source, { status: 481, reason });
    }
    switch (request.method) {
      case "BYE":
        this.#signalling?.byeCame();
        if (this.#phase !== "ended") this.#endByRecorder();
        return responseTo(request, source, { status: 200, reason: "OK" });
      case "OPTIONS":
      case "INFO":
        return responseTo(request, source, { status: 200, reason: "OK", headers });
      case "UPDATE":
      case "INVITE":
        return this.#session!.answer(request, source);
      default: {
        this.#signalling!.note(`sends ${request.method}`);
        const reason = "Method Not Allowed";
        return responseTo(request, source, { status: 405, reason, headers });
      }
    }
  }

  #endByRecorder(): void {
    this.#media.stop();
    this.#end("recorder");
    // The leg may go only after the answer to this BYE has left.
    void Promise.resolve().then(() => this.#leaveWhenGone());
  }
}
