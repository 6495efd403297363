// What the messages of one recording leg have in common: dialog and transactions, ACKs that are
// repeated or lost, the SDP of both sides, and a strict look at every answer.
// RFC 3261 §13.2.2.4; RFC 3264 §5, §8. recording-call.ts and leg-session.ts say what to send when.
import type { Timer } from "@tapeline/recorder/ports";
import { headerValue } from "../wire/sip.ts";
import type { SipHeader, SipRequest, SipResponse } from "../wire/sip.ts";
import { parseSdp, payloadTypeOf, serializeLegSdp } from "../wire/sdp.ts";
import type { SdpDirection, SessionDescription } from "../wire/sdp.ts";
import { checkDescription, checkResponse } from "./answer-check.ts";
import type { CallEnvironment } from "./call-environment.ts";
import type { LegCrypto } from "./leg-crypto.ts";
import { LegDialog } from "./leg-dialog.ts";
import type { LegMedia } from "./leg-media.ts";
import type { PbxChance } from "./pbx-chance.ts";
import { COMFORT_NOISE_TYPE, TELEPHONE_EVENT_TYPE } from "./rtp-breaks.ts";
import type { SipOddities } from "./sip-oddities.ts";
import type { ClientTransaction, TransactionUser } from "./sip-transactions.ts";
import type { SipTarget } from "./sip-transport.ts";
import type { TruthLeg } from "./truth.ts";

/** How the leg describes its stream at the moment. */
export interface LegDirection {
  readonly direction: SdpDirection;
  /** c=0.0.0.0, the old way of hold. */
  readonly isZeroAddress: boolean;
}

export interface LegSignallingOptions {
  readonly sipCallId: string;
  readonly recorderUri: string;
  readonly extension: string;
  readonly target: SipTarget;
  readonly oddities: SipOddities;
  readonly chance: PbxChance;
  readonly media: LegMedia;
  readonly truth: TruthLeg;
  /** Keys of a leg with SRTP. */
  readonly crypto: LegCrypto | null;
  /** A transaction has ended. */
  readonly onTransactionEnd: () => void;
}

export type LegTransactionUser = Omit<TransactionUser, "onTerminated" | "onAcknowledge">;

export class LegSignalling {
  readonly dialog: LegDialog;
  readonly #environment: CallEnvironment;
  readonly #options: LegSignallingOptions;
  readonly #localHost: string;
  readonly #sdpSession: number;
  #sdpVersion = 1;
  #direction: LegDirection = { direction: "sendonly", isZeroAddress: false };
  #description: SessionDescription | null = null;
  #openTransactions = 0;
  #acksToLose: number;
  #hasByeCome = false;
  /** ACK of each 2xx by CSeq, to acknowledge its repeats alike. */
  readonly #acknowledgements = new Map<string, SipRequest>();
  /** Of ACKs that are sent late on purpose. */
  readonly #lateAcks = new Set<Timer>();

  constructor(environment: CallEnvironment, options: LegSignallingOptions) {
    const { target, chance } = options;
    this.#environment = environment;
    this.#options = options;
    this.#localHost = environment.localHost(target.host);
    this.#acksToLose = options.oddities.loseAcks;
    this.#sdpSession = 1 + chance.below(1_000_000_000);
    this.dialog = new LegDialog({
      callId: options.sipCallId,
      recorderUri: options.recorderUri,
      extension: options.extension,
      target,
      local: { host: this.#localHost, port: environment.transport.localPort(target.transport) },
      chance,
      displayName: options.oddities.displayName,
    });
  }

  hasOpenTransactions(): boolean {
    return this.#openTransactions > 0 || this.#lateAcks.size > 0;
  }

  note(text: string): void {
    this.#environment.violation(`${this.#options.sipCallId}: ${text}`);
  }

  /** Its stream broke: who is to blame depends on what became of the network. */
  unsent(method: string, detail: string): void {
    const { truth } = this.#options;
    const atMs = this.#environment.ports.clock.nowMs();
    truth.unsent = [...(truth.unsent ?? []), { atMs, method, detail }];
  }

  /** What was to be sent later is not sent. */
  close(): void {
    for (const timer of this.#lateAcks) timer.cancel();
    this.#lateAcks.clear();
  }

  send(request: SipRequest, user: LegTransactionUser): ClientTransaction {
    this.#openTransactions += 1;
    return this.#environment.transactions.send(request, this.dialog.target, {
      ...user,
      onResponse: (response) => {
        for (const problem of checkResponse(request, response)) this.note(problem);
        user.onResponse(response);
      },
      onAcknowledge: () => !this.#losesAck(),
      onTerminated: () => {
        this.#openTransactions -= 1;
        this.#options.onTransactionEnd();
      },
    });
  }

  /** Sends the very bytes of a request once more, outside its transaction's timers. */
  sendCopy(request: SipRequest): void {
    this.#environment.transport.send(request, this.dialog.target);
  }

  /** The recorder hung up, too. */
  byeCame(): void {
    this.#hasByeCome = true;
  }

  hasByeCome(): boolean {
    return this.#hasByeCome;
  }

  /** CANCEL of an INVITE that has had a provisional response. */
  sendCancel(invite: SipRequest, cause: number): void {
    const headers = [reasonHeader(cause)];
    this.send(this.dialog.cancel(invite, headers), {
      onResponse: ({ status }) => {
        // 481: its final answer was on the way when our CANCEL came.
        if (status !== 200 && status !== 481) this.note(`CANCEL was answered with ${status}`);
      },
      onTimeout: () => this.note("CANCEL was not answered"),
      onTransportError: () => undefined,
    });
  }

