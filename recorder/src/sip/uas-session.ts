// One call that was offered to us: from INVITE to its end. Holds the dialog, repeats our 2xx until
// its ACK, answers re-offers, sends BYE.  RFC 3261 §13.3, §14.2, §15; RFC 4028; RFC 3311.
// Owned by the endpoint, which routes messages here; its news go to the recording by the delegate.
import { assert, unreachable } from "../assert.ts";
import type { Address } from "../ports/index.ts";
import { parseSessionDescription, type SessionDescription } from "../sdp/session-description.ts";
import { createDialog } from "./dialog.ts";
import { DialogChannel, wireMessage } from "./dialog-channel.ts";
import { parseNameAddress, tokenList } from "./header-values.ts";
import {
  bodyText,
  headerValue,
  makeHeader,
  NO_BODY,
  type SipHeader,
  type SipRequest,
  type SipResponse,
} from "./message.ts";
import { readOffer } from "./offer-body.ts";
import { PendingAnswer } from "./pending-answer.ts";
import { intervalRefusal, phraseOf, reasonValue } from "./refusals.ts";
import { ALLOW, makeResponse, REASONS, SDP_TYPE } from "./responses.ts";
import { serializeMessage } from "./serialize.ts";
import type {
  SessionEnd,
  SipSession,
  SipSessionDelegate,
  SipTransport,
  WireMessage,
} from "./session.ts";
import { SessionRefresher, type RefreshHandlers } from "./session-refresher.ts";
import { answerHeaders, negotiate } from "./session-timer.ts";
import type { SessionInterval } from "./session-timer.ts";
import { TimerSet } from "./timer-set.ts";
import type { RestoredState, SessionHost, UasSessionOptions } from "./session-host.ts";
import type { IncomingRequest, ServerTransaction } from "./transaction-layer.ts";

type State = "invited" | "answered" | "confirmed" | "ending" | "ended";

/** ACKs that may still come late. */
const OVERTAKEN_LIMIT = 8;

export class UasSession implements SipSession {
  readonly callId: string;
  readonly request: SipRequest;
  readonly offer: SessionDescription | null;
  readonly transport: SipTransport;
  readonly remote: Address;
  readonly invite: WireMessage;
  readonly localTag: string;
  /** Of the INVITE. */
  readonly transaction: ServerTransaction;
  delegate: SipSessionDelegate = UNSET_DELEGATE;

  readonly #host: SessionHost;
  readonly #channel: DialogChannel;
  readonly #interval: SessionInterval | null;
  readonly #refresher: SessionRefresher;
  readonly #timers: TimerSet;
  #state: State = "invited";
  #pendingAnswer: PendingAnswer | null = null;
  /** CSeqs of answers whose ACK a later INVITE or a BYE has overtaken. */
  readonly #overtaken = new Set<number>();
  #peerMethods: readonly string[];
  #localSdp = "";
  /** o= version of the peer's last description: a refresh that repeats it changes nothing. */
  #remoteVersion: string | null;
  #wantedBye: { readonly reason: string | undefined } | null = null;

