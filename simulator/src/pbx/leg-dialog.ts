// The SIP dialog of one recording leg, seen by the simulated IP Office (UAC): builds its requests
// and learns tag, target and route from the answer.  RFC 3261 §8.1.1, §12.1.2, §12.2.1.1, §9.1
import { headerValue, headerValues } from "../wire/sip.ts";
import type { SipHeader, SipRequest, SipResponse } from "../wire/sip.ts";
import { parseNameAddress, parseSipUri, splitOutsideQuotes, uriHost } from "../wire/sip-values.ts";
import type { PbxChance } from "./pbx-chance.ts";
import type { RecordingLegRequest } from "./recording-leg.ts";
import { ALLOW, USER_AGENT } from "./sip-responses.ts";
import type { SipTarget, SipTransportName } from "./sip-transport.ts";

export interface LegDialogOptions {
  readonly callId: string;
  /** The request URI and To. */
  readonly recorderUri: string;
  readonly extension: string;
  /** Where the first INVITE goes. */
  readonly target: SipTarget;
  /** Our address as the recorder is to see it, and the port for this transport. */
  readonly local: { readonly host: string; readonly port: number };
  readonly chance: PbxChance;
  /** Instead of none in From and "IP Office" in Contact. */
  readonly displayName: string | null;
}

export interface RequestParts {
  readonly headers?: readonly SipHeader[];
  readonly sdp?: Uint8Array | null;
}

const IP_LITERAL = /^(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*)$/;
const NO_BODY = new Uint8Array(0);

