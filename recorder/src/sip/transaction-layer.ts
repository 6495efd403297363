// Runs the transaction machines: finds the transaction of a message, sends what a machine says,
// and keeps its timers.  RFC 3261 §17. The only place where transactions meet sockets and clocks.
import type { Logger } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { Address, Clock } from "../ports/index.ts";
import * as client from "./client-transaction.ts";
import * as inviteClient from "./invite-client-transaction.ts";
import * as inviteServer from "./invite-server-transaction.ts";
import { headerValue, makeHeader, NO_BODY, type SipRequest, type SipResponse } from "./message.ts";
import { uniqueBranch, type MessageIdentity, type RequestCore } from "./request-core.ts";
import { makeResponse, REASONS } from "./responses.ts";
import { serializeMessage } from "./serialize.ts";
import * as server from "./server-transaction.ts";
import type { SipTimers, TransactionContext } from "./sip-timers.ts";
import { MachineRunner, type MachineStep } from "./machine-runner.ts";
import type { Flow, SipTransports } from "./transports.ts";
import { addressText, DEFAULT_SIP_PORTS, hostText } from "./uri.ts";
import { headerList, parameter, parseVia } from "./header-values.ts";

/** A request that was parsed, checked and stamped. */
export interface IncomingRequest {
  readonly request: SipRequest;
  readonly core: RequestCore;
  readonly flow: Flow;
  /** As it came. */
  readonly bytes: Uint8Array;
}

export interface ServerTransaction {
  readonly incoming: IncomingRequest;
  /** Where answers go. */
  readonly target: Address;
  respond(response: SipResponse): void;
}

export interface ServerTransactionHandlers {
  /** The transport failed before a final answer could be given or acknowledged. */
  readonly onFailed: (reason: "timeout" | "transport") => void;
}

export interface ClientTransactionHandlers {
  readonly onResponse: (incoming: IncomingResponse) => void;
  readonly onFailed: (reason: "timeout" | "transport") => void;
}

export interface IncomingResponse {
  readonly response: SipResponse;
  /** As it came. */
  readonly bytes: Uint8Array;
  readonly flow: Flow;
}

export interface TransactionLayerPorts {
  readonly clock: Clock;
  readonly transports: SipTransports;
  readonly log: Logger;
  readonly metrics: Metrics;
}

interface ServerEntry extends ServerTransaction {
  readonly key: string;
  readonly mergeKey: string | null;
  readonly onRequest: () => void;
  /** True when the ACK is the user's. */
  readonly onAck: () => boolean;
  readonly stopTimers: () => void;
}

interface ClientEntry {
  readonly onResponse: (incoming: IncomingResponse) => void;
  readonly stopTimers: () => void;
}

type ClientOutput = client.ClientOutput | inviteClient.InviteClientOutput;

/** What both client machines accept; `never` because each names its own timers. */
type ClientInput =
  | { readonly type: "response"; readonly response: SipResponse }
  | { readonly type: "timer"; readonly timer: never }
  | { readonly type: "transportFailed" };

export class TransactionLayer {
  readonly #timers: SipTimers;
  readonly #ports: TransactionLayerPorts;
  readonly #servers = new Map<string, ServerEntry>();
  readonly #merges = new Map<string, ServerEntry>();
  readonly #clients = new Map<string, ClientEntry>();

  constructor(timers: SipTimers, ports: TransactionLayerPorts) {
    this.#timers = timers;
    this.#ports = ports;
  }

  get count(): number {
    return this.#servers.size + this.#clients.size;
  }

  /** True: a repetition, dealt with. ACK has its own method. */
  absorb(incoming: IncomingRequest): boolean {
    const entry = this.#servers.get(serverKey(incoming, incoming.request.method));
    entry?.onRequest();
    return entry !== undefined;
  }

  /** True: the ACK belongs to a refusal and is dealt with. False: it confirms a 2xx. */
  absorbAck(incoming: IncomingRequest): boolean {
    const entry = this.#servers.get(serverKey(incoming, "INVITE"));
    return entry !== undefined && !entry.onAck();
  }

