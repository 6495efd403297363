// One call to the recorder, as the IP Office would place it: INVITE, ACK, BYE or the wait for the
// recorder's. Stamps what happens when it happens; what that means is judged elsewhere.
// RFC 3261 §13.2, §15; RFC 4028 §7 (sessionSeconds)
import {
  headerValue,
  parseCSeq,
  parseNameAddress,
  parseSdp,
  responseTo,
  serializeLegSdp,
  type ClientTransaction,
  type LegDialog,
  type PbxChance,
  type SessionDescription,
  type SipHeader,
  type SipRequest,
  type SipResponse,
  type SipTarget,
  type SipTransactions,
  type SipTransport,
} from "@tapeline/simulator/client";
import type { ValidatePorts } from "./probe.ts";
import { paddedExactly, PURPOSE_HEADER } from "./sip-request.ts";

/** Where a call lives: the SIP place that sends for it. */
export interface CallHome {
  readonly ports: Pick<ValidatePorts, "clock">;
  readonly localHost: string;
  readonly transactions: SipTransactions;
  readonly transport: SipTransport;
  readonly chance: PbxChance;
  dialog(target: SipTarget, displayName: string): LegDialog;
  /** Where the last message of a call came from. */
  sourceOf(callId: string): SipTarget | null;
}

export interface CallPlan {
  readonly target: SipTarget;
  readonly displayName: string;
  /** The INVITE is padded to so many bytes; 0 = as it is. */
  readonly sizeBytes: number;
  /** The port of the offer. */
  readonly rtpPort: number;
  /**
   * RFC 4028: the session ends when nobody refreshes it; `uas` = the recorder has to. null = no
   * session timer.
   */
  readonly session: { readonly seconds: number; readonly refresher: "uac" | "uas" } | null;
  /** The 2xx is never acknowledged: the recorder has to give the call up by itself. */
  readonly withholdAck: boolean;
}

/** An INVITE without final answer is given up after this: later than any IP Office would. */
export const ANSWER_LIMIT_MS = 12_000;

export class ProbeCall {
  readonly dialog: LegDialog;
  readonly plan: CallPlan;
  /** The INVITE as it was sent. */
  request: SipRequest | null = null;
  invitedMs = 0;
  /** The first answer of any kind, and the final one. */
  firstAnswerMs: number | null = null;
  answeredMs: number | null = null;
  response: SipResponse | null = null;
  /** From where the final answer came. */
  source: SipTarget | null = null;
  /** What the recorder answered to our offer. */
  description: SessionDescription | null = null;
  /** Why nothing can come any more. */
  trouble: string | null = null;
  /** The recorder's first request within the call, and its BYE. */
  theirRequestMs: number | null = null;
  theirByeMs: number | null = null;
  theirBye: SipRequest | null = null;
  ourByeMs: number | null = null;
  byeStatus: number | null = null;
  byeTrouble: string | null = null;
  readonly #client: CallHome;
  #transaction: ClientTransaction | null = null;
  #ack: SipRequest | null = null;
  #wasProvisional = false;
  #isGivenUp = false;

  constructor(client: CallHome, plan: CallPlan) {
    this.#client = client;
    this.plan = plan;
    this.dialog = client.dialog(plan.target, plan.displayName);
  }

  /** Answered, refused, or in vain. */
  get isSettled(): boolean {
    return this.response !== null || this.trouble !== null;
  }

  get isAnswered(): boolean {
    return this.response !== null && this.response.status < 300;
  }

  get isUp(): boolean {
    return this.isAnswered && this.theirByeMs === null && this.ourByeMs === null;
  }

