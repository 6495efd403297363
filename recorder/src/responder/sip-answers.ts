// What the responder says to a SIP request: 200 with an SDP answer to INVITE, 200 to OPTIONS and
// BYE, as a recorder would, one answer a request; and to OPTIONS with X-Tapeline-Responder what it
// has seen and measured. Decides only; responder.ts has the sockets.  RFC 3261 §8.2, RFC 3581 §4
import type { Address } from "../ports/index.ts";
import { answerOffer, makeOffer, type LocalDescription } from "../sdp/answer.ts";
import { parseSessionDescription } from "../sdp/session-description.ts";
import { bodyText, headerValue, makeHeader, type SipRequest } from "../sip/message.ts";
import { ALLOW, makeResponse, SDP_TYPE, type ResponseParts } from "../sip/responses.ts";
import { stampVia } from "../sip/request-core.ts";
import { serializeMessage } from "../sip/serialize.ts";
import type { FarStreamReport } from "./far-stream.ts";
import type { Handshake } from "./handshake.ts";

/** The header of the channel: parameters separated by semicolons, after the version. */
export const RESPONDER_HEADER = "X-Tapeline-Responder";
const VERSION = "1";
/** Calls at once; beyond it 503. */
export const MAXIMUM_CALLS = 2_000;
/** Calls that are over, kept for a report. */
const MAXIMUM_PAST_CALLS = 2_000;
/** Longest text of a received request that is told: an answer has to fit a datagram of any path. */
const SEEN_LIMIT_CHARACTERS = 500;
/** Streams in one answer; the asker turns the pages. */
const STREAMS_A_PAGE = 3;

export interface Received {
  readonly request: SipRequest;
  readonly bytes: Uint8Array;
  readonly transport: "udp" | "tcp";
  readonly source: Address;
  readonly nowMs: number;
  /** When it came, on our wall clock with fractions. */
  readonly wallMs: number;
}

/** A request as it was received: what gateways on the way like to change. */
export interface SeenRequest {
  readonly transport: "udp" | "tcp";
  /** Address and port from which it came. */
  readonly source: string;
  readonly bytes: number;
  readonly via: string | null;
  readonly contact: string | null;
  readonly sdp: string;
}

interface FarCall {
  readonly host: string;
  readonly invite: SeenRequest;
  hasEnded: boolean;
}

export interface AnswersOptions {
  readonly handshake: Handshake;
  readonly local: Pick<LocalDescription, "host" | "rtpPort">;
  readonly contact: string;
  readonly streamsOf: (host: string) => readonly FarStreamReport[];
  /** Just before an answer leaves, on our wall clock. */
  readonly wallMs: () => number;
}

export class SipAnswers {
  readonly #options: AnswersOptions;
  readonly #calls = new Map<string, FarCall>();
  #toTag = 0;

  constructor(options: AnswersOptions) {
    this.#options = options;
  }

