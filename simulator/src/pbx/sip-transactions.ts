// Runs the client transactions of the simulated IP Office: keeps their machines by branch and
// method, sets their timers, hands responses up to whoever sent the request.  RFC 3261 §17.1.3
import type { Clock, Timer } from "@tapeline/recorder/ports";
import { headerValue, headerValues } from "../wire/sip.ts";
import type { SipRequest, SipResponse } from "../wire/sip.ts";
import { parseCSeq, parseVia, splitOutsideQuotes } from "../wire/sip-values.ts";
import { startInvite, startNonInvite, stepClient } from "./sip-client-transaction.ts";
import type {
  ClientInput,
  ClientOptions,
  ClientOutput,
  ClientState,
  ClientStep,
  ClientTimer,
  SipTimers,
} from "./sip-client-transaction.ts";
import type { SipTarget, SipTransport } from "./sip-transport.ts";

/** News of one transaction, for the leg that started it. */
export interface TransactionUser {
  onResponse(response: SipResponse): void;
  /** No final response in time (status 408 in RFC 3261 §8.1.3.1). */
  onTimeout(): void;
  onTransportError(detail: string): void;
  /** Asked before a refusal is acknowledged; false loses that ACK on purpose. */
  onAcknowledge(): boolean;
  /** The last call: nothing more comes from this transaction. */
  onTerminated(): void;
}

/** A running client transaction, as its user sees it. */
export interface ClientTransaction {
  readonly request: SipRequest;
  /** Stops repeating an INVITE that got no response at all. */
  abandon(): void;
}

interface Running {
  readonly key: string;
  readonly request: SipRequest;
  readonly target: SipTarget;
  readonly user: TransactionUser;
  readonly options: ClientOptions;
  readonly timers: Map<ClientTimer, Timer>;
  state: ClientState;
}

/** Branch of the topmost Via. */
export function topBranch(message: SipRequest | SipResponse): string | null {
  const first = headerValues(message, "Via")[0];
  if (first === undefined) return null;
  const via = parseVia(splitOutsideQuotes(first, ",")[0]!);
  return via.ok ? (via.value.parameters.get("branch") ?? null) : null;
}

/** ACK for a refused INVITE: same branch, the To of the response.  RFC 3261 §17.1.1.3 */
function acknowledgeRefusal(request: SipRequest, response: SipResponse): SipRequest {
  const cseq = parseCSeq(headerValue(request, "CSeq") ?? "");
  const number = cseq.ok ? cseq.value.number : 1;
  const headers = request.headers
    .filter(({ name }) => ["via", "max-forwards", "route", "from", "call-id"].includes(lower(name)))
    .map((header) => ({ ...header }));
  headers.push({ name: "To", value: headerValue(response, "To") ?? "" });
  headers.push({ name: "CSeq", value: `${number} ACK` });
  return { type: "request", method: "ACK", uri: request.uri, headers, body: new Uint8Array(0) };
}

function lower(text: string): string {
  return text.toLowerCase();
}

export class SipTransactions {
  readonly #timers: SipTimers;
  readonly #clock: Clock;
  readonly #transport: SipTransport;
  readonly #running = new Map<string, Running>();

  constructor(timers: SipTimers, clock: Clock, transport: SipTransport) {
    this.#timers = timers;
    this.#clock = clock;
    this.#transport = transport;
  }

  /** Sends a request and follows its transaction. */
  send(request: SipRequest, target: SipTarget, user: TransactionUser): ClientTransaction {
    const options: ClientOptions = {
      timers: this.#timers,
      isReliable: target.transport !== "udp",
    };
    const key = `${topBranch(request) ?? ""} ${request.method}`;
    const first = request.method === "INVITE" ? startInvite(options) : startNonInvite(options);
    const running: Running = {
      key,
      request,
      target,
      user,
      options,
      timers: new Map(),
      state: first.state,
    };
    this.#running.set(key, running);
    this.#apply(running, first, null);
    return { request, abandon: () => this.#input(running, { type: "abandon" }, null) };
  }

  /** Gives a response to its transaction; false when there is none.  §17.1.3 */
  onResponse(response: SipResponse): boolean {
    const cseq = parseCSeq(headerValue(response, "CSeq") ?? "");
    if (!cseq.ok) return false;
    const running = this.#running.get(`${topBranch(response) ?? ""} ${cseq.value.method}`);
    if (running === undefined) return false;
    this.#input(running, { type: "response", status: response.status }, response);
    return true;
  }

  /** A connection broke: everything that still needs it fails. */
  onTransportError(target: SipTarget, detail: string): void {
    for (const running of this.#running.values()) {
      const isSame =
        running.target.transport === target.transport &&
        running.target.host === target.host &&
        running.target.port === target.port;
      if (isSame) this.#input(running, { type: "transport-error" }, null, detail);
    }
  }

  /** Transactions that are not terminated. */
  count(): number {
    return this.#running.size;
  }

  close(): void {
    for (const running of this.#running.values()) {
      for (const timer of running.timers.values()) timer.cancel();
    }
    this.#running.clear();
  }

  #input(
    running: Running,
    input: ClientInput,
    response: SipResponse | null,
    detail: string = "",
  ): void {
    if (this.#running.get(running.key) !== running) return;
    this.#apply(running, stepClient(running.state, input, running.options), response, detail);
  }

  #apply(running: Running, step: ClientStep, response: SipResponse | null, detail = ""): void {
    running.state = step.state;
    const isOver = step.state.name === "terminated";
    if (isOver) this.#running.delete(running.key);
    for (const output of step.outputs) this.#perform(running, output, { response, detail });
    if (!isOver) return;
    for (const timer of running.timers.values()) timer.cancel();
    running.timers.clear();
    running.user.onTerminated();
  }

  #perform(
    running: Running,
    output: ClientOutput,
    news: { response: SipResponse | null; detail: string },
  ): void {
    const { user, request, target, timers } = running;
    switch (output.type) {
      case "send":
        this.#transport.send(request, target);
        return;
      case "acknowledge":
        if (news.response === null || !user.onAcknowledge()) return;
        this.#transport.send(acknowledgeRefusal(request, news.response), target);
        return;
      case "deliver":
        if (news.response !== null) user.onResponse(news.response);
        return;
      case "start": {
        const { timer, delayMs } = output;
        timers.get(timer)?.cancel();
        const fire = (): void => {
          timers.delete(timer);
          this.#input(running, { type: "timer", timer }, null);
        };
        timers.set(timer, this.#clock.setTimer(`pbx.sip.timer${timer}`, delayMs, fire));
        return;
      }
      case "stop":
        timers.get(output.timer)?.cancel();
        timers.delete(output.timer);
        return;
      case "timeout":
        user.onTimeout();
        return;
      case "transport-failed":
        user.onTransportError(news.detail);
        return;
    }
  }
}