  invite(): void {
    const { plan, dialog } = this;
    const { clock } = this.#client.ports;
    const headers: SipHeader[] = [PURPOSE_HEADER];
    if (plan.session !== null) {
      const value = `${plan.session.seconds};refresher=${plan.session.refresher}`;
      headers.push({ name: "Session-Expires", value }, { name: "Min-SE", value: "90" });
    }
    const offer = dialog.request("INVITE", { headers, sdp: this.#offer() });
    const request = paddedExactly(offer, plan.sizeBytes);
    this.request = request;
    this.invitedMs = clock.nowMs();
    this.#transaction = this.#client.transactions.send(request, plan.target, {
      onResponse: (response) => this.#onResponse(request, response),
      onTimeout: () => void (this.trouble ??= "no answer"),
      onTransportError: (detail) => void (this.trouble ??= detail),
      onAcknowledge: () => true,
      onTerminated: () => undefined,
    });
    clock.setTimer("validate.giveUp", ANSWER_LIMIT_MS, () => this.#giveUp(request));
  }

  /** BYE, when the call is up. */
  hangUp(): void {
    if (!this.isUp) return;
    this.ourByeMs = this.#client.ports.clock.nowMs();
    const headers = [{ name: "Reason", value: "Q.850;cause=16" }];
    this.#client.transactions.send(this.dialog.request("BYE", { headers }), this.dialog.target, {
      onResponse: ({ status }) => {
        if (status >= 200) this.byeStatus ??= status;
      },
      onTimeout: () => void (this.byeTrouble ??= "no answer"),
      onTransportError: (detail) => void (this.byeTrouble ??= detail),
      onAcknowledge: () => true,
      onTerminated: () => undefined,
    });
  }

  get isOver(): boolean {
    return (
      !this.isAnswered ||
      this.theirByeMs !== null ||
      this.byeStatus !== null ||
      this.byeTrouble !== null
    );
  }

  /** A request of the recorder within the call. */
  onRequest(request: SipRequest, source: SipTarget): SipResponse | null {
    const cseq = parseCSeq(headerValue(request, "CSeq") ?? "");
    if (cseq.ok) this.dialog.acceptSequence(cseq.value.number);
    this.theirRequestMs ??= this.#client.ports.clock.nowMs();
    if (request.method === "BYE") {
      this.theirByeMs ??= this.#client.ports.clock.nowMs();
      this.theirBye ??= request;
    }
    const body = request.method === "INVITE" ? this.#offer() : new Uint8Array(0);
    const headers: SipHeader[] =
      body.length === 0
        ? []
        : [
            { name: "Contact", value: `<${this.dialog.contactUri}>` },
            { name: "Content-Type", value: "application/sdp" },
          ];
    return responseTo(request, source, { status: 200, reason: "OK", headers, body });
  }

  /** Ours no more: nothing is sent, and what comes is not answered. */
  forget(): void {
    this.#isGivenUp = true;
  }

  #onResponse(request: SipRequest, response: SipResponse): void {
    const nowMs = this.#client.ports.clock.nowMs();
    this.firstAnswerMs ??= nowMs;
    if (response.status < 200) {
      this.#wasProvisional = true;
      return;
    }
    if (response.status < 300) this.#acknowledge(request, response);
    if (this.response !== null) return;
    this.response = response;
    this.answeredMs = nowMs;
    this.source = this.#client.sourceOf(this.dialog.callId);
    const description = parseSdp(response.body);
    if (response.body.length > 0 && description.ok) this.description = description.value;
    // The answer came after all, but we had given up: an IP Office hangs up then, too.
    if (this.#isGivenUp) this.hangUp();
  }

  #acknowledge(request: SipRequest, response: SipResponse): void {
    if (this.response === null) this.dialog.learn(response);
    if (this.plan.withholdAck) return;
    this.#ack ??= this.dialog.acknowledge(request, null);
    this.#client.transport.send(this.#ack, this.dialog.target);
  }

  /** No answer is waited for any longer; one that comes after all is hung up. */
  giveUp(): void {
    if (this.request !== null) this.#giveUp(this.request);
  }

  #giveUp(request: SipRequest): void {
    if (this.isSettled) return;
    this.#isGivenUp = true;
    const waitedMs = this.#client.ports.clock.nowMs() - this.invitedMs;
    this.trouble = `no final answer in ${Math.round(waitedMs / 1000)} s`;
    this.#transaction?.abandon();
    // "If no provisional response has been received, the CANCEL request MUST NOT be sent"  §9.1
    if (!this.#wasProvisional) return;
    const nothing = (): void => undefined;
    this.#client.transactions.send(this.dialog.cancel(request, []), this.plan.target, {
      onResponse: nothing,
      onTimeout: nothing,
      onTransportError: nothing,
      onAcknowledge: () => true,
      onTerminated: nothing,
    });
  }

  #offer(): Uint8Array {
    return serializeLegSdp({
      sessionId: 1 + this.#client.chance.below(1_000_000_000),
      version: 1,
      host: this.#client.localHost,
      connectionHost: this.#client.localHost,
      rtpPort: this.plan.rtpPort,
      law: "PCMU",
      direction: "sendonly",
      packetMs: 20,
      telephoneEventType: null,
      hasComfortNoise: false,
    });
  }
}

/** Host and port of an answer's Contact; null when it has none that can be read. */
export function contactPlace(response: SipResponse): { host: string; port: number } | null {
  const contact = parseNameAddress(headerValue(response, "Contact") ?? "");
  if (!contact.ok) return null;
  const { host, port } = contact.value.uri;
  return { host, port: port ?? 5060 };
}