  sendBye(cause: number): void {
    this.send(this.dialog.request("BYE", { headers: [reasonHeader(cause)] }), {
      onResponse: ({ status }) => {
        // 481: its own BYE crossed ours and has ended the dialog.  RFC 3261 §15.1.1
        if (status >= 300 && !(status === 481 && this.#hasByeCome)) {
          this.note(`BYE was answered with ${status}`);
        }
      },
      onTimeout: () => this.note("BYE was not answered"),
      onTransportError: (detail) => this.unsent("BYE", detail),
    });
  }

  /** ACKs a 2xx, and each of its repeats alike; true = it was a repeat.  §13.2.2.4 */
  acknowledge(invite: SipRequest, response: SipResponse): boolean {
    const key = headerValue(invite, "CSeq") ?? "";
    const known = this.#acknowledgements.get(key);
    if (known === undefined) this.dialog.learn(response);
    const answer = invite.body.length === 0 ? this.sdp("answer") : null;
    const acknowledgement = known ?? this.dialog.acknowledge(invite, answer);
    this.#acknowledgements.set(key, acknowledgement);
    if (!this.#losesAck()) this.#sendAck(acknowledgement);
    return known !== undefined;
  }

  #sendAck(acknowledgement: SipRequest): void {
    const { transport, ports } = this.#environment;
    const { ackDelayMs } = this.#options.oddities;
    const send = (): void => transport.send(acknowledgement, this.dialog.target);
    if (ackDelayMs <= 0) {
      send();
      return;
    }
    const timer = ports.clock.setTimer("pbx.sip.lateAck", ackDelayMs, () => {
      this.#lateAcks.delete(timer);
      send();
      this.#options.onTransactionEnd();
    });
    this.#lateAcks.add(timer);
  }

  /** Our description changes: a new version of it.  RFC 3264 §8 */
  describe(direction: LegDirection): void {
    const { crypto, oddities } = this.#options;
    this.#direction = direction;
    this.#sdpVersion += 1;
    if (oddities.srtpRekeyOnHold) crypto?.renew();
  }

  sdp(kind: "offer" | "answer"): Uint8Array {
    const { media, oddities, crypto } = this.#options;
    const { direction, isZeroAddress } = this.#direction;
    return serializeLegSdp({
      sessionId: this.#sdpSession,
      version: this.#sdpVersion,
      host: this.#localHost,
      connectionHost: isZeroAddress ? "0.0.0.0" : this.#localHost,
      rtpPort: media.rtpPort(),
      law: oddities.codec,
      otherCodecs: oddities.otherCodecs,
      direction,
      packetMs: oddities.packetMs,
      telephoneEventType: oddities.telephoneEvents ? TELEPHONE_EVENT_TYPE : null,
      hasComfortNoise: oddities.comfortNoise,
      security: (kind === "offer" ? crypto?.offer() : crypto?.answer()) ?? null,
    });
  }

  /**
   * Judges the recorder's SDP and sends RTP where it says. False: it has no key for what must not
   * be sent in the clear, and the call cannot go on.
   */
  applyDescription(body: Uint8Array, kind: "answer" | "offer"): boolean {
    const { crypto } = this.#options;
    const description = parseSdp(body);
    if (!description.ok) {
      this.note(`SDP ${kind} cannot be read: ${description.problem.detail}`);
      return crypto === null;
    }
    const { codec, otherCodecs, comfortNoise, telephoneEvents } = this.#options.oddities;
    const { direction } = this.#direction;
    const previous = this.#description;
    const extraTypes = [
      ...(comfortNoise ? [COMFORT_NOISE_TYPE] : []),
      ...(telephoneEvents ? [TELEPHONE_EVENT_TYPE] : []),
      // Of the other codecs only the other law may be taken: a recorder has G.711.
      ...(otherCodecs === "before" ? [payloadTypeOf(codec === "PCMU" ? "PCMA" : "PCMU")] : []),
    ];
    const offered = {
      ...{ payloadType: payloadTypeOf(codec), extraTypes, direction, previous },
      protocol: crypto === null ? ("RTP/AVP" as const) : ("RTP/SAVP" as const),
      hasPlainLine: crypto?.hasPlainLine ?? false,
    };
    for (const problem of checkDescription(description.value, offered, kind)) this.note(problem);
    this.#description = description.value;
    const unusable = crypto?.apply(description.value) ?? [];
    for (const problem of unusable) this.note(`SDP ${kind} ${problem}`);
    if (unusable.length > 0) return false;
    const audio = description.value.media.find((media) => media.kind === "audio");
    if (audio === undefined || audio.port === 0 || audio.connectionHost === null) return true;
    this.#options.media.setTarget({ host: audio.connectionHost, port: audio.port }, audio.rtcpPort);
    return true;
  }

  #losesAck(): boolean {
    if (this.#acksToLose <= 0) return false;
    this.#acksToLose -= 1;
    return true;
  }
}

/** RFC 3326, as the IP Office fills it (domain.md). */
function reasonHeader(cause: number): SipHeader {
  return { name: "Reason", value: `Q.850;cause=${cause}` };
}