  /** The INVITE that a CANCEL is about.  RFC 3261 §9.2 */
  findInvite(cancel: IncomingRequest): ServerTransaction | null {
    return this.#servers.get(serverKey(cancel, "INVITE")) ?? null;
  }

  /** Did this request already come by another way?  RFC 3261 §8.2.2.2 */
  isMerged(incoming: IncomingRequest): boolean {
    const key = mergeKey(incoming);
    return key !== null && this.#merges.has(key);
  }

  createServer(incoming: IncomingRequest, handlers: ServerTransactionHandlers): ServerTransaction {
    return incoming.request.method === "INVITE"
      ? this.#createInviteServer(incoming, handlers, false)
      : this.#createServer(incoming, handlers);
  }

  /** After a restart: the transaction of an INVITE that was answered with 2xx before. */
  restoreAccepted(incoming: IncomingRequest): ServerTransaction {
    const ignore = { onFailed: () => {} };
    return this.#createInviteServer(incoming, ignore, true);
  }

  /** Sends a request of ours and follows it; the branch in its Via must be unique. */
  request(request: SipRequest, flow: Flow, handlers: ClientTransactionHandlers): void {
    const context = this.#context(flow);
    if (request.method === "INVITE") {
      this.#follow<inviteClient.InviteClientState>({ request, flow }, handlers, {
        first: inviteClient.begin(context),
        step: (state, input) => inviteClient.step(state, input, context),
      });
    } else {
      this.#follow<client.ClientState>({ request, flow }, handlers, {
        first: client.begin(context),
        step: (state, input) => client.step(state, input, context),
      });
    }
    this.#count();
  }

  /** False: no request of ours waits for it. */
  receiveResponse(identity: MessageIdentity, incoming: IncomingResponse): boolean {
    const branch = parameter(identity.via, "branch") ?? "";
    const entry = this.#clients.get(`${branch} ${identity.cseq.method}`);
    entry?.onResponse(incoming);
    return entry !== undefined;
  }

  /** Stateless: the answer is sent once and forgotten. */
  sendOnce(
    incoming: Pick<IncomingRequest, "flow"> & { via: RequestCore["via"] },
    response: SipResponse,
  ): void {
    this.#ports.transports.send(
      responseFlow(this.#ports.transports, incoming),
      serializeMessage(response),
      (error) => this.#ports.log.debug("SIP answer could not be sent", { detail: error.message }),
    );
  }

  close(): void {
    for (const entry of this.#servers.values()) entry.stopTimers();
    for (const entry of this.#clients.values()) entry.stopTimers();
    this.#servers.clear();
    this.#merges.clear();
    this.#clients.clear();
    this.#count();
  }

  #createInviteServer(
    incoming: IncomingRequest,
    handlers: ServerTransactionHandlers,
    restored: boolean,
  ): ServerTransaction {
    const context = this.#context(incoming.flow);
    let deliveredAck = false;
    const runner = new MachineRunner<
      inviteServer.InviteServerState,
      inviteServer.InviteServerInput,
      inviteServer.InviteServerOutput
    >(
      this.#ports.clock,
      { name: "accepted" },
      {
        step: (state, input) => inviteServer.step(state, input, context),
        timerInput: (timer) => ({ type: "timer", timer }),
        isOver: (state) => state.name === "terminated",
        onOver: () => this.#remove(entry),
        act: (output) => {
          if (output.type === "send") this.#respond(incoming, output.response, fail);
          else if (output.type === "deliverAck") deliveredAck = true;
          else handlers.onFailed(output.reason);
        },
      },
    );
    const fail = (): void => runner.input({ type: "transportFailed" });
    const entry: ServerEntry = {
      ...this.#entryKeys(incoming, "INVITE"),
      stopTimers: () => runner.stopTimers(),
      respond: (response) => runner.input({ type: "respond", response }),
      onRequest: () => runner.input({ type: "request" }),
      onAck: () => {
        deliveredAck = false;
        runner.input({ type: "ack" });
        return deliveredAck;
      },
    };
    this.#add(entry);
    const parts = { status: 100, reasonPhrase: REASONS[100], toTag: null };
    runner.take(
      restored
        ? inviteServer.resumeAccepted(context)
        : inviteServer.begin(makeResponse(incoming.request, parts), context),
    );
    return entry;
  }

  #createServer(incoming: IncomingRequest, handlers: ServerTransactionHandlers): ServerTransaction {
    const context = this.#context(incoming.flow);
    const first = server.begin();
    const runner = new MachineRunner<server.ServerState, server.ServerInput, server.ServerOutput>(
      this.#ports.clock,
      first.state,
      {
        step: (state, input) => server.step(state, input, context),
        timerInput: (timer) => ({ type: "timer", timer }),
        isOver: (state) => state.name === "terminated",
        onOver: () => this.#remove(entry),
        act: (output) => {
          if (output.type === "send") this.#respond(incoming, output.response, fail);
          else handlers.onFailed(output.reason);
        },
      },
    );
    const fail = (): void => runner.input({ type: "transportFailed" });
    const entry: ServerEntry = {
      ...this.#entryKeys(incoming, incoming.request.method),
      stopTimers: () => runner.stopTimers(),
      respond: (response) => runner.input({ type: "respond", response }),
      onRequest: () => runner.input({ type: "request" }),
      onAck: () => false,
    };
    this.#add(entry);
    return entry;
  }

  /** Both client machines have the same shape; only INVITE has a `sendAck`. */
  #follow<State extends { readonly name: string }>(
    sent: { readonly request: SipRequest; readonly flow: Flow },
    handlers: ClientTransactionHandlers,
    machine: {
      readonly first: MachineStep<State, ClientOutput>;
      readonly step: (state: State, input: ClientInput) => MachineStep<State, ClientOutput>;
    },
  ): void {
    const { request, flow } = sent;
    const bytes = serializeMessage(request);
    const key = clientKey(request);
    let latest: IncomingResponse | null = null;
    const runner = new MachineRunner<State, ClientInput, ClientOutput>(
      this.#ports.clock,
      machine.first.state,
      {
        step: machine.step,
        timerInput: (timer) => ({ type: "timer", timer }),
        isOver: (state) => state.name === "terminated",
        onOver: () => this.#removeClient(key),
        act: (output) => {
          if (output.type === "send") this.#send(flow, bytes, fail);
          else if (output.type === "sendAck") {
            this.#send(flow, serializeMessage(ackOf(request, output.final)), fail);
          } else if (output.type === "failed") handlers.onFailed(output.reason);
          else if (latest !== null) handlers.onResponse(latest);
        },
      },
    );
    const fail = (): void => runner.input({ type: "transportFailed" });
    this.#clients.set(key, {
      stopTimers: () => runner.stopTimers(),
      onResponse: (incoming) => {
        latest = incoming;
        runner.input({ type: "response", response: incoming.response });
      },
    });
    runner.take(machine.first);
  }

  #respond(incoming: IncomingRequest, response: SipResponse, onFailed: () => void): void {
    const { transports } = this.#ports;
    const flow = responseFlow(transports, { flow: incoming.flow, via: incoming.core.via });
    this.#send(flow, serializeMessage(response), onFailed);
  }

  #send(flow: Flow, bytes: Uint8Array, onFailed: () => void): void {
    this.#ports.transports.send(flow, bytes, (error) => {
      this.#ports.log.warn("SIP message could not be sent", {
        code: "SIP_TRANSPORT_FAILED",
        detail: `${flow.transport} ${addressText(flow.remote)}: ${error.message}`,
      });
      onFailed();
    });
  }

  #context(flow: Flow): TransactionContext {
    return { timers: this.#timers, isReliable: flow.transport !== "udp" };
  }

  #entryKeys(
    incoming: IncomingRequest,
    method: string,
  ): Pick<ServerEntry, "incoming" | "target" | "key" | "mergeKey"> {
    const target = responseAddress(incoming.flow, incoming.core.via);
    return { incoming, target, key: serverKey(incoming, method), mergeKey: mergeKey(incoming) };
  }

  #add(entry: ServerEntry): void {
    this.#servers.set(entry.key, entry);
    if (entry.mergeKey !== null && !this.#merges.has(entry.mergeKey)) {
      this.#merges.set(entry.mergeKey, entry);
    }
    this.#count();
  }

  #remove(entry: ServerEntry): void {
    if (this.#servers.get(entry.key) === entry) this.#servers.delete(entry.key);
    if (entry.mergeKey !== null && this.#merges.get(entry.mergeKey) === entry) {
      this.#merges.delete(entry.mergeKey);
    }
    this.#count();
  }

  #removeClient(key: string): void {
    this.#clients.delete(key);
    this.#count();
  }

  #count(): void {
    this.#ports.metrics.set("sip_transactions", this.count);
  }
}