/** Escapes what may not stand in a URI's user part.  RFC 3261 §25.1 */
function escapeUser(user: string): string {
  return user.replace(/[^A-Za-z0-9\-_.!~*'()&=+$,;?/]/g, (character) =>
    encodeURIComponent(character),
  );
}

/** "quoted-string": backslash and quote are escaped.  RFC 3261 §25.1 */
function quoted(name: string): string {
  return `"${name.replace(/[\\"]/g, "\\$&")}"`;
}

/** Next hop of a SIP URI; null when its host is a name, which the IP Office does not resolve. */
export function targetOf(uriText: string, fallback: SipTransportName = "udp"): SipTarget | null {
  const uri = parseSipUri(uriText);
  if (!uri.ok || !IP_LITERAL.test(uri.value.host)) return null;
  const named = uri.value.parameters.get("transport")?.toLowerCase();
  let transport: SipTransportName = fallback;
  if (uri.value.scheme === "sips" || named === "tls") transport = "tls";
  else if (named === "tcp" || named === "udp") transport = named;
  const port = uri.value.port ?? (transport === "tls" ? 5061 : 5060);
  return { transport, host: uri.value.host, port };
}

/** The URI to dial: the stream id as user part (devlink3.md §13.6). */
export function dialUri(recorderUri: string, streamId: string | null): string {
  const uri = parseSipUri(recorderUri);
  if (!uri.ok) return recorderUri;
  const { scheme, host, port, parameters } = uri.value;
  const user = streamId ?? uri.value.user;
  const transport = parameters.get("transport");
  return [
    `${scheme}:`,
    user === null ? "" : `${escapeUser(user)}@`,
    uriHost(host),
    port === null ? "" : `:${port}`,
    transport === undefined ? "" : `;transport=${transport}`,
  ].join("");
}

/** What ties the INVITE to the call: devlink3.md §13.6. None without a stream id. */
export function extensionHeaders(request: RecordingLegRequest): SipHeader[] {
  const { streamId, node, callId, endId, correlationData } = request;
  if (streamId === null) return [];
  const headers: SipHeader[] = [
    { name: "X-DL3-Ver", value: "1" },
    { name: "X-DL3-Stream", value: streamId },
    { name: "X-DL3-Node", value: node },
    { name: "X-DL3-Call", value: String(callId) },
    { name: "X-DL3-End", value: endId },
  ];
  if (correlationData === null) return headers;
  // A header value is one line, whatever a client gave as its correlation data.
  return [...headers, { name: "X-DL3-Data", value: correlationData.replace(/\p{Cc}/gu, " ") }];
}

export class LegDialog {
  readonly callId: string;
  readonly localTag: string;
  readonly contactUri: string;
  readonly #options: LegDialogOptions;
  #sequence: number;
  #remoteTag: string | null = null;
  #remoteUri: string;
  #routes: string[] = [];
  #target: SipTarget;
  #remoteSequence = -1;

  constructor(options: LegDialogOptions) {
    const { chance, local, target } = options;
    this.#options = options;
    this.callId = options.callId;
    this.localTag = chance.token(12);
    this.#sequence = 1 + chance.below(1000);
    this.#remoteUri = options.recorderUri;
    this.#target = target;
    const transport = target.transport === "udp" ? "" : `;transport=${target.transport}`;
    this.contactUri = `sip:IPOffice@${uriHost(local.host)}:${local.port}${transport}`;
  }

  /** Next hop of requests. */
  get target(): SipTarget {
    return this.#target;
  }

  get remoteTag(): string | null {
    return this.#remoteTag;
  }

  /** A request of its own transaction, with the next CSeq; INVITE also before the dialog. */
  request(method: string, parts: RequestParts = {}): SipRequest {
    this.#sequence += 1;
    return this.#build(method, this.#sequence, parts);
  }

  /** ACK for a 2xx: a new branch, the CSeq number of its INVITE.  §13.2.2.4 */
  acknowledge(invite: SipRequest, sdp: Uint8Array | null): SipRequest {
    const number = Number.parseInt(headerValue(invite, "CSeq") ?? "0", 10);
    return this.#build("ACK", number, { sdp });
  }

  /** "Request-URI, Call-ID, To, the numeric part of CSeq, and From … identical"  §9.1 */
  cancel(invite: SipRequest, headers: readonly SipHeader[]): SipRequest {
    const number = Number.parseInt(headerValue(invite, "CSeq") ?? "0", 10);
    const copied = ["via", "route", "max-forwards", "from", "to", "call-id"];
    const own: SipHeader[] = [
      ...invite.headers.filter(({ name }) => copied.includes(name.toLowerCase())),
      { name: "CSeq", value: `${number} CANCEL` },
      { name: "User-Agent", value: USER_AGENT },
    ];
    const { uri } = invite;
    return { type: "request", method: "CANCEL", uri, headers: [...own, ...headers], body: NO_BODY };
  }

  /** Takes tag, route set and remote target from a 2xx to INVITE.  §12.1.2 */
  learn(response: SipResponse): void {
    const to = parseNameAddress(headerValue(response, "To") ?? "");
    const isFirst = this.#remoteTag === null;
    if (to.ok) this.#remoteTag ??= to.value.parameters.get("tag") ?? null;
    if (isFirst) {
      const lines = headerValues(response, "Record-Route");
      this.#routes = lines.flatMap((line) => splitOutsideQuotes(line, ",")).toReversed();
    }
    const contact = parseNameAddress(headerValue(response, "Contact") ?? "");
    if (!contact.ok) return;
    this.#remoteUri = contact.value.uriText;
    const route = parseNameAddress(this.#routes[0] ?? "");
    const hop = route.ok ? route.value.uriText : this.#remoteUri;
    this.#target = targetOf(hop, this.#options.target.transport) ?? this.#target;
  }

  /** Notes the CSeq of a request of the recorder; false = not higher than the last.  §12.2.2 */
  acceptSequence(number: number): boolean {
    if (number <= this.#remoteSequence) return false;
    this.#remoteSequence = number;
    return true;
  }

  #build(method: string, sequence: number, parts: RequestParts): SipRequest {
    const { local, chance, extension, recorderUri, displayName } = this.#options;
    const transport = this.#target.transport.toUpperCase();
    const sent = `${uriHost(local.host)}:${local.port}`;
    const remoteTag = this.#remoteTag === null ? "" : `;tag=${this.#remoteTag}`;
    const shownAs = displayName === null ? "" : `${quoted(displayName)} `;
    const uri = `sip:${escapeUser(extension)}@${uriHost(local.host)}`;
    const from = `${shownAs}<${uri}>;tag=${this.localTag}`;
    const headers: SipHeader[] = [
      {
        name: "Via",
        value: `SIP/2.0/${transport} ${sent};branch=z9hG4bK${chance.token(16)};rport`,
      },
      ...this.#routes.map((value) => ({ name: "Route", value })),
      { name: "Max-Forwards", value: "70" },
      { name: "From", value: from },
      { name: "To", value: `<${recorderUri}>${remoteTag}` },
      { name: "Call-ID", value: this.callId },
      { name: "CSeq", value: `${sequence} ${method}` },
    ];
    if (method === "INVITE" || method === "UPDATE") {
      const contact = `${quoted(displayName ?? "IP Office")} <${this.contactUri}>`;
      headers.push({ name: "Contact", value: contact });
      headers.push({ name: "Allow", value: ALLOW }, { name: "Supported", value: "timer" });
    }
    headers.push({ name: "User-Agent", value: USER_AGENT }, ...(parts.headers ?? []));
    const body = parts.sdp ?? NO_BODY;
    if (body.length > 0) headers.push({ name: "Content-Type", value: "application/sdp" });
    const requestUri = this.#remoteTag === null ? recorderUri : this.#remoteUri;
    return { type: "request", method, uri: requestUri, headers, body };
  }
}
