// The SIP endpoint: answers calls on UDP, TCP and TLS, and nothing else.  RFC 3261 §8.2, §9.2, §11,
// §12.2.2. Service: routes each message to its transaction and session, refuses what it must, and
// keeps its limits. Above it are recordings (through session.ts), below transports and
// transactions.
import { createHash } from "node:crypto";
import { RecorderError } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { Problem } from "../parsed.ts";
import type { Address, Clock, Random, Tcp, TlsOptions, Udp } from "../ports/index.ts";
import { withoutInlineKeys } from "../sdp/inline-keys.ts";
import { isAllowed, joinAllowLists, parseAllowList, type AllowList } from "./allow-list.ts";
import { dialogKey } from "./dialog.ts";
import { headerList, parseVia, type Via } from "./header-values.ts";
import {
  callTag,
  headerValue,
  makeHeader,
  wireText,
  type SipRequest,
  type SipResponse,
} from "./message.ts";
import { HeldRequests } from "./held-requests.ts";
import { LateAcks } from "./late-acks.ts";
import { acceptsSdp, readOffer } from "./offer-body.ts";
import { parseMessage, SIP_PARSE_LIMITS, type SipParseLimits } from "./parse.ts";
import { intervalRefusal, plainRefusal, refusalOf, type AnswerParts } from "./refusals.ts";
import { RateGate } from "./rate-gate.ts";
import { readIdentity, readRequestCore, stampVia, statusOf } from "./request-core.ts";
import { ALLOW, makeResponse, REASONS, SDP_TYPE, SUPPORTED_OPTIONS } from "./responses.ts";
import type { SipEndpointDelegate, SipSession, SipTransport, WireMessage } from "./session.ts";
import { restoreSession } from "./session-restore.ts";
import { negotiate } from "./session-timer.ts";
import type { SipTimers } from "./sip-timers.ts";
import { serializeMessage } from "./serialize.ts";
import {
  TransactionLayer,
  type IncomingRequest,
  type ServerTransaction,
} from "./transaction-layer.ts";
import { SipTransports, type Flow } from "./transports.ts";
import type { SessionHost } from "./session-host.ts";
import { UasSession } from "./uas-session.ts";
import { addressText, hostText } from "./uri.ts";

export interface SipEndpointLimits {
  /** Calls at once, from INVITE to the end of BYE. */
  readonly maximumDialogs: number;
  /** Server and client transactions at once; requests within calls may use twice as many. */
  readonly maximumTransactions: number;
  /** TCP and TLS connections at once. */
  readonly maximumConnections: number;
  readonly maximumMessageBytes: number;
}

export interface SipEndpointOptions {
  /** Local address to bind. */
  readonly bindHost: string;
  /** UDP and TCP; 0 lets the system choose. */
  readonly port: number;
  /** TLS; the next port when absent (0 with port 0). */
  readonly tlsPort?: number;
  readonly transports: readonly SipTransport[];
  /** Needed for transport tls. */
  readonly tls?: TlsOptions;
  /** What others call us by: Contact and Via. */
  readonly advertisedHost: string;
  /** Addresses and CIDR blocks that may call. Empty: nobody, until `allowHosts`. */
  readonly allow: readonly string[];
  readonly limits: SipEndpointLimits;
  readonly timers: SipTimers;
}

export interface SipEndpointPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly udp: Udp;
  readonly tcp: Tcp;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** Room for the busiest IP Office (500 recordings) several times over. */
export const SIP_ENDPOINT_LIMITS: SipEndpointLimits = {
  maximumDialogs: 2_500,
  maximumTransactions: 20_000,
  maximumConnections: 256,
  maximumMessageBytes: 65_535,
};

/** "at most one 403 a second" (design.md §5); log lines that senders can cause likewise. */
const GATE_INTERVAL_MS = 1_000;
const RETRY_AFTER_SECONDS = 5;
const TAG_BYTES = 8;