/**
 * RFC 3261 §17.2.3: branch, sent-by and method; for senders of RFC 2543, whose branch says nothing,
 * what identified an INVITE then. `method` is INVITE for the ACK and CANCEL that go with one.
 */
function serverKey({ request, core }: IncomingRequest, method: string): string {
  const branch = uniqueBranch(core.via);
  const sentBy = `${hostText(core.via.host).toLowerCase()}:${core.via.port ?? ""}`;
  if (branch !== null) return `${branch} ${sentBy} ${method}`;
  const parts = [request.uri, core.fromTag, core.callId, core.cseq.sequence, sentBy, method];
  return JSON.stringify(parts);
}

function mergeKey({ core, request }: IncomingRequest): string | null {
  if (core.toTag !== null || core.fromTag === null || request.method === "CANCEL") return null;
  return JSON.stringify([core.callId, core.fromTag, core.cseq.sequence, request.method]);
}

function clientKey(request: SipRequest): string {
  const vias = headerList(request, "Via");
  const via = parseVia((vias.ok ? vias.value[0] : undefined) ?? "");
  return `${via.ok ? parameter(via.value, "branch") : ""} ${request.method}`;
}

/**
 * Where an answer goes. UDP: to the source, on its port with rport, else on that of sent-by (RFC
 * 3261 §18.2.2, RFC 3581 §4). Streams: the same stream, else a new one to sent-by's port. `maddr`
 * is not obeyed, against §18.2.2: it would let a sender point our answers at anybody.
 */
