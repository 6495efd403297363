// One call that was offered to us: from INVITE to its end. Holds the dialog, repeats our 2xx until
// its ACK, answers re-offers, sends BYE.  RFC 3261 §13.3, §14.2, §15; RFC 4028; RFC 3311.
// Owned by the endpoint, which routes messages here; its news go to the recording by the delegate.
import { assert, unreachable } from "../assert.ts";
import type { Logger } from "../log.ts";
import type { Address, Clock } from "../ports/index.ts";
import { parseSessionDescription, type SessionDescription } from "../sdp/session-description.ts";
import * as repeater from "./answer-repeater.ts";
import * as dialogs from "./dialog.ts";
import { parseReason, tokenList } from "./header-values.ts";
import { MachineRunner } from "./machine-runner.ts";
import {
  bodyText,
  headerValue,
  makeHeader,
  NO_BODY,
  wireText,
  type SipHeader,
  type SipRequest,
  type SipResponse,
} from "./message.ts";
import { readOffer } from "./offer-body.ts";
import { parseNameAddress } from "./header-values.ts";
import { ALLOW, makeResponse, PRODUCT, REASONS, SDP_TYPE } from "./responses.ts";
import { serializeMessage } from "./serialize.ts";
import type {
  SessionEnd,
  SipSession,
  SipSessionDelegate,
  SipTransport,
  WireMessage,
} from "./session.ts";
import { SessionRefresher, type RefreshHandlers } from "./session-refresher.ts";
import { answerHeaders, MINIMUM_INTERVAL_SECONDS, negotiate } from "./session-timer.ts";
import type { SessionInterval } from "./session-timer.ts";
import type { SipTimers } from "./sip-timers.ts";
import { TimerSet } from "./timer-set.ts";
import type {
  ClientTransactionHandlers,
  IncomingRequest,
  ServerTransaction,
} from "./transaction-layer.ts";
import type { Flow } from "./transports.ts";
import { addressText } from "./uri.ts";

/** What a session needs of the endpoint. */
export interface SessionHost {
  readonly clock: Clock;
  readonly timers: SipTimers;
  readonly log: Logger;
  /** A Via value with a new branch. */
  via(transport: SipTransport): string;
  contact(transport: SipTransport): string;
  /** Our address on the wire: never a wildcard. */
  localText(flow: Flow): string;
  isOpen(flow: Flow): boolean;
  flowTo(transport: SipTransport, target: Address): Flow;
  request(request: SipRequest, flow: Flow, handlers: ClientTransactionHandlers): void;
  /** Without a transaction: ACK of a 2xx. */
  sendOnce(request: SipRequest, flow: Flow): void;
  /** The session wants no more messages. */
  onSessionEnded(session: UasSession): void;
}

export interface UasSessionOptions {
  readonly transaction: ServerTransaction;
  readonly localTag: string;
  readonly offer: SessionDescription | null;
  readonly interval: SessionInterval | null;
  /** For a session that was confirmed, or answered, before a restart. */
  readonly restored?: RestoredState;
}

export interface RestoredState {
  readonly invite: WireMessage;
  readonly dialog: dialogs.Dialog;
  readonly localSdp: string;
  readonly remoteVersion: string | null;
  readonly peerMethods: readonly string[];
  /** The 2xx that was not yet acknowledged. */
  readonly unacknowledged: {
    readonly response: SipResponse;
    readonly sequence: number;
    readonly isOfferless: boolean;
  } | null;
  readonly wasConfirmed: boolean;
}

type State = "invited" | "answered" | "confirmed" | "ending" | "ended";

interface PendingAnswer {
  readonly sequence: number;
  /** Our 2xx held the offer: the ACK brings the answer. */
  readonly isOfferless: boolean;
  readonly runner: MachineRunner<repeater.AnswerState, repeater.AnswerInput, repeater.AnswerOutput>;
}