export class SipEndpoint {
  #isRestoring = false;
  readonly #held = new HeldRequests();
  readonly #options: SipEndpointOptions;
  readonly #ports: SipEndpointPorts;
  readonly #delegate: SipEndpointDelegate;
  readonly #transports: SipTransports;
  readonly #layer: TransactionLayer;
  readonly #host: SessionHost;
  readonly #parseLimits: SipParseLimits;
  readonly #strangerGate = new RateGate(GATE_INTERVAL_MS);
  readonly #malformedGate = new RateGate(GATE_INTERVAL_MS);
  readonly #limitGate = new RateGate(GATE_INTERVAL_MS);
  readonly #sessions = new Map<string, UasSession>();
  readonly #lateAcks: LateAcks;
  /** Sessions by their INVITE, for CANCEL. */
  readonly #byInvite = new Map<ServerTransaction, UasSession>();
  /** Makes the tags of stateless answers repeatable, and not guessable. */
  readonly #tagSecret: Uint8Array;
  /**
   * Writes the log line of the message at hand. That of an INVITE which opens a call waits until
   * its recording is there, so that the line has the recording's tags.
   */
  #arrived: (() => void) | null = null;
  #allow: AllowList = { hosts: new Set(), blocks: [] };

  constructor(options: SipEndpointOptions, ports: SipEndpointPorts, delegate: SipEndpointDelegate) {
    const { bindHost, port, transports, tls, limits } = options;
    this.#options = options;
    this.#ports = ports;
    this.#delegate = delegate;
    this.#parseLimits = { ...SIP_PARSE_LIMITS, maximumMessageBytes: limits.maximumMessageBytes };
    this.#tagSecret = ports.random.bytes(16);
    this.#transports = new SipTransports(
      {
        bindHost,
        port,
        tlsPort: options.tlsPort ?? (port === 0 ? 0 : port + 1),
        transports,
        ...(tls === undefined ? {} : { tls }),
        maximumConnections: limits.maximumConnections,
        maximumMessageBytes: limits.maximumMessageBytes,
      },
      ports,
      {
        onMessage: (bytes, flow) => this.#onMessage(bytes, flow, null),
        onDamaged: (bytes, problem, flow) => this.#onMessage(bytes, flow, problem),
        isAllowed: (host) => isAllowed(this.#allow, host),
      },
    );
    const transportsPort = this.#transports;
    this.#layer = new TransactionLayer(options.timers, { ...ports, transports: transportsPort });
    this.#lateAcks = new LateAcks(ports.clock);
    this.#host = this.#makeHost();
  }

  /** Dialogs of before a restart are still being read: what belongs to one of them must wait. */
  get isRestoring(): boolean {
    return this.#isRestoring;
  }

  set isRestoring(isRestoring: boolean) {
    this.#isRestoring = isRestoring;
    if (!isRestoring) this.#held.release();
  }