function responseFlow(
  transports: SipTransports,
  { flow, via }: { readonly flow: Flow; readonly via: RequestCore["via"] },
): Flow {
  if (flow.connection === null) return { ...flow, remote: responseAddress(flow, via) };
  // A stream that served only to be refused is not worth a new connection.
  if (transports.isOpen(flow) || flow.connection.refusal !== null) return flow;
  const port = via.port ?? DEFAULT_SIP_PORTS[flow.transport];
  return transports.flowTo(flow.transport, { host: flow.remote.host, port });
}

function responseAddress(flow: Flow, via: RequestCore["via"]): Address {
  const toSource = flow.connection !== null || parameter(via, "rport") !== null;
  const port = toSource ? flow.remote.port : (via.port ?? DEFAULT_SIP_PORTS[flow.transport]);
  return { host: flow.remote.host, port };
}

/** ACK of a refusal: same branch, same target, the To of the answer.  RFC 3261 §17.1.1.3 */
function ackOf(invite: SipRequest, final: SipResponse): SipRequest {
  const copied = new Set(["via", "max-forwards", "route", "from", "call-id"]);
  const cseq = (headerValue(invite, "CSeq") ?? "").replace("INVITE", "ACK");
  return {
    ...invite,
    method: "ACK",
    headers: [
      ...invite.headers.filter((header) => copied.has(header.key)),
      makeHeader("To", headerValue(final, "To") ?? headerValue(invite, "To") ?? ""),
      makeHeader("CSeq", cseq),
    ],
    body: NO_BODY,
  };
}