  get callCount(): number {
    let count = 0;
    for (const { hasEnded } of this.#calls.values()) if (!hasEnded) count += 1;
    return count;
  }

  /** The answer as bytes; null = none (ACK, or a stranger's question that has no answer). */
  answer(received: Received, isKnown: boolean): Uint8Array | null {
    const { request } = received;
    const words = channelWords(request);
    if (words !== null && request.method === "OPTIONS") return this.#channel(received, words);
    if (!isKnown) return null;
    switch (request.method) {
      case "ACK":
        return null;
      case "INVITE":
        return this.#invite(received);
      case "BYE":
      case "CANCEL": {
        const call = this.#calls.get(headerValue(request, "Call-ID") ?? "");
        if (call !== undefined) call.hasEnded = true;
        return this.#reply(received, { status: 200, reasonPhrase: "OK" });
      }
      default:
        return this.#reply(received, {
          ...{ status: 200, reasonPhrase: "OK" },
          headers: [makeHeader("Allow", ALLOW)],
        });
    }
  }

  #invite(received: Received): Uint8Array {
    const { request, source } = received;
    const callId = headerValue(request, "Call-ID") ?? "";
    if (!this.#calls.has(callId)) {
      if (this.callCount >= MAXIMUM_CALLS) {
        return this.#reply(received, { status: 503, reasonPhrase: "Service Unavailable" });
      }
      this.#makeRoom();
      const invite = seenOf(received);
      this.#calls.set(callId, { host: source.host, invite, hasEnded: false });
    }
    const sdp = this.#describe(request, source);
    if (sdp === null) {
      return this.#reply(received, { status: 488, reasonPhrase: "Not Acceptable Here" });
    }
    return this.#reply(received, {
      ...{ status: 200, reasonPhrase: "OK", body: new TextEncoder().encode(sdp) },
      headers: [
        makeHeader("Contact", this.#options.contact),
        makeHeader("Allow", ALLOW),
        makeHeader("Content-Type", SDP_TYPE),
      ],
    });
  }

  #describe(request: SipRequest, source: Address): string | null {
    const local = { ...this.#options.local, sessionId: "1", sessionVersion: 1 };
    if (request.body.length === 0) return makeOffer(local);
    const offer = parseSessionDescription(bodyText(request));
    if (!offer.ok) return null;
    const answer = answerOffer(offer.value, local, source.host);
    return answer.ok ? answer.sdp : null;
  }

  /** The oldest that is over makes room. */
  #makeRoom(): void {
    if (this.#calls.size < MAXIMUM_CALLS + MAXIMUM_PAST_CALLS) return;
    for (const [key, { hasEnded }] of this.#calls) {
      if (!hasEnded) continue;
      this.#calls.delete(key);
      return;
    }
  }

  #channel(received: Received, words: ReadonlyMap<string, string>): Uint8Array | null {
    const { source, nowMs, bytes } = received;
    const { handshake } = this.#options;
    const isKnown = handshake.accept(source.host, words.get("token") ?? "", nowMs);
    const answer = this.#told(received, isKnown ? words : null);
    // Never more to a stranger than came: no use as an amplifier.
    return isKnown || answer.length <= bytes.length ? answer : null;
  }

  /** `words` null: to a stranger, who gets his token and nothing else. */
  #told(received: Received, words: ReadonlyMap<string, string> | null): Uint8Array {
    const { source, nowMs, wallMs } = received;
    const said = [`token=${this.#options.handshake.tokenFor(source.host, nowMs)}`];
    const body = words === null ? null : this.#wanted(received, words);
    if (words !== null) {
      said.push(`t1=${words.get("t1") ?? ""}`, `t2=${wallMs.toFixed(3)}`);
      said.push(`t3=${this.#options.wallMs().toFixed(3)}`);
    }
    return this.#reply(received, {
      ...{ status: 200, reasonPhrase: "OK" },
      headers: [
        makeHeader(RESPONDER_HEADER, `${VERSION};${said.join(";")}`),
        ...(body === null ? [] : [makeHeader("Content-Type", "application/json")]),
      ],
      ...(body === null ? {} : { body: new TextEncoder().encode(JSON.stringify(body)) }),
    });
  }

  #wanted(received: Received, words: ReadonlyMap<string, string>): unknown {
    const { host } = received.source;
    switch (words.get("want")) {
      case "echo":
        return { seen: seenOf(received) };
      case "streams": {
        const streams = this.#options.streamsOf(host);
        const first = Number(words.get("from") ?? 0);
        return { count: streams.length, streams: streams.slice(first, first + STREAMS_A_PAGE) };
      }
      case "call": {
        const call = this.#calls.get(words.get("id") ?? "");
        return { seen: call?.host === host ? call.invite : null };
      }
      default:
        return null;
    }
  }

  #reply({ request, source }: Received, parts: Omit<ResponseParts, "toTag">): Uint8Array {
    this.#toTag += 1;
    const response = makeResponse(stampVia(request, source), {
      ...parts,
      toTag: `responder-${this.#toTag}`,
    });
    return serializeMessage(response);
  }
}

/** The words of the channel's header; null without one of our version. */
function channelWords(request: SipRequest): ReadonlyMap<string, string> | null {
  const value = headerValue(request, RESPONDER_HEADER);
  if (value === null) return null;
  const [version = "", ...pairs] = value.split(";").map((piece) => piece.trim());
  if (version !== VERSION) return null;
  return new Map(
    pairs.map((pair) => {
      const at = pair.indexOf("=");
      return at < 0 ? [pair, ""] : [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

function seenOf({ request, bytes, transport, source }: Received): SeenRequest {
  const cut = (text: string | null) => text?.slice(0, SEEN_LIMIT_CHARACTERS) ?? null;
  const { host, port } = source;
  return {
    transport,
    source: host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`,
    bytes: bytes.length,
    via: cut(headerValue(request, "Via")),
    contact: cut(headerValue(request, "Contact")),
    sdp: cut(bodyText(request)) ?? "",
  };
}
