// One recording leg of the simulated IP Office: its INVITE with all that can go wrong, the dialog
// until BYE, hold and refresh in between, and its RTP. sip-caller.ts owns it and everything shared.
// devlink3.md §13.6; RFC 3261 §9, §13, §14, §15; RFC 3264 §8; RFC 4028.
import type { Address, Timer, UdpSocket } from "@tapeline/recorder/ports";
import { headerValue } from "../wire/sip.ts";
import type { SipHeader, SipRequest, SipResponse } from "../wire/sip.ts";
import { parseCSeq, parseSessionExpires } from "../wire/sip-values.ts";
import { parseSdp, payloadTypeOf, serializeLegSdp } from "../wire/sdp.ts";
import type { SdpDirection, SessionDescription } from "../wire/sdp.ts";
import {
  checkDescription,
  checkDialogRequest,
  checkResponse,
  checkSessionExpires,
} from "./answer-check.ts";
import { dialUri, LegDialog, targetOf } from "./leg-dialog.ts";
import { PbxChance } from "./pbx-chance.ts";
import type { PbxPorts } from "./ports.ts";
import type {
  RecordingLeg,
  RecordingLegDelegate,
  RecordingLegRequest,
  SipCallerOptions,
  SipOddities,
} from "./recording-leg.ts";
import type { PacedLeg, RtpPacer } from "./rtp-pacer.ts";
import type { RtpPortPair, RtpPorts } from "./rtp-ports.ts";
import { RtpSender } from "./rtp-sender.ts";
import { SessionRefresh } from "./session-refresh.ts";
import { ALLOW, responseTo } from "./sip-responses.ts";
import type { ClientTransaction, SipTransactions, TransactionUser } from "./sip-transactions.ts";
import type { SipTarget, SipTransport } from "./sip-transport.ts";
import type { TruthLeg } from "./truth.ts";

/** Copies of an INVITE (repeatInvite) go out at this distance. */
const COPY_INTERVAL_MS = 40;
/** A re-INVITE that met another one is repeated after 2.1 to 4 s (RFC 3261 §14.1). */
const GLARE_MIN_MS = 2100;
const GLARE_SPREAD_MS = 1900;

/** What all legs share; SipCaller builds it once. */
export interface CallEnvironment {
  readonly options: SipCallerOptions;
  readonly ports: PbxPorts;
  readonly transport: SipTransport;
  readonly transactions: SipTransactions;
  readonly pacer: RtpPacer;
  readonly rtpPorts: RtpPorts;
  /** Our address as a peer is to see it. */
  localHost(remoteHost: string): string;
  violation(text: string): void;
  countPackets(count: number): void;
  /** The leg needs nothing any more and takes no further message. */
  onGone(call: RecordingCall): void;
}

export interface RecordingCallParts {
  readonly leg: number;
  readonly request: RecordingLegRequest;
  readonly oddities: SipOddities;
  readonly delegate: RecordingLegDelegate;
}

type Phase = "preparing" | "silent" | "inviting" | "answered" | "ended";
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

interface Negotiation {
  readonly direction: SdpDirection;
  readonly isZeroAddress: boolean;
}

export class RecordingCall implements RecordingLeg {
  readonly truth: Mutable<TruthLeg>;
  readonly #environment: CallEnvironment;
  readonly #request: RecordingLegRequest;
  readonly #oddities: SipOddities;
  readonly #delegate: RecordingLegDelegate;
  readonly #chance: PbxChance;
  readonly #refresh: SessionRefresh;
  readonly #timers = new Set<Timer>();
  #phase: Phase = "preparing";
  #dialog: LegDialog | null = null;
  #rtpPorts: RtpPortPair | null = null;
  #straySocket: UdpSocket | null = null;
  #sender: RtpSender | null = null;
  #paced: PacedLeg | null = null;
  #invite: ClientTransaction | null = null;
  /** The cause with which the call is to be cancelled once a response allows it. */
  #cancelCause: number | null = null;
  #isCancelSent = false;
  #isProvisional = false;
  #isGivenUp = false;
  /** Whether the owner has had its last call. */
  #isReported = false;
  #acksToLose: number;
  #expiresSeconds: number | null;
  #isWantedHeld = false;
  #negotiated: Negotiation = { direction: "sendonly", isZeroAddress: false };
  #isNegotiating = false;
  #refreshCount = 0;
  #sdpVersion = 1;
  readonly #sdpSession: number;
  #description: SessionDescription | null = null;
  /** ACK of each 2xx by CSeq, kept to acknowledge its repeats. */
  readonly #acknowledgements = new Map<string, SipRequest>();
  #openTransactions = 0;
  #recorderMethods = "";
  #isRtpNoted = false;