  /** Binds all transports or throws a RecorderError that says which and why. */
  async start(): Promise<void> {
    const allow = parseAllowList(this.#options.allow);
    if (!allow.ok) throw new RecorderError("CONFIG_INVALID", `sip.allow: ${allow.problem.detail}`);
    this.#allow = joinAllowLists(this.#allow, allow.value);
    await this.#transports.start();
    for (const { transport, address } of this.localAddresses()) {
      this.#ports.log.info("SIP listens", { transport, address: addressText(address) });
    }
  }

  /** Ends sockets and timers; sends nothing and tells sessions nothing. */
  async close(): Promise<void> {
    for (const session of this.#sessions.values()) session.abandon();
    this.#sessions.clear();
    this.#held.clear();
    this.#lateAcks.clear();
    this.#byInvite.clear();
    this.#layer.close();
    this.#countDialogs();
    await this.#transports.close();
  }

  localAddresses(): { readonly transport: SipTransport; readonly address: Address }[] {
    return this.#transports.localAddresses();
  }

  /** New connections get this certificate. Throws, and changes nothing, when it cannot be used. */
  renewTls(tls: TlsOptions): void {
    this.#transports.renewTls(tls);
  }

  /** Lets further hosts or blocks call: nodes seen in the events of an SCN. */
  allowHosts(hosts: readonly string[]): void {
    for (const host of hosts) {
      const list = parseAllowList([host]);
      if (list.ok) this.#allow = joinAllowLists(this.#allow, list.value);
      else this.#ports.log.warn("SIP source cannot be allowed", { detail: list.problem.detail });
    }
  }

  /**
   * Goes on with a call of before a restart, from the SIP messages of its journal; after `start`.
   * null: it was not answered, or is over. The delegate must be set at once. `ageMs`: how long ago
   * it began.
   */
  restore(messages: readonly WireMessage[], ageMs = 0): SipSession | null {
    const restored = restoreSession(messages, ageMs);
    if (restored === null) return null;
    const { transport } = restored.state.invite;
    const { request, core, bytes, remote, local } = restored;
    // The caller's port of a stream was that stream's own: nobody can be reached there any more.
    const flow = this.#transports.pastFlow(transport, { local, remote });
    const transaction = this.#layer.restoreAccepted({ request, core, flow, bytes });
    const session = new UasSession(
      {
        transaction,
        localTag: restored.state.dialog.localTag,
        offer: restored.offer,
        interval: restored.interval,
        restored: restored.state,
      },
      this.#host,
    );
    this.#keep(session);
    return session;
  }

  // ---- A message arrives.

  #onMessage(bytes: Uint8Array, flow: Flow, damage: Problem | null): void {
    this.#receive(bytes, flow, damage);
    this.#tellArrived();
  }

  /** The log line of the message at hand, unless it has been written. */
  #tellArrived(): void {
    this.#arrived?.();
    this.#arrived = null;
  }

  #receive(bytes: Uint8Array, flow: Flow, damage: Problem | null): void {
    const { metrics, log } = this.#ports;
    metrics.increment("sip_messages_received_total");
    if (!isAllowed(this.#allow, flow.remote.host)) {
      this.#refuseStranger(bytes, flow);
      return;
    }
    const text = withoutInlineKeys(wireText(bytes).text);
    this.#arrived = () => log.debug("SIP in", { ...wireFields(flow), ...callTag(text), text });
    const message = parseMessage(bytes, this.#parseLimits);
    if (!message.ok || !isOpening(message.value)) this.#tellArrived();
    if (!message.ok || damage !== null) {
      const problem = damage ?? (message.ok ? null : message.problem);
      const request = message.ok ? message.value : message.request;
      if (problem !== null) this.#onMalformed(request, problem, flow);
      return;
    }
    if (message.value.kind === "response") {
      this.#onResponse(message.value, bytes, flow);
      return;
    }
    const request = stampVia(message.value, flow.remote);
    const core = readRequestCore(request);
    if (!core.ok) {
      this.#onMalformed(request, core.problem, flow);
      return;
    }
    this.#onRequest({ request, core: core.value, flow, bytes });
  }

  /** "Malformed requests that are recognisable get a stateless 400", the rest is dropped. */
  #onMalformed(message: SipRequest | SipResponse | null, problem: Problem, flow: Flow): void {
    const { metrics, log, clock } = this.#ports;
    metrics.increment("sip_messages_malformed_total");
    if (this.#malformedGate.pass(clock.nowMs())) {
      const detail = `${problem.code} at ${problem.at}: ${problem.detail}`;
      const more = this.#malformedGate.takeHeldBack();
      log.warn("SIP message refused", { code: "SIP_MALFORMED", detail, more, ...wireFields(flow) });
    }
    if (message?.kind === "request") {
      this.#answerOnce(stampVia(message, flow.remote), flow, statusOf(problem));
    }
  }

