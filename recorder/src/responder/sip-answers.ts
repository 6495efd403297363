// What the responder says to a SIP request: 200 with an SDP answer to INVITE, 200 to OPTIONS and
// BYE, as a recorder would, one answer a request; and to OPTIONS with X-Tapeline-Responder what it
// has seen and measured. Decides only; responder.ts has the sockets.  RFC 3261 §8.2, RFC 3581 §4
import type { Address } from "../ports/index.ts";
import { answerOffer, makeOffer, type LocalDescription } from "../sdp/answer.ts";
import { parseSessionDescription } from "../sdp/session-description.ts";
import { parseNameAddress } from "../sip/header-values.ts";
import { bodyText, headerValue, makeHeader, NO_BODY, type SipRequest } from "../sip/message.ts";
import { ALLOW, makeResponse, SDP_TYPE, type ResponseParts } from "../sip/responses.ts";
import { stampVia } from "../sip/request-core.ts";
import { serializeMessage } from "../sip/serialize.ts";
import type { DscpCounts } from "./dscp-counts.ts";
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
  readonly source: Address;
  readonly transport: "udp" | "tcp";
  readonly invite: SeenRequest;
  readonly request: SipRequest;
  readonly toTag: string;
  readonly beganMs: number;
  isAcknowledged: boolean;
  hasEnded: boolean;
  byesSent: number;
}

/** "If the server retransmits the 2xx … for 64*T1 seconds without receiving an ACK" … */
const UNACKNOWLEDGED_MS = 32_000;
/** … "the UAS SHOULD then terminate the session", RFC 3261 §13.3.1.4: thrice, a second apart. */
const BYES = 3;
const BYE_INTERVAL_MS = 1_000;

export interface AnswersOptions {
  readonly handshake: Handshake;
  readonly local: Pick<LocalDescription, "host" | "rtpPort">;
  /** Where it is called, for Contact and Via. */
  readonly sip: Address;
  readonly streamsOf: (host: string) => readonly FarStreamReport[];
  /** RTP that arrived, by its mark; null = not counted here. */
  readonly dscpCounts: () => DscpCounts | null;
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
      case "ACK": {
        const call = this.#calls.get(headerValue(request, "Call-ID") ?? "");
        if (call !== undefined) call.isAcknowledged = true;
        return null;
      }
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
      this.#toTag += 1;
      this.#calls.set(callId, {
        ...{ source, transport: received.transport, invite, request, beganMs: received.nowMs },
        ...{ toTag: `responder-${this.#toTag}`, isAcknowledged: false, hasEnded: false },
        byesSent: 0,
      });
    }
    const sdp = this.#describe(request, source);
    if (sdp === null) {
      return this.#reply(received, { status: 488, reasonPhrase: "Not Acceptable Here" });
    }
    return this.#reply(received, {
      ...{ status: 200, reasonPhrase: "OK", body: new TextEncoder().encode(sdp) },
      headers: [
        makeHeader("Contact", this.#contact()),
        makeHeader("Allow", ALLOW),
        makeHeader("Content-Type", SDP_TYPE),
      ],
    });
  }

  #describe(request: SipRequest, source: Address): string | null {
    const session = { sessionId: "1", sessionVersion: 1 };
    // SIP is not over TLS here: no keys are taken.
    const local = { ...this.#options.local, ...session, srtpKey: () => "" };
    if (request.body.length === 0) return makeOffer(local);
    const offer = parseSessionDescription(bodyText(request));
    if (!offer.ok) return null;
    const answer = answerOffer(offer.value, local, { host: source.host, isEncrypted: false });
    return answer.ok ? answer.sdp : null;
  }

  #contact(): string {
    const { host, port } = this.#options.sip;
    return `<sip:responder@${host.includes(":") ? `[${host}]` : host}:${port}>`;
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
      case "dscp":
        return { counts: this.#options.dscpCounts() };
      case "call": {
        const call = this.#calls.get(words.get("id") ?? "");
        return { seen: call?.source.host === host ? call.invite : null };
      }
      default:
        return null;
    }
  }

  /** BYEs that are due: to whoever never acknowledged. It shows that the way back is open. */
  dueByes(nowMs: number): { readonly bytes: Uint8Array; readonly target: Address }[] {
    const due: { bytes: Uint8Array; target: Address }[] = [];
    for (const call of this.#calls.values()) {
      if (call.isAcknowledged || call.hasEnded || call.transport !== "udp") continue;
      const atMs = call.beganMs + UNACKNOWLEDGED_MS + call.byesSent * BYE_INTERVAL_MS;
      if (nowMs < atMs) continue;
      call.byesSent += 1;
      call.hasEnded = call.byesSent >= BYES;
      due.push({ bytes: this.#bye(call), target: call.source });
    }
    return due;
  }

  #bye({ request, toTag }: FarCall): Uint8Array {
    const { host, port } = this.#options.sip;
    const contact = parseNameAddress(headerValue(request, "Contact") ?? "");
    const sentBy = `${host.includes(":") ? `[${host}]` : host}:${port}`;
    return serializeMessage({
      ...{ kind: "request", method: "BYE", body: NO_BODY, charset: request.charset },
      uri: contact.ok ? contact.value.uriText : request.uri,
      headers: [
        makeHeader("Via", `SIP/2.0/UDP ${sentBy};branch=z9hG4bK${toTag};rport`),
        makeHeader("From", `${headerValue(request, "To") ?? ""};tag=${toTag}`),
        makeHeader("To", headerValue(request, "From") ?? ""),
        makeHeader("Call-ID", headerValue(request, "Call-ID") ?? ""),
        makeHeader("CSeq", "1 BYE"),
        makeHeader("Max-Forwards", "70"),
      ],
    });
  }

  #reply({ request, source }: Received, parts: Omit<ResponseParts, "toTag">): Uint8Array {
    const call = this.#calls.get(headerValue(request, "Call-ID") ?? "");
    const toTag = call?.toTag ?? "responder";
    const response = makeResponse(stampVia(request, source), { ...parts, toTag });
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