  constructor(environment: CallEnvironment, parts: RecordingCallParts) {
    const { request, oddities } = parts;
    const { clock, random } = environment.ports;
    this.#environment = environment;
    this.#request = request;
    this.#oddities = oddities;
    this.#delegate = parts.delegate;
    this.#chance = new PbxChance(random);
    this.#acksToLose = oddities.loseAcks;
    this.#expiresSeconds = oddities.sessionExpires?.seconds ?? null;
    this.#sdpSession = 1 + this.#chance.below(1_000_000_000);
    this.#refresh = new SessionRefresh(clock, {
      onRefreshDue: () => this.#sendRefresh(),
      onSessionExpired: () => {
        this.#note("the recorder has not refreshed the session in time");
        this.hangUp(41);
      },
    });
    const { conversation, streamId, callId, endId, extension } = request;
    this.truth = {
      ...{ leg: parts.leg, conversation, streamId, callId, endId, extension },
      sipCallId: `${this.#chance.token(24)}@${environment.localHost("")}`,
      invitedMs: clock.nowMs(),
      ...{ answeredMs: null, endedMs: null, endedBy: null, status: null },
      frames: [],
    };
  }

  /** Binds sockets and sends the INVITE; settles when that is done or has failed. */
  async prepare(): Promise<void> {
    if (this.#oddities.inviteNever) {
      this.#phase = "silent";
      return;
    }
    try {
      await this.#openPorts();
    } catch (error) {
      this.#fail(null, error instanceof Error ? error.message : String(error));
      return;
    }
    if (this.#phase !== "preparing") {
      this.#releaseMedia();
      return;
    }
    if (this.#oddities.inviteDelayMs > 0) {
      this.#after("pbx.sip.inviteDelay", this.#oddities.inviteDelayMs, () => this.#begin());
    } else {
      this.#begin();
    }
  }

  hold(): void {
    if (this.#isWantedHeld) return;
    this.#isWantedHeld = true;
    this.#sender?.setHeld(true);
    this.#negotiate();
  }

  retrieve(): void {
    if (!this.#isWantedHeld) return;
    this.#isWantedHeld = false;
    this.#negotiate();
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
        this.#sendBye(cause);
        return;
      case "ended":
        return;
    }
  }

  /** A request of the recorder within this dialog; null = no answer. */
  onRequest(request: SipRequest, source: SipTarget): SipResponse | null {
    const dialog = this.#dialog;
    if (dialog === null) return null;
    const problems = checkDialogRequest(request, dialog);
    if (problems.length > 0) {
      // "Malformed in-dialog requests are dropped silently" (domain.md).
      for (const problem of problems) this.#note(problem);
      return null;
    }
    const cseq = parseCSeq(headerValue(request, "CSeq") ?? "");
    if (!cseq.ok || !dialog.acceptSequence(cseq.value.number)) {
      this.#note(`${request.method} has a CSeq that is not higher than the last`);
      return responseTo(request, source, { status: 500, reason: "CSeq out of order" });
    }
    if (this.#phase === "ended" && request.method !== "BYE") {
      return responseTo(request, source, {
        status: 481,
        reason: "Call/Transaction Does Not Exist",
      });
    }
    return this.#answerRequest(request, source);
  }

  /** RTP packets of a stream that is still running. */
  packetsSent(): number {
    return this.#sender?.packetsSent() ?? 0;
  }

  /** Drops everything without another message. */
  close(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
    this.#refresh.stop();
    this.#phase = "ended";
    this.#isReported = true;
    this.#releaseMedia();
  }

  #note(text: string): void {
    this.#environment.violation(`${this.truth.sipCallId}: ${text}`);
  }

  #after(name: string, delayMs: number, callback: () => void): Timer {
    const timer = this.#environment.ports.clock.setTimer(name, delayMs, () => {
      this.#timers.delete(timer);
      callback();
      this.#leaveWhenGone();
    });
    this.#timers.add(timer);
    return timer;
  }

  #nowMs(): number {
    return this.#environment.ports.clock.nowMs();
  }

  // --- Sockets and RTP

  async #openPorts(): Promise<void> {
    const { rtpPorts, ports, options } = this.#environment;
    this.#rtpPorts = await rtpPorts.open({
      onRtp: () => this.#onForeignRtp(),
      onRtcp: (data) => void this.#sender?.onRtcp(data),
    });
    if (this.#oddities.strayPacketsPerSecond <= 0) return;
    const nothing = { onDatagram: () => undefined, onError: () => undefined };
    const local = { host: options.bindHost, port: 0 };
    try {
      this.#straySocket = await ports.udp.bind({ local }, nothing);
    } catch (error) {
      this.#releaseMedia();
      throw error;
    }
  }

  #onForeignRtp(): void {
    if (!this.#isRtpNoted) this.#note("sends RTP although it only receives");
    this.#isRtpNoted = true;
  }

  #startMedia(): void {
    const { options, ports, pacer } = this.#environment;
    if (this.#rtpPorts === null || this.#sender !== null) return;
    const sender = new RtpSender({
      truth: this.truth,
      audience: this.#request.audience,
      oddities: this.#oddities,
      chance: this.#chance,
      keepPayloads: options.keepPayloads,
      ports: this.#rtpPorts,
      straySocket: this.#straySocket,
      cname: `IPOffice-${this.truth.leg}@${this.#environment.localHost("")}`,
      clock: ports.clock,
    });
    this.#sender = sender;
    this.#paced = pacer.add({ onTick: () => sender.tick() });
  }

  /** Stops RTP; the sockets stay until the dialog is gone. */
  #stopMedia(): void {
    this.#paced?.remove();
    this.#paced = null;
    this.#sender?.close();
    if (this.#sender !== null) this.#environment.countPackets(this.#sender.packetsSent());
    this.#sender = null;
  }

  #releaseMedia(): void {
    this.#stopMedia();
    this.#rtpPorts?.close();
    this.#rtpPorts = null;
    this.#straySocket?.close();
    this.#straySocket = null;
  }

  // --- INVITE

  #begin(): void {
    if (this.#phase !== "preparing") return;
    const uri = dialUri(this.#request.recorderUri, this.#request.streamId);
    const target = targetOf(uri);
    if (target === null) {
      this.#fail(null, `${this.#request.recorderUri} is no SIP URI with an IP address`);
      return;
    }
    const { transport, options } = this.#environment;
    const host = this.#environment.localHost(target.host);
    this.#dialog = new LegDialog({
      callId: this.truth.sipCallId,
      recorderUri: uri,
      extension: this.#request.extension,
      target,
      local: { host, port: transport.localPort(target.transport) },
      chance: this.#chance,
    });
    this.#phase = "inviting";
    this.truth.invitedMs = this.#nowMs();
    this.#sendInvite(this.#dialog, target);
    this.#after("pbx.sip.giveUp", options.giveUpMs, () => this.#giveUp());
    const { cancelAfterMs } = this.#oddities;
    if (cancelAfterMs === null) return;
    this.#after("pbx.sip.cancelAfter", cancelAfterMs, () => {
      if (this.#phase === "inviting") this.#cancel(16);
    });
  }

  #sendInvite(dialog: LegDialog, target: SipTarget): void {
    const sdp = this.#oddities.offerless ? null : this.#sdp();
    const headers = [...this.#extensionHeaders(), ...this.#expiresHeaders()];
    const invite = dialog.request("INVITE", { headers, sdp });
    this.#invite = this.#send(invite, target, {
      onResponse: (response) => this.#onInviteResponse(invite, response),
      onTimeout: () => this.#fail(null, "no answer to the INVITE"),
      onTransportError: (detail) => this.#fail(null, detail),
    });
    for (let copy = 0; copy < this.#oddities.repeatInvite; copy += 1) {
      this.#after("pbx.sip.inviteCopy", copy * COPY_INTERVAL_MS, () => {
        if (this.#phase !== "ended") this.#environment.transport.send(invite, target);
      });
    }
  }

  #extensionHeaders(): SipHeader[] {
    const { streamId, node, callId, endId, correlationData } = this.#request;
    if (streamId === null) return [];
    const headers: [name: string, value: string][] = [
      ["X-DL3-Ver", "1"],
      ["X-DL3-Stream", streamId],
      ["X-DL3-Node", node],
      ["X-DL3-Call", String(callId)],
      ["X-DL3-End", endId],
    ];
    if (correlationData !== null) headers.push(["X-DL3-Data", correlationData]);
    // A header value is one line, whatever a client gave as its correlation data.
    // oxlint-disable-next-line no-control-regex
    return headers.map(([name, value]) => ({
      name,
      value: value.replace(/[\u0000-\u001f]/g, " "),
    }));
  }

  #expiresHeaders(): SipHeader[] {
    if (this.#oddities.sessionExpires === null) return [];
    const refresher = this.#refresherWord();
    const seconds = this.#expiresSeconds;
    return [{ name: "Session-Expires", value: `${seconds};refresher=${refresher}` }];
  }

  #refresherWord(): "uac" | "uas" {
    return this.#oddities.sessionExpires?.refresher === "recorder" ? "uas" : "uac";
  }

  #sdp(): Uint8Array {
    const host = this.#dialog?.target.host ?? "";
    const local = this.#environment.localHost(host);
    const { direction, isZeroAddress } = this.#negotiated;
    return serializeLegSdp({
      sessionId: this.#sdpSession,
      version: this.#sdpVersion,
      host: local,
      connectionHost: isZeroAddress ? "0.0.0.0" : local,
      rtpPort: this.#rtpPorts?.rtp.local.port ?? 0,
      law: this.#oddities.codec,
      direction,
    });
  }

  #send(
    request: SipRequest,
    target: SipTarget,
    user: Omit<TransactionUser, "onTerminated" | "onAcknowledge">,
  ): ClientTransaction {
    this.#openTransactions += 1;
    return this.#environment.transactions.send(request, target, {
      ...user,
      onResponse: (response) => {
        for (const problem of checkResponse(request, response)) this.#note(problem);
        user.onResponse(response);
      },
      onAcknowledge: () => !this.#losesAck(),
      onTerminated: () => {
        this.#openTransactions -= 1;
        this.#leaveWhenGone();
      },
    });
  }

  #losesAck(): boolean {
    if (this.#acksToLose <= 0) return false;
    this.#acksToLose -= 1;
    return true;
  }

  #onInviteResponse(invite: SipRequest, response: SipResponse): void {
    const { status, reason } = response;
    if (status < 200) {
      this.#isProvisional = true;
      if (this.#cancelCause !== null) this.#sendCancel();
      return;
    }
    if (status < 300) {
      this.#onInviteSuccess(invite, response);
      return;
    }
    if (status === 422 && this.#retryWithLongerInterval(response)) return;
    this.truth.status = status;
    this.#fail(status, reason);
  }

  /** "the UAC … MAY retry the request with a larger value"  RFC 4028 §7.3 */
  #retryWithLongerInterval(response: SipResponse): boolean {
    const minimum = Number.parseInt(headerValue(response, "Min-SE") ?? "", 10);
    const isLonger = minimum > (this.#expiresSeconds ?? Infinity);
    if (this.#phase !== "inviting" || this.#cancelCause !== null || !isLonger) return false;
    this.#expiresSeconds = minimum;
    this.#sendInvite(this.#dialog!, this.#dialog!.target);
    return true;
  }

  #onInviteSuccess(invite: SipRequest, response: SipResponse): void {
    const isRepeat = this.#acknowledge(invite, response);
    if (isRepeat) return;
    this.truth.status = response.status;
    this.truth.answeredMs = this.#nowMs();
    if (this.#isGivenUp) {
      // Nobody waits for it any more: acknowledged above, ended here.  RFC 3261 §9.1, §15
      this.#sendBye(16);
      return;
    }
    this.#phase = "answered";
    this.#recorderMethods = headerValue(response, "Allow") ?? "";
    if (this.#cancelCause !== null) {
      // The 200 has crossed our CANCEL.
      this.#delegate.onAnswered();
      this.#sendBye(this.#cancelCause);
      return;
    }
    this.#startMedia();
    this.#applyDescription(response.body, this.#oddities.offerless ? "offer" : "answer");
    this.#startRefresh(response);
    this.#delegate.onAnswered();
    if (this.#isWantedHeld) {
      this.#sender?.setHeld(true);
      this.#negotiate();
    }
  }

  /** ACKs a 2xx, the same for each of its repeats; true = it was a repeat.  §13.2.2.4 */
  #acknowledge(invite: SipRequest, response: SipResponse): boolean {
    const dialog = this.#dialog!;
    const key = headerValue(invite, "CSeq") ?? "";
    const known = this.#acknowledgements.get(key);
    if (known === undefined) dialog.learn(response);
    const needsAnswer = invite.body.length === 0;
    const acknowledgement = known ?? dialog.acknowledge(invite, needsAnswer ? this.#sdp() : null);
    this.#acknowledgements.set(key, acknowledgement);
    if (!this.#losesAck()) this.#environment.transport.send(acknowledgement, dialog.target);
    return known !== undefined;
  }

  #applyDescription(body: Uint8Array, kind: "answer" | "offer"): void {
    const description = parseSdp(body);
    if (!description.ok) {
      this.#note(`SDP ${kind} cannot be read: ${description.problem.detail}`);
      return;
    }
    const { direction } = this.#negotiated;
    const payloadType = payloadTypeOf(this.#oddities.codec);
    const offered = { payloadType, direction, previous: this.#description };
    for (const problem of checkDescription(description.value, offered, kind)) this.#note(problem);
    this.#description = description.value;
    const audio = description.value.media.find((media) => media.kind === "audio");
    if (audio === undefined || audio.port === 0 || audio.connectionHost === null) return;
    const remote: Address = { host: audio.connectionHost, port: audio.port };
    this.#sender?.setTarget(remote, audio.rtcpPort);
  }

  #giveUp(): void {
    if (this.#phase !== "inviting") return;
    this.#cancel(102);
    if (!this.#isProvisional) this.#invite?.abandon();
    this.#isGivenUp = true;
    this.#fail(null, `no final answer in ${this.#environment.options.giveUpMs} ms`);
  }

  /** "If no provisional response has been received, the CANCEL request MUST NOT be sent"  §9.1 */
  #cancel(cause: number): void {
    this.#cancelCause ??= cause;
    if (this.#isProvisional) this.#sendCancel();
  }

  #sendCancel(): void {
    if (this.#isCancelSent || this.#invite === null || this.#dialog === null) return;
    this.#isCancelSent = true;
    const reason = { name: "Reason", value: `Q.850;cause=${this.#cancelCause ?? 16}` };
    const cancel = this.#dialog.cancel(this.#invite.request, [reason]);
    this.#send(cancel, this.#dialog.target, {
      onResponse: ({ status }) => {
        // 481: its final answer was on the way when our CANCEL came.
        if (status !== 200 && status !== 481) this.#note(`CANCEL was answered with ${status}`);
      },
      onTimeout: () => this.#note("CANCEL was not answered"),
      onTransportError: () => undefined,
    });
  }

  // --- Ends

  /** The INVITE came to nothing. */
  #fail(status: number | null, reason: string): void {
    if (this.#phase === "answered") return;
    const wasCancelled = this.#cancelCause !== null && !this.#isGivenUp && status === 487;
    const isSilent = this.#phase === "silent" || this.#phase === "preparing";
    this.#phase = "ended";
    this.#releaseMedia();
    this.truth.endedMs ??= this.#nowMs();
    if (wasCancelled) this.truth.endedBy ??= "pbx";
    else this.truth.endedBy ??= status === null ? "never-answered" : "refused";
    if (isSilent) for (const timer of this.#timers) timer.cancel();
    this.#report(() => this.#delegate.onFailed(status, reason));
    this.#leaveWhenGone();
  }

  #report(tell: () => void): void {
    if (this.#isReported) return;
    this.#isReported = true;
    tell();
  }

  #end(by: "pbx" | "recorder"): void {
    this.#phase = "ended";
    this.#refresh.stop();
    this.truth.endedMs = this.#nowMs();
    this.truth.endedBy = by;
    this.#report(() => this.#delegate.onEnded(by));
  }

  #sendBye(cause: number): void {
    const dialog = this.#dialog!;
    const headers = [{ name: "Reason", value: `Q.850;cause=${cause}` }];
    const bye = dialog.request("BYE", { headers });
    const lingerMs = this.#sender === null ? 0 : this.#oddities.rtpAfterByeMs;
    this.#sender?.markEnded();
    if (lingerMs > 0) this.#after("pbx.rtp.afterBye", lingerMs, () => this.#stopMedia());
    else this.#stopMedia();
    this.#send(bye, dialog.target, {
      onResponse: ({ status }) => {
        if (status >= 300) this.#note(`BYE was answered with ${status}`);
      },
      onTimeout: () => this.#note("BYE was not answered"),
      onTransportError: (detail) => this.#note(`BYE could not be sent: ${detail}`),
    });
    this.#end("pbx");
  }

  /** Tells the owner once nothing of this leg can come any more. */
  #leaveWhenGone(): void {
    const isMediaOver = this.#sender === null;
    if (this.#phase !== "ended" || this.#openTransactions > 0 || !isMediaOver) return;
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
    this.#releaseMedia();
    this.#environment.onGone(this);
  }

  // --- Re-INVITE: hold, retrieve, refresh

  #wanted(): Negotiation {
    const { holdBy } = this.#oddities;
    if (!this.#isWantedHeld || holdBy === "silence") {
      return { direction: "sendonly", isZeroAddress: false };
    }
    const direction = holdBy === "inactive" ? "inactive" : "sendonly";
    return { direction, isZeroAddress: holdBy === "zero-address" };
  }

  #negotiate(): void {
    if (this.#phase !== "answered" || this.#isNegotiating) return;
    if (this.#oddities.holdBy === "silence") {
      this.#sender?.setHeld(this.#isWantedHeld);
      return;
    }
    this.#negotiated = this.#wanted();
    // "sendonly" hold repeats the direction that a recording leg has anyway, as a new version.
    this.#sdpVersion += 1;
    this.#sendReinvite(this.#isWantedHeld);
  }

  #sendReinvite(isHold: boolean): void {
    const dialog = this.#dialog!;
    this.#isNegotiating = true;
    const invite = dialog.request("INVITE", { headers: this.#expiresHeaders(), sdp: this.#sdp() });
    this.#send(invite, dialog.target, {
      onResponse: (response) => this.#onReinviteResponse(invite, response, isHold),
      onTimeout: () => this.#onReinviteFailed(408),
      onTransportError: () => this.#onReinviteFailed(503),
    });
  }

  #onReinviteResponse(invite: SipRequest, response: SipResponse, isHold: boolean): void {
    const { status } = response;
    if (status < 200) return;
    if (status >= 300) {
      this.#onReinviteFailed(status);
      return;
    }
    if (this.#acknowledge(invite, response) || this.#phase !== "answered") return;
    this.#isNegotiating = false;
    this.#applyDescription(response.body, "answer");
    this.#startRefresh(response);
    if (this.#isWantedHeld !== isHold) this.#negotiate();
    else this.#sender?.setHeld(isHold);
  }

  #onReinviteFailed(status: number): void {
    if (this.#phase !== "answered") return;
    this.#isNegotiating = false;
    if (status === 491) {
      const delayMs = GLARE_MIN_MS + this.#chance.below(GLARE_SPREAD_MS);
      this.#after("pbx.sip.glare", delayMs, () => this.#negotiate());
      return;
    }
    this.#note(`re-INVITE was answered with ${status}`);
    // "408 or 481: … SHOULD terminate the dialog"  RFC 3261 §12.2.1.2
    if (status === 408 || status === 481) this.#sendBye(102);
    else this.#sender?.setHeld(this.#isWantedHeld);
  }

  #startRefresh(response: SipResponse): void {
    const wanted = this.#oddities.sessionExpires;
    if (wanted === null || this.#expiresSeconds === null) return;
    const asked = { seconds: this.#expiresSeconds, refresher: this.#refresherWord() };
    for (const problem of checkSessionExpires(response, asked)) this.#note(problem);
    const answered = parseSessionExpires(headerValue(response, "Session-Expires") ?? "");
    // Without the field in the 2xx there is no session timer.  RFC 4028 §7.2
    if (answered.ok) this.#refresh.start(answered.value.seconds, wanted.refresher);
  }

  /** Alternates between UPDATE, where the recorder allows it, and re-INVITE. */
  #sendRefresh(): void {
    if (this.#phase !== "answered") return;
    this.#refreshCount += 1;
    const allows = this.#recorderMethods.split(",").map((method) => method.trim());
    if (this.#isNegotiating) return;
    if (!allows.includes("UPDATE") || this.#refreshCount % 2 === 0) {
      this.#sendReinvite(this.#isWantedHeld);
      return;
    }
    const dialog = this.#dialog!;
    const update = dialog.request("UPDATE", { headers: this.#expiresHeaders() });
    this.#send(update, dialog.target, {
      onResponse: (response) => {
        if (response.status < 200 || this.#phase !== "answered") return;
        if (response.status < 300) this.#startRefresh(response);
        else this.#onReinviteFailed(response.status);
      },
      onTimeout: () => this.#onReinviteFailed(408),
      onTransportError: () => this.#onReinviteFailed(503),
    });
  }

  // --- Requests of the recorder

  #answerRequest(request: SipRequest, source: SipTarget): SipResponse {
    const allow = { name: "Allow", value: ALLOW };
    const ok = { status: 200, reason: "OK" };
    switch (request.method) {
      case "BYE":
        if (this.#phase !== "ended") {
          this.#stopMedia();
          this.#end("recorder");
          // The answer leaves after this call; then the leg may go.
          void Promise.resolve().then(() => this.#leaveWhenGone());
        }
        return responseTo(request, source, ok);
      case "OPTIONS":
      case "INFO":
        return responseTo(request, source, { ...ok, headers: [allow] });
      case "UPDATE":
      case "INVITE":
        return this.#answerRefresh(request, source);
      default:
        this.#note(`sends ${request.method}`);
        return responseTo(request, source, {
          ...{ status: 405, reason: "Method Not Allowed" },
          headers: [allow],
        });
    }
  }

  #answerRefresh(request: SipRequest, source: SipTarget): SipResponse {
    if (request.method === "INVITE" && this.#isNegotiating) {
      return responseTo(request, source, { status: 491, reason: "Request Pending" });
    }
    const headers: SipHeader[] = [
      { name: "Contact", value: `"IP Office" <${this.#dialog!.contactUri}>` },
      { name: "Allow", value: ALLOW },
      { name: "Supported", value: "timer" },
    ];
    const expires = parseSessionExpires(headerValue(request, "Session-Expires") ?? "");
    if (expires.ok) {
      const { seconds } = expires.value;
      const refresher = expires.value.refresher ?? "uac";
      headers.push({ name: "Session-Expires", value: `${seconds};refresher=${refresher}` });
      if (refresher === "uac") headers.push({ name: "Require", value: "timer" });
      this.#refresh.start(seconds, refresher === "uac" ? "recorder" : "pbx");
    }
    const hasOffer = request.body.length > 0;
    if (hasOffer) this.#applyDescription(request.body, "offer");
    const needsBody = hasOffer || request.method === "INVITE";
    if (needsBody) headers.push({ name: "Content-Type", value: "application/sdp" });
    return responseTo(request, source, {
      ...{ status: 200, reason: "OK", headers },
      body: needsBody ? this.#sdp() : new Uint8Array(0),
    });
  }
}