  constructor(options: UasSessionOptions, host: SessionHost) {
    const { incoming } = options.transaction;
    const { restored } = options;
    this.#host = host;
    this.transaction = options.transaction;
    this.#interval = options.interval;
    this.callId = incoming.core.callId;
    this.request = incoming.request;
    this.offer = options.offer;
    this.transport = incoming.flow.transport;
    this.remote = incoming.flow.remote;
    this.localTag = options.localTag;
    const { flow, bytes } = incoming;
    this.invite = restored?.invite ?? wireMessage(host, { direction: "in", flow, bytes });
    const dialog =
      restored?.dialog ?? createDialog(incoming.request, incoming.core, options.localTag);
    const onMessage = (message: WireMessage): void => this.delegate.onMessage(message);
    this.#channel = new DialogChannel({ dialog, source: flow, onMessage }, host);
    this.#peerMethods = restored?.peerMethods ?? tokenList(incoming.request, "Allow");
    this.#remoteVersion = restored?.remoteVersion ?? options.offer?.origin.sessionVersion ?? null;
    this.#timers = new TimerSet(host.clock);
    this.#refresher = new SessionRefresher(host.clock, {
      sendRequest: (method, headers, handlers) => this.#sendRefresh(method, headers, handlers),
      peerAllowsUpdate: () => this.#peerMethods.includes("UPDATE"),
      onExpired: () => this.#sendBye({ cause: "session-expired" }, undefined),
    });
    if (restored !== undefined) this.#resume(restored);
  }

  get key(): string {
    return this.#channel.key;
  }

  /** An answer of ours has had no ACK yet; after the end of the call too, if BYE overtook it. */
  get awaitsAck(): boolean {
    return this.#pendingAnswer !== null || this.#overtaken.size > 0;
  }

  // ---- What the recording asks for.

  accept(sdp: string): void {
    if (this.#state !== "invited") return;
    this.#state = "answered";
    const { incoming } = this.transaction;
    const recordRoutes = incoming.request.headers.filter(({ key }) => key === "record-route");
    const response = this.#success(this.transaction, sdp, [
      ...recordRoutes,
      ...answerHeaders(this.#interval),
    ]);
    this.#localSdp = sdp;
    this.#journalOut(this.transaction, response);
    const { sequence } = incoming.core.cseq;
    this.#repeat(this.transaction, response, { sequence, isOfferless: this.offer === null });
    this.#refresher.refreshed(this.#interval);
  }

  reject(
    status: number,
    reasonPhrase: string,
    headers: readonly (readonly [name: string, value: string])[] = [],
  ): void {
    if (this.#state !== "invited") return;
    assert(status >= 300 && status <= 699, `not a final refusal: ${status}`);
    const extra = headers.map(([name, value]) => makeHeader(name, value));
    this.#refuse(this.transaction, { status, reasonPhrase, headers: extra });
    this.#end({ cause: "rejected", status });
  }

  bye(reason?: string): void {
    if (this.#state === "invited") this.reject(480, REASONS[480]);
    else if (this.#state === "confirmed") this.#sendBye({ cause: "local-bye" }, reason);
    // "The callee's UA MUST NOT send a BYE on a confirmed dialog until it has received an ACK for
    // its 2xx response or until the server transaction times out."  §15
    else if (this.#state === "answered") this.#wantedBye ??= { reason };
  }

  // ---- What the endpoint routes here.

  handleCancel(cancel: IncomingRequest): void {
    if (this.#state !== "invited") return;
    this.delegate.onMessage(this.#wireIn(cancel));
    this.#refuse(this.transaction, { status: 487, reasonPhrase: REASONS[487] });
    this.#end({ cause: "cancelled", reason: headerValue(cancel.request, "Reason") });
  }

  handleAck(ack: IncomingRequest): void {
    const pending = this.#pendingAnswer;
    const { sequence } = ack.core.cseq;
    if (pending === null || pending.sequence !== sequence) {
      if (this.#overtaken.delete(sequence)) this.delegate.onMessage(this.#wireIn(ack));
      return;
    }
    this.#pendingAnswer = null;
    pending.acknowledge();
    this.delegate.onMessage(this.#wireIn(ack));
    const isAnswered = !pending.isOfferless || this.#takeAnswer(ack.request);
    if (this.#state === "answered") {
      this.#state = "confirmed";
      this.delegate.onConfirmed();
    }
    if (!isAnswered) this.bye('SIP;cause=488;text="ACK without a usable answer"');
    else if (this.#wantedBye !== null) this.bye(this.#wantedBye.reason);
  }

  /** A request in the dialog, other than ACK and CANCEL, that came at `arrivedMs`. */
  handleRequest(transaction: ServerTransaction, arrivedMs: number): void {
    const { request, core, flow } = transaction.incoming;
    if (!this.#channel.receive(core, flow)) {
      this.#plain(transaction, 500, REASONS[500], [makeHeader("Retry-After", "1")]);
      return;
    }
    const isBye = request.method === "BYE";
    if (this.#state === "invited" || (this.#state === "ending" && !isBye)) {
      this.#plain(transaction, 481, REASONS[481]);
    } else if (isBye) this.#handleBye(transaction, arrivedMs);
    else if (request.method === "INVITE" || request.method === "UPDATE") {
      this.#handleReoffer(transaction);
    } else this.#plain(transaction, 200, REASONS[200]);
  }

  /** The INVITE's transaction failed. */
  handleTransportFailure(detail: string): void {
    if (this.#state === "invited") this.#end({ cause: "transport-failed", detail });
  }

  /** The endpoint closes: no more timers, no more news. */
  abandon(): void {
    this.#state = "ended";
    this.#stop();
  }

  // ---- Re-offers and refreshes of the peer.

  #handleBye(transaction: ServerTransaction, arrivedMs: number): void {
    this.delegate.onMessage(this.#wireIn(transaction.incoming));
    const ok = this.#response(transaction, { status: 200, reasonPhrase: REASONS[200] });
    this.#journalOut(transaction, ok);
    transaction.respond(ok);
    if (this.#ending !== null) {
      this.#end(this.#ending);
      return;
    }
    const reason = headerValue(transaction.incoming.request, "Reason");
    this.#end({ cause: "remote-bye", reason, atMs: arrivedMs });
  }

  #handleReoffer(transaction: ServerTransaction): void {
    const { request, core } = transaction.incoming;
    const isInvite = request.method === "INVITE";
    this.delegate.onMessage(this.#wireIn(transaction.incoming));
    const body = readOffer(request);
    const offers = isInvite || (body.ok && body.description !== null);
    const crosses = this.#refresher.isInvitePending || this.#pendingAnswer?.isOfferless === true;
    if (crosses && offers) {
      this.#refuse(transaction, { status: 491, reasonPhrase: REASONS[491] });
      return;
    }
    const interval = negotiate(request);
    if (!interval.ok) {
      this.#refuse(transaction, intervalRefusal(interval.problem.code));
      return;
    }
    if (!body.ok) {
      this.#refuse(transaction, body.refusal);
      return;
    }
    const answer = offers ? this.delegate.onReoffer(body.description) : { sdp: null };
    if ("status" in answer) {
      this.#refuse(transaction, { status: answer.status, reasonPhrase: phraseOf(answer.status) });
      return;
    }
    if (this.#state !== "answered" && this.#state !== "confirmed") {
      this.#refuse(transaction, { status: 481, reasonPhrase: REASONS[481] });
      return;
    }
    this.#channel.refreshTarget(core.contact?.uriText ?? null);
    if (headerValue(request, "Allow") !== null) this.#peerMethods = tokenList(request, "Allow");
    if (answer.sdp !== null) this.#localSdp = answer.sdp;
    this.#remoteVersion = body.description?.origin.sessionVersion ?? this.#remoteVersion;
    const response = this.#success(transaction, answer.sdp, answerHeaders(interval.value));
    this.#journalOut(transaction, response);
    if (isInvite) {
      const awaited = { sequence: core.cseq.sequence, isOfferless: body.description === null };
      this.#repeat(transaction, response, awaited);
    } else transaction.respond(response);
    this.#refresher.refreshed(interval.value);
  }

  /** False when the ACK of our offer has no answer that can be read. */
  #takeAnswer(ack: SipRequest): boolean {
    const answer = readOffer(ack);
    if (!answer.ok || answer.description === null) return false;
    this.#remoteVersion = answer.description.origin.sessionVersion;
    this.delegate.onAnswer(answer.description);
    return true;
  }

  // ---- Our 2xx, until its ACK.

  #repeat(
    transaction: ServerTransaction,
    response: SipResponse,
    awaited: { readonly sequence: number; readonly isOfferless: boolean },
  ): void {
    // A request in the dialog proves that an earlier 2xx arrived.
    this.#pendingAnswer?.stop();
    if (this.#pendingAnswer !== null) this.#overtake(this.#pendingAnswer.sequence);
    const onGaveUp = (): void => this.#giveUp();
    this.#pendingAnswer = new PendingAnswer(
      { ...awaited, transaction, response, onGaveUp },
      this.#host.clock,
      this.#host.timers,
    );
  }

  /** Its ACK comes late, if at all: nothing waits for it, but the journal is to hold it (R20). */
  #overtake(sequence: number): void {
    this.#overtaken.add(sequence);
    const [oldest] = this.#overtaken;
    if (this.#overtaken.size > OVERTAKEN_LIMIT && oldest !== undefined) {
      this.#overtaken.delete(oldest);
    }
  }

  #giveUp(): void {
    if (this.#pendingAnswer !== null) this.#overtake(this.#pendingAnswer.sequence);
    this.#pendingAnswer = null;
    const wanted = this.#wantedBye;
    if (wanted === null) this.#sendBye({ cause: "no-ack" }, undefined);
    else this.#sendBye({ cause: "local-bye" }, wanted.reason);
  }

  // ---- Requests of ours.

  #ending: SessionEnd | null = null;

  #sendBye(end: SessionEnd, reason: string | undefined): void {
    if (this.#state === "ending" || this.#state === "ended") return;
    this.#state = "ending";
    this.#ending = end;
    this.#stop();
    // The answer belongs into the journal, but a silent peer shall not hold the recording's end.
    this.#timers.start("byeAnswer", this.#host.timers.t2Ms, () => this.#end(end));
    const headers = reason === undefined ? [] : [makeHeader("Reason", reasonValue(reason))];
    this.#channel.send(
      { method: "BYE", headers },
      {
        onResponse: ({ response, bytes, flow }) => {
          if (response.status < 200 || this.#state === "ended") return;
          this.delegate.onMessage(this.#channel.wire("in", flow, bytes));
          this.#end(end);
        },
        onFailed: () => this.#end(end),
      },
    );
  }

  #sendRefresh(
    method: "UPDATE" | "INVITE",
    timerHeaders: readonly SipHeader[],
    handlers: RefreshHandlers,
  ): void {
    const headers = [...this.#capabilities(), ...timerHeaders];
    // The same description with the same o= version: "no change" (RFC 4028 §7.4).
    const body = method === "INVITE" ? Buffer.from(this.#localSdp) : NO_BODY;
    if (method === "INVITE") headers.push(makeHeader("Content-Type", SDP_TYPE));
    let isFinished = false;
    const sequence = this.#channel.send(
      { method, headers, body },
      {
        onResponse: ({ response, bytes, flow }) => {
          if (response.status < 200) return;
          const isSuccess = response.status < 300;
          const isFirst = !isFinished && this.#state === "confirmed";
          isFinished = true;
          if (isFirst) this.delegate.onMessage(this.#channel.wire("in", flow, bytes));
          if (isFirst && isSuccess) this.#takeRefreshAnswer(response);
          // Each copy of a 2xx is acknowledged (RFC 3261 §13.2.2.4), also while the call ends.
          if (isSuccess && method === "INVITE") this.#channel.sendAck(sequence, isFirst);
          if (isFirst) handlers.onFinal(response);
        },
        onFailed: (reason) => {
          if (this.#state === "confirmed" && !isFinished) handlers.onFailed(reason);
        },
      },
    );
  }

  #takeRefreshAnswer(response: SipResponse): void {
    const contact = parseNameAddress(headerValue(response, "Contact") ?? "");
    this.#channel.refreshTarget(contact.ok ? contact.value.uriText : null);
    if (response.body.length === 0) return;
    const answer = parseSessionDescription(bodyText(response));
    if (!answer.ok || answer.value.origin.sessionVersion === this.#remoteVersion) return;
    this.#remoteVersion = answer.value.origin.sessionVersion;
    this.delegate.onAnswer(answer.value);
  }

  // ---- Answers and the journal.

  #capabilities(): SipHeader[] {
    return [
      makeHeader("Contact", this.#host.contact(this.transport)),
      makeHeader("Allow", ALLOW),
      makeHeader("Supported", "timer"),
    ];
  }

  #success(
    transaction: ServerTransaction,
    sdp: string | null,
    extra: readonly SipHeader[],
  ): SipResponse {
    const headers = [...this.#capabilities(), ...extra];
    if (sdp !== null) headers.push(makeHeader("Content-Type", SDP_TYPE));
    const body = sdp === null ? NO_BODY : Buffer.from(sdp);
    const parts = { status: 200, reasonPhrase: REASONS[200], headers, body };
    return this.#response(transaction, parts);
  }

  #response(
    transaction: ServerTransaction,
    parts: {
      status: number;
      reasonPhrase: string;
      headers?: readonly SipHeader[];
      body?: Uint8Array;
    },
  ): SipResponse {
    return makeResponse(transaction.incoming.request, { ...parts, toTag: this.localTag });
  }

  /** A refusal that the journal keeps. */
  #refuse(
    transaction: ServerTransaction,
    parts: { status: number; reasonPhrase: string; headers?: readonly SipHeader[] },
  ): void {
    const response = this.#response(transaction, parts);
    this.#journalOut(transaction, response);
    transaction.respond(response);
  }

  /** An answer that changes nothing. */
  #plain(
    transaction: ServerTransaction,
    status: number,
    reasonPhrase: string,
    headers: readonly SipHeader[] = [],
  ): void {
    transaction.respond(this.#response(transaction, { status, reasonPhrase, headers }));
  }

  #journalOut(transaction: ServerTransaction, response: SipResponse): void {
    const flow = { ...transaction.incoming.flow, remote: transaction.target };
    this.delegate.onMessage(this.#channel.wire("out", flow, serializeMessage(response)));
  }

  #wireIn({ flow, bytes }: IncomingRequest): WireMessage {
    return this.#channel.wire("in", flow, bytes);
  }

  // ---- The end, and the beginning after a restart.

  #end(end: SessionEnd): void {
    if (this.#state === "ended") return;
    this.#state = "ended";
    this.#stop();
    this.#host.onSessionEnded(this);
    this.delegate.onEnded(end);
  }

  #stop(): void {
    this.#pendingAnswer?.stop();
    if (this.#pendingAnswer !== null) this.#overtake(this.#pendingAnswer.sequence);
    this.#pendingAnswer = null;
    this.#refresher.stop();
    this.#timers.stopAll();
  }

  #resume(restored: RestoredState): void {
    this.#state = restored.wasConfirmed ? "confirmed" : "answered";
    this.#localSdp = restored.localSdp;
    const { unacknowledged } = restored;
    if (unacknowledged !== null) {
      this.#repeat(this.transaction, unacknowledged.response, unacknowledged);
    }
    this.#refresher.refreshed(this.#interval);
  }
}

const UNSET_DELEGATE: SipSessionDelegate = {
  onMessage: unset,
  onConfirmed: unset,
  onReoffer: unset,
  onAnswer: unset,
  onEnded: unset,
};

function unset(): never {
  return unreachable("session.delegate must be set inside onInvite" as never);
}
