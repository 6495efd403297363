// The answering side of the simulated IP Office: builds responses to the recorder's requests,
// repeats them for repeated requests, and repeats a 2xx to a re-INVITE until its ACK.
// RFC 3261 §8.2.6, §13.3.1.4, §17.2; RFC 3581 §4
import type { Clock, Timer } from "@tapeline/recorder/ports";
import { headerValue, headerValues } from "../wire/sip.ts";
import type { SipHeader, SipRequest, SipResponse } from "../wire/sip.ts";
import { parseCSeq, parseVia, splitOutsideQuotes, uriHost } from "../wire/sip-values.ts";
import type { SipTimers } from "./sip-client-transaction.ts";
import type { SipTarget, SipTransport } from "./sip-transport.ts";
import { topBranch } from "./sip-transactions.ts";

/** What the IP Office understands. */
export const ALLOW = "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO";
export const USER_AGENT = "IP Office 12.1 (simulated)";

/** Answers remembered at the same time; beyond, the oldest is forgotten. */
const MAX_ANSWERS = 4_096;

export interface ResponseParts {
  readonly status: number;
  readonly reason: string;
  /** Added to a To without a tag. */
  readonly toTag?: string;
  readonly headers?: readonly SipHeader[];
  readonly body?: Uint8Array;
}

/** "the server MUST insert a received parameter … and an rport parameter"  RFC 3581 §4 */
function stampVia(via: string, source: SipTarget): string {
  const parsedVia = parseVia(via);
  if (!parsedVia.ok) return via;
  const { host, parameters } = parsedVia.value;
  if (parameters.get("rport") === "") {
    return `${via.replace(/;\s*rport(?=\s*(;|$))/i, `;rport=${source.port}`)};received=${source.host}`;
  }
  return host === source.host ? via : `${via};received=${source.host}`;
}

/** A response with the fields copied that RFC 3261 §8.2.6.2 names. */
export function responseTo(
  request: SipRequest,
  source: SipTarget,
  parts: ResponseParts,
): SipResponse {
  const headers: SipHeader[] = [];
  const vias = headerValues(request, "Via").flatMap((line) => splitOutsideQuotes(line, ","));
  for (const [index, via] of vias.entries()) {
    headers.push({ name: "Via", value: index === 0 ? stampVia(via, source) : via });
  }
  const to = headerValue(request, "To") ?? "";
  const isTagged = /;\s*tag=/i.test(to.replace(/<[^>]*>/, ""));
  const tag = isTagged || parts.toTag === undefined ? "" : `;tag=${parts.toTag}`;
  headers.push({ name: "From", value: headerValue(request, "From") ?? "" });
  headers.push({ name: "To", value: `${to}${tag}` });
  headers.push({ name: "Call-ID", value: headerValue(request, "Call-ID") ?? "" });
  headers.push({ name: "CSeq", value: headerValue(request, "CSeq") ?? "" });
  headers.push({ name: "Server", value: USER_AGENT }, ...(parts.headers ?? []));
  const { status, reason } = parts;
  return { type: "response", status, reason, headers, body: parts.body ?? new Uint8Array(0) };
}

/** Where a response goes: back on the stream, or by Via and rport.  §18.2.2, RFC 3581 §4 */
function responseTarget(request: SipRequest, source: SipTarget): SipTarget {
  if (source.transport !== "udp") return source;
  const via = parseVia(splitOutsideQuotes(headerValue(request, "Via") ?? "", ",")[0]!);
  if (!via.ok || via.value.parameters.has("rport")) return source;
  return { ...source, port: via.value.port ?? 5060 };
}

interface Answer {
  readonly target: SipTarget;
  readonly response: SipResponse | null;
  readonly callId: string;
  readonly sequence: number;
  resend: Timer | null;
  readonly expiry: Timer;
}

/** Where the topmost Via says the request was sent from, for the transaction's key. */
function sentBy(request: SipRequest): string {
  const via = parseVia(splitOutsideQuotes(headerValue(request, "Via") ?? "", ",")[0]!);
  return via.ok ? `${uriHost(via.value.host)}:${via.value.port ?? ""}` : "";
}

export class SipResponses {
  readonly #timers: SipTimers;
  readonly #clock: Clock;
  readonly #transport: SipTransport;
  readonly #answers = new Map<string, Answer>();

  constructor(timers: SipTimers, clock: Clock, transport: SipTransport) {
    this.#timers = timers;
    this.#clock = clock;
    this.#transport = transport;
  }

  /** Answers a request once by `decide` (null = silence), and its repeats with the same. */
  answer(request: SipRequest, source: SipTarget, decide: () => SipResponse | null): void {
    const key = `${topBranch(request) ?? ""} ${sentBy(request)} ${request.method}`;
    const before = this.#answers.get(key);
    if (before !== undefined) {
      if (before.response !== null) this.#transport.send(before.response, before.target);
      return;
    }
    const response = decide();
    const target = responseTarget(request, source);
    const cseq = parseCSeq(headerValue(request, "CSeq") ?? "");
    const answer: Answer = {
      target,
      response,
      callId: headerValue(request, "Call-ID") ?? "",
      sequence: cseq.ok ? cseq.value.number : -1,
      resend: null,
      // Timers H and J, and the patience of §13.3.1.4, are all 64 × T1.
      expiry: this.#clock.setTimer("pbx.sip.timerJ", 64 * this.#timers.t1Ms, () =>
        this.#forget(key),
      ),
    };
    this.#answers.set(key, answer);
    const oldest = this.#answers.keys().next().value;
    if (this.#answers.size > MAX_ANSWERS && oldest !== undefined) this.#forget(oldest);
    if (response === null) return;
    this.#transport.send(response, target);
    if (request.method === "INVITE") this.#repeat(answer, this.#timers.t1Ms);
  }

  /** The ACK that ends the repetition of a final answer to a re-INVITE. */
  onAcknowledge(request: SipRequest): boolean {
    const callId = headerValue(request, "Call-ID");
    const cseq = parseCSeq(headerValue(request, "CSeq") ?? "");
    for (const answer of this.#answers.values()) {
      if (answer.callId !== callId || !cseq.ok || answer.sequence !== cseq.value.number) continue;
      answer.resend?.cancel();
      answer.resend = null;
      return true;
    }
    return false;
  }

  close(): void {
    for (const key of this.#answers.keys()) this.#forget(key);
  }

  /** "retransmit the 2xx … starts with T1 and doubles until it reaches T2"  §13.3.1.4 */
  #repeat(answer: Answer, delayMs: number): void {
    answer.resend = this.#clock.setTimer("pbx.sip.timerG", delayMs, () => {
      if (answer.response !== null) this.#transport.send(answer.response, answer.target);
      this.#repeat(answer, Math.min(2 * delayMs, this.#timers.t2Ms));
    });
  }

  #forget(key: string): void {
    const answer = this.#answers.get(key);
    answer?.resend?.cancel();
    answer?.expiry.cancel();
    this.#answers.delete(key);
  }
}