  #onResponse(response: SipResponse, bytes: Uint8Array, flow: Flow): void {
    const identity = readIdentity(response);
    if (!identity.ok) {
      this.#onMalformed(response, identity.problem, flow);
      return;
    }
    const isExpected = this.#layer.receiveResponse(identity.value, { response, bytes, flow });
    if (!isExpected) this.#ports.log.debug("SIP response to nothing", wireFields(flow));
  }

  #refuseStranger(bytes: Uint8Array, flow: Flow): void {
    const { metrics, clock } = this.#ports;
    metrics.increment("sip_sources_refused_total");
    if (this.#strangerGate.pass(clock.nowMs())) {
      this.#delegate.onSourceRefused(flow.remote, flow.transport);
      const message = parseMessage(bytes, this.#parseLimits);
      const request = message.ok ? message.value : message.request;
      if (request?.kind === "request") {
        const forbidden = { status: 403, reasonPhrase: REASONS[403] };
        this.#answerOnce(stampVia(request, flow.remote), flow, forbidden);
      }
    }
    this.#transports.closeFlow(flow);
  }

  // ---- A request arrives.

  #onRequest(incoming: IncomingRequest): void {
    const { request, core, flow } = incoming;
    if (flow.connection?.refusal === "limit") {
      this.#refuseAtLimit(incoming, "connections");
      this.#transports.closeFlow(flow);
      return;
    }
    const isEarly =
      this.#isRestoring &&
      core.toTag !== null &&
      (this.#held.has(core.callId) || this.#findSession(incoming) === null);
    if (request.method === "ACK") {
      if (this.#layer.absorbAck(incoming)) return;
      if (isEarly && flow.connection !== null && !this.#held.isFull) {
        this.#held.hold(core.callId, () => this.#onAck(incoming));
      } else this.#onAck(incoming);
      return;
    }
    if (this.#layer.absorb(incoming)) return;
    if (isEarly) {
      this.#ports.log.debug("SIP request before its dialog is restored", wireFields(flow));
      // Over UDP it comes again by itself: a refusal would end a call whose dialog is not yet read.
      if (flow.connection === null && this.#held.isFull) return;
    }
    const exhausted =
      isEarly && this.#held.isFull ? "held requests" : this.#exhaustedLimit(incoming);
    if (exhausted !== null) {
      this.#refuseAtLimit(incoming, exhausted);
      return;
    }
    const arrivedMs = this.#ports.clock.nowMs();
    const isMerged = this.#layer.isMerged(incoming);
    const transaction: ServerTransaction = this.#layer.createServer(incoming, {
      onFailed: (reason) => this.#byInvite.get(transaction)?.handleTransportFailure(reason),
    });
    const refusal = isMerged ? plainRefusal(482) : refusalOf(incoming);
    if (refusal !== null) this.#respond(transaction, refusal);
    else if (isEarly)
      this.#held.hold(core.callId, () => this.#onDialogRequest(transaction, arrivedMs));
    else if (request.method === "CANCEL") this.#onCancel(transaction);
    else if (core.toTag !== null) this.#onDialogRequest(transaction, arrivedMs);
    else this.#onNewRequest(transaction);
  }

  #exhaustedLimit({ request, core }: IncomingRequest): "dialogs" | "transactions" | null {
    const { maximumDialogs, maximumTransactions } = this.#options.limits;
    const isWithinCall = core.toTag !== null || request.method === "CANCEL";
    const allowed = isWithinCall ? 2 * maximumTransactions : maximumTransactions;
    if (this.#layer.count >= allowed) return "transactions";
    const isNewCall = request.method === "INVITE" && core.toTag === null;
    return isNewCall && this.#sessions.size >= maximumDialogs ? "dialogs" : null;
  }

  #refuseAtLimit(incoming: IncomingRequest, limit: string): void {
    const { metrics, log, clock } = this.#ports;
    const { request, flow } = incoming;
    if (request.method === "ACK") return;
    const isCall = request.method === "INVITE";
    metrics.increment(isCall ? "sip_calls_refused_total" : "sip_requests_refused_total");
    if (this.#limitGate.pass(clock.nowMs())) {
      log.error("SIP limit reached", { code: "SIP_LIMIT", limit, ...wireFields(flow) });
    }
    const headers = [makeHeader("Retry-After", String(RETRY_AFTER_SECONDS))];
    this.#answerOnce(request, flow, { status: 503, reasonPhrase: REASONS[503], headers });
  }

  #onCancel(transaction: ServerTransaction): void {
    const { incoming } = transaction;
    const invite = this.#layer.findInvite(incoming);
    if (invite === null) {
      this.#respond(transaction, plainRefusal(481));
      return;
    }
    // "the To tag of the response to the CANCEL and the To tag in the response to the original
    // request SHOULD be the same."  §9.2
    const session = this.#byInvite.get(invite);
    const toTag = session?.localTag ?? this.#statelessTag(incoming.request);
    const parts = { status: 200, reasonPhrase: REASONS[200], toTag };
    transaction.respond(makeResponse(incoming.request, parts));
    session?.handleCancel(incoming);
  }

  #onDialogRequest(transaction: ServerTransaction, arrivedMs: number): void {
    const session = this.#findSession(transaction.incoming);
    if (session === null) this.#respond(transaction, plainRefusal(481));
    else session.handleRequest(transaction, arrivedMs);
  }

  #onNewRequest(transaction: ServerTransaction): void {
    switch (transaction.incoming.request.method) {
      case "INVITE":
        this.#onInvite(transaction);
        break;
      case "OPTIONS": {
        const headers = [
          makeHeader("Allow", ALLOW),
          makeHeader("Accept", SDP_TYPE),
          makeHeader("Supported", SUPPORTED_OPTIONS.join(", ")),
          // "The Date header field reflects the time when the … response is first sent"  §20.17
          makeHeader("Date", new Date(this.#ports.clock.wallTimeMs()).toUTCString()),
          makeHeader("Contact", this.#contact(transaction.incoming.flow.transport)),
        ];
        this.#respond(transaction, { status: 200, reasonPhrase: REASONS[200], headers });
        break;
      }
      default:
        this.#respond(transaction, plainRefusal(481));
    }
  }

  #onInvite(transaction: ServerTransaction): void {
    const { request } = transaction.incoming;
    const body = readOffer(request);
    if (!body.ok) {
      this.#respond(transaction, body.refusal);
      return;
    }
    if (!acceptsSdp(request)) {
      this.#respond(transaction, plainRefusal(406));
      return;
    }
    const interval = negotiate(request);
    if (!interval.ok) {
      this.#respond(transaction, intervalRefusal(interval.problem.code));
      return;
    }
    const options = { offer: body.description, interval: interval.value };
    const localTag = this.#token();
    const session = new UasSession({ transaction, localTag, ...options }, this.#host);
    this.#keep(session);
    this.#byInvite.set(transaction, session);
    this.#delegate.onInvite(session);
    this.#tellArrived();
    this.#ports.log.info("SIP call", {
      sipCallId: session.callId,
      ...wireFields(transaction.incoming.flow),
    });
  }

  #onAck(ack: IncomingRequest): void {
    const session = this.#findSession(ack);
    if (session === null) this.#lateAcks.handleAck(keyOf(ack), ack);
    else session.handleAck(ack);
  }

  #findSession(incoming: IncomingRequest): UasSession | null {
    return this.#sessions.get(keyOf(incoming)) ?? null;
  }

  #keep(session: UasSession): void {
    this.#sessions.set(session.key, session);
    this.#countDialogs();
  }

  // ---- Answers.

  #respond(transaction: ServerTransaction, parts: AnswerParts): void {
    this.#tellArrived();
    const { request } = transaction.incoming;
    transaction.respond(makeResponse(request, { ...parts, toTag: this.#statelessTag(request) }));
  }

  /** Without a transaction. Never to ACK (RFC 3261 §17.1.1.3), nor without a Via to go by. */
  #answerOnce(request: SipRequest, flow: Flow, parts: AnswerParts): void {
    this.#tellArrived();
    if (request.method === "ACK" || headerValue(request, "Via") === null) return;
    const vias = headerList(request, "Via");
    const read = parseVia((vias.ok ? vias.value[0] : undefined) ?? "");
    const via = read.ok ? read.value : sourceVia(flow);
    const toTag = this.#statelessTag(request);
    this.#layer.sendOnce({ flow, via }, makeResponse(request, { ...parts, toTag }));
  }

  /** "the same To tag for each response to the same request" (§8.2.7), without remembering any. */
  #statelessTag(request: SipRequest): string {
    const hash = createHash("sha256").update(this.#tagSecret);
    for (const { key, value } of request.headers) {
      if (key === "from" || key === "call-id") hash.update(`${key}:${value}\n`);
      else if (key === "cseq") hash.update(`${key}:${value.split(/\s/)[0]}\n`);
    }
    return hash.digest("hex").slice(0, 2 * TAG_BYTES);
  }

  #token(): string {
    return Buffer.from(this.#ports.random.bytes(TAG_BYTES)).toString("hex");
  }

  #contact(transport: SipTransport): string {
    const host = hostText(this.#options.advertisedHost);
    const port = this.#transports.localAddress(transport)?.port ?? this.#options.port;
    return `<sip:${host}:${port};transport=${transport}>`;
  }

  #countDialogs(): void {
    this.#ports.metrics.set("sip_dialogs", this.#sessions.size);
  }

  #makeHost(): SessionHost {
    const { clock, log } = this.#ports;
    const { timers, advertisedHost } = this.#options;
    const transports = this.#transports;
    return {
      clock,
      timers,
      log,
      via: (transport) => {
        const port = transports.localAddress(transport)?.port ?? this.#options.port;
        const sentBy = `${hostText(advertisedHost)}:${port}`;
        return `SIP/2.0/${transport.toUpperCase()} ${sentBy};branch=z9hG4bK${this.#token()};rport`;
      },
      contact: (transport) => this.#contact(transport),
      localText: ({ local }) => {
        const isWildcard = local.host === "0.0.0.0" || local.host === "::";
        return addressText(isWildcard ? { host: advertisedHost, port: local.port } : local);
      },
      isOpen: (flow) => transports.isOpen(flow),
      flowTo: (transport, target) => transports.flowTo(transport, target),
      request: (request, flow, handlers) => this.#layer.request(request, flow, handlers),
      sendOnce: (request, flow) =>
        transports.send(flow, serializeMessage(request), (error) =>
          log.debug("SIP ACK could not be sent", { detail: error.message }),
        ),
      onSessionEnded: (session) => {
        this.#sessions.delete(session.key);
        this.#lateAcks.keep(session);
        this.#byInvite.delete(session.transaction);
        this.#countDialogs();
      },
    };
  }
}

function keyOf({ core }: IncomingRequest): string {
  return dialogKey(core.callId, core.toTag ?? "", core.fromTag ?? "");
}

function isOpening(message: SipRequest | SipResponse): boolean {
  return message.kind === "request" && message.method === "INVITE";
}

function wireFields({ transport, remote }: Flow): { transport: SipTransport; remote: string } {
  return { transport, remote: addressText(remote) };
}

/** Stands for a Via that cannot be read: a refusal then goes to where the request came from. */
function sourceVia({ transport, remote }: Flow): Via {
  const parameters = [{ name: "rport", value: null }];
  return { transport: transport.toUpperCase(), host: remote.host, port: remote.port, parameters };
}