const DEFAULT_PORTS = { udp: 5060, tcp: 5060, tls: 5061 } as const;

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
  readonly #interval: SessionInterval | null;
  readonly #refresher: SessionRefresher;
  readonly #timers: TimerSet;
  #state: State = "invited";
  #dialog: dialogs.Dialog;
  #pendingAnswer: PendingAnswer | null = null;
  #peerMethods: readonly string[];
  #localSdp = "";
  /** o= version of the peer's last description: a refresh that repeats it changes nothing. */
  #remoteVersion: string | null;
  #wantedBye: { readonly reason: string | undefined } | null = null;
  /** The stream that the peer used last. */
  #latestFlow: Flow;

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
    this.invite = restored?.invite ?? this.#wireIn(incoming);
    this.#dialog =
      restored?.dialog ?? dialogs.createDialog(incoming.request, incoming.core, options.localTag);
    this.#peerMethods = restored?.peerMethods ?? tokenList(incoming.request, "Allow");
    this.#remoteVersion = restored?.remoteVersion ?? options.offer?.origin.sessionVersion ?? null;
    this.#latestFlow = incoming.flow;
    this.#timers = new TimerSet(host.clock);
    this.#refresher = new SessionRefresher(host.clock, {
      sendRequest: (method, headers, handlers) => this.#sendRefresh(method, headers, handlers),
      peerAllowsUpdate: () => this.#peerMethods.includes("UPDATE"),
      onExpired: () => this.#sendBye({ cause: "session-expired" }, undefined),
    });
    if (restored !== undefined) this.#resume(restored);
  }

  get key(): string {
    return dialogs.dialogKey(this.callId, this.localTag, this.#dialog.remoteTag);
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
    if (pending === null || pending.sequence !== ack.core.cseq.sequence) return;
    this.#pendingAnswer = null;
    pending.runner.input({ type: "ack" });
    this.#latestFlow = ack.flow;
    this.delegate.onMessage(this.#wireIn(ack));
    const isAnswered = !pending.isOfferless || this.#takeAnswer(ack.request);
    if (this.#state === "answered") {
      this.#state = "confirmed";
      this.delegate.onConfirmed();
    }
    if (!isAnswered) this.bye('SIP;cause=488;text="ACK without a usable answer"');
    else if (this.#wantedBye !== null) this.bye(this.#wantedBye.reason);
  }

  /** A request in the dialog, other than ACK and CANCEL. */
  handleRequest(transaction: ServerTransaction): void {
    const { request, core, flow } = transaction.incoming;
    const ordered = dialogs.receive(this.#dialog, core);
    if (!ordered.ok) {
      this.#plain(transaction, 500, REASONS[500], [makeHeader("Retry-After", "1")]);
      return;
    }
    this.#dialog = ordered.value;
    this.#latestFlow = flow;
    const isBye = request.method === "BYE";
    if (this.#state === "invited" || (this.#state === "ending" && !isBye)) {
      this.#plain(transaction, 481, REASONS[481]);
    } else if (isBye) this.#handleBye(transaction);
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

  #handleBye(transaction: ServerTransaction): void {
    this.delegate.onMessage(this.#wireIn(transaction.incoming));
    const ok = this.#response(transaction, { status: 200, reasonPhrase: REASONS[200] });
    this.#journalOut(transaction, ok);
    transaction.respond(ok);
    if (this.#ending !== null) {
      this.#end(this.#ending);
      return;
    }
    const reason = headerValue(transaction.incoming.request, "Reason");
    this.#end({ cause: "remote-bye", reason });
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
    this.#dialog = dialogs.refreshTarget(this.#dialog, core.contact?.uriText ?? null);
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
    this.#pendingAnswer?.runner.stopTimers();
    const { timers, clock } = this.#host;
    const first = repeater.begin(timers);
    const runner = new MachineRunner<
      repeater.AnswerState,
      repeater.AnswerInput,
      repeater.AnswerOutput
    >(clock, first.state, {
      step: (state, input) => repeater.step(state, input, timers),
      timerInput: (timer) => ({ type: "timer", timer }),
      isOver: (state) => state.name !== "waiting",
      onOver: () => {},
      act: (output) => {
        if (output.type === "send") transaction.respond(response);
        else if (output.type === "gaveUp") this.#giveUp();
      },
    });
    this.#pendingAnswer = { ...awaited, runner };
    runner.take(first);
  }

  #giveUp(): void {
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
    this.#sendRequest(
      { method: "BYE", headers },
      {
        onResponse: ({ response, bytes, flow }) => {
          if (response.status < 200 || this.#state === "ended") return;
          this.delegate.onMessage(this.#wire("in", flow, bytes));
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
    const sequence = this.#sendRequest(
      { method, headers, body },
      {
        onResponse: ({ response, bytes, flow }) => {
          if (response.status < 200) return;
          const isSuccess = response.status < 300;
          if (isFinished) {
            if (isSuccess && method === "INVITE") this.#sendAck(sequence, false);
            return;
          }
          isFinished = true;
          if (this.#state !== "confirmed") return;
          this.delegate.onMessage(this.#wire("in", flow, bytes));
          if (isSuccess) this.#takeRefreshAnswer(response);
          if (isSuccess && method === "INVITE") this.#sendAck(sequence, true);
          handlers.onFinal(response);
        },
        onFailed: (reason) => {
          if (this.#state === "confirmed" && !isFinished) handlers.onFailed(reason);
        },
      },
    );
  }

  #takeRefreshAnswer(response: SipResponse): void {
    const contact = parseNameAddress(headerValue(response, "Contact") ?? "");
    this.#dialog = dialogs.refreshTarget(this.#dialog, contact.ok ? contact.value.uriText : null);
    if (response.body.length === 0) return;
    const answer = parseSessionDescription(bodyText(response));
    if (!answer.ok || answer.value.origin.sessionVersion === this.#remoteVersion) return;
    this.#remoteVersion = answer.value.origin.sessionVersion;
    this.delegate.onAnswer(answer.value);
  }

  #sendAck(sequence: number, isFirst: boolean): void {
    const via = this.#host.via(this.transport);
    const ack = dialogs.makeRequest(this.#dialog, { method: "ACK", sequence, via });
    const flow = this.#flow();
    if (isFirst) this.delegate.onMessage(this.#wire("out", flow, serializeMessage(ack)));
    this.#host.sendOnce(ack, flow);
  }

  #sendRequest(
    parts: { method: string; headers: readonly SipHeader[]; body?: Uint8Array },
    handlers: ClientTransactionHandlers,
  ): number {
    this.#dialog = dialogs.advance(this.#dialog);
    const sequence = this.#dialog.localSequence;
    const via = this.#host.via(this.transport);
    const headers = [...parts.headers, makeHeader("User-Agent", PRODUCT)];
    const request = dialogs.makeRequest(this.#dialog, { ...parts, headers, sequence, via });
    const flow = this.#flow();
    this.delegate.onMessage(this.#wire("out", flow, serializeMessage(request)));
    this.#host.request(request, flow, handlers);
    return sequence;
  }

  /** The stream that the peer used last, while it is open; else to the next hop. */
  #flow(): Flow {
    const latest = this.#latestFlow;
    if (latest.connection !== null && this.#host.isOpen(latest)) return latest;
    const port = DEFAULT_PORTS[this.transport];
    return this.#host.flowTo(this.transport, dialogs.nextHop(this.#dialog, this.remote, port));
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
    this.delegate.onMessage(this.#wire("out", flow, serializeMessage(response)));
  }

  #wireIn({ flow, bytes }: IncomingRequest): WireMessage {
    return this.#wire("in", flow, bytes);
  }

  #wire(direction: "in" | "out", flow: Flow, bytes: Uint8Array): WireMessage {
    const local = this.#host.localText(flow);
    const remote = addressText(flow.remote);
    const [from, to] = direction === "in" ? [remote, local] : [local, remote];
    return { direction, transport: flow.transport, from, to, text: wireText(bytes).text };
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
    this.#pendingAnswer?.runner.stopTimers();
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

function intervalRefusal(code: string): {
  status: number;
  reasonPhrase: string;
  headers: readonly SipHeader[];
} {
  if (code !== "interval-too-small")
    return { status: 400, reasonPhrase: REASONS[400], headers: [] };
  const headers = [makeHeader("Min-SE", String(MINIMUM_INTERVAL_SECONDS))];
  return { status: 422, reasonPhrase: REASONS[422], headers };
}

function phraseOf(status: number): string {
  const phrases: Readonly<Record<number, string>> = REASONS;
  return phrases[status] ?? "Refused";
}

/** A Reason header's value as it is; any other text becomes one.  RFC 3326 */
function reasonValue(reason: string): string {
  const value = parseReason(reason);
  if (value.ok && value.value.cause !== null) return reason;
  return `SIP;cause=200;text="${reason.replace(/[\\"]/g, "\\$&")}"`;
}
