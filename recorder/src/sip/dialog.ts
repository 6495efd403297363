// A dialog in which we are the UAS: tags, route set, remote target, sequence numbers.
// RFC 3261 §12. Pure: a value and functions over it; the session owns the value.
import { parsed, refused, type Parsed } from "../parsed.ts";
import type { Address } from "../ports/index.ts";
import { headerList } from "./header-values.ts";
import { headerValue, makeHeader, NO_BODY, type SipHeader, type SipRequest } from "./message.ts";
import type { RequestCore } from "./request-core.ts";
import { isIpLiteral, parseUri, uriParameter, type SipUri } from "./uri.ts";
import { parseNameAddress } from "./header-values.ts";

export interface Dialog {
  readonly callId: string;
  readonly localTag: string;
  /** "" for a caller of RFC 2543 that sent none. */
  readonly remoteTag: string;
  /** Value of our From, tag included. */
  readonly localParty: string;
  /** Value of our To, tag included. */
  readonly remoteParty: string;
  /** Record-Route elements as they came, in that order ("taken in order", §12.1.1). */
  readonly routeSet: readonly string[];
  /** URI of the peer's Contact. */
  readonly remoteTarget: string;
  readonly remoteSequence: number;
  readonly localSequence: number;
}

export interface LocalRequestParts {
  readonly method: string;
  readonly sequence: number;
  /** The Via value, with branch and rport. */
  readonly via: string;
  readonly headers?: readonly SipHeader[];
  readonly body?: Uint8Array;
}

const MAX_FORWARDS = "70";

/** From the INVITE that our 2xx accepts. */
export function createDialog(request: SipRequest, core: RequestCore, localTag: string): Dialog {
  const routes = headerList(request, "Record-Route");
  return {
    callId: core.callId,
    localTag,
    remoteTag: core.fromTag ?? "",
    localParty: withTag(headerValue(request, "To") ?? "", core.toTag === null ? localTag : null),
    remoteParty: headerValue(request, "From") ?? "",
    routeSet: routes.ok ? routes.value : [],
    // A caller without Contact (RFC 2543) is called back by its From.
    remoteTarget: core.contact?.uriText ?? core.from.uriText,
    remoteSequence: core.cseq.sequence,
    localSequence: 0,
  };
}

function withTag(value: string, tag: string | null): string {
  return tag === null ? value : `${value};tag=${tag}`;
}

/** The key under which a request finds its dialog: our tag is the To tag. */
export function dialogKey(callId: string, localTag: string, remoteTag: string): string {
  return `${callId}\n${localTag}\n${remoteTag}`;
}

/**
 * Takes a request of the peer. "If the remote sequence number was not empty, but the sequence
 * number of the request is lower than the remote sequence number, the request is out of order and
 * MUST be rejected with a 500."  §12.2.2
 */
export function receive(dialog: Dialog, core: RequestCore): Parsed<Dialog> {
  if (core.cseq.sequence < dialog.remoteSequence) {
    const detail = `CSeq ${core.cseq.sequence} after ${dialog.remoteSequence}.`;
    return refused("out-of-order", "CSeq", detail);
  }
  return parsed({ ...dialog, remoteSequence: core.cseq.sequence });
}

/** A target refresh request was answered with 2xx: its Contact is the new target.  §12.2.2 */
export function refreshTarget(dialog: Dialog, contact: string | null): Dialog {
  return contact === null ? dialog : { ...dialog, remoteTarget: contact };
}

/** The next own sequence number. */
export function advance(dialog: Dialog): Dialog {
  return { ...dialog, localSequence: dialog.localSequence + 1 };
}

/** A request of ours within the dialog.  §12.2.1.1 */
export function makeRequest(dialog: Dialog, parts: LocalRequestParts): SipRequest {
  const { uri, routes } = routing(dialog);
  return {
    kind: "request",
    method: parts.method,
    uri,
    headers: [
      makeHeader("Via", parts.via),
      makeHeader("Max-Forwards", MAX_FORWARDS),
      ...routes.map((route) => makeHeader("Route", route)),
      makeHeader("From", dialog.localParty),
      makeHeader("To", dialog.remoteParty),
      makeHeader("Call-ID", dialog.callId),
      makeHeader("CSeq", `${parts.sequence} ${parts.method}`),
      ...(parts.headers ?? []),
    ],
    body: parts.body ?? NO_BODY,
    charset: "utf8",
  };
}

/**
 * Request-URI and Route headers. "If the route set is not empty, and its first URI does not contain
 * the lr parameter", that URI becomes the Request-URI and the target goes last.  §12.2.1.1
 */
function routing(dialog: Dialog): { uri: string; routes: readonly string[] } {
  const [first, ...rest] = dialog.routeSet;
  if (first === undefined) return { uri: bare(dialog.remoteTarget), routes: [] };
  const route = parseNameAddress(first);
  const routeUri = route.ok && route.value.uri.scheme !== "other" ? route.value.uri : null;
  if (!route.ok || routeUri === null || uriParameter(routeUri, "lr") !== null) {
    return { uri: bare(dialog.remoteTarget), routes: dialog.routeSet };
  }
  return { uri: bare(route.value.uriText), routes: [...rest, `<${dialog.remoteTarget}>`] };
}

/** Without "?headers" and without the `method` parameter, which no Request-URI may have.  §19.1.1 */
function bare(uri: string): string {
  const [withoutHeaders = ""] = uri.split("?");
  return withoutHeaders.replace(/;method=[^;]*/i, "");
}

/**
 * Where a request of ours goes: the first route's or the target's address if it is an IP literal
 * of the dialog's family, else where the INVITE came from (a recorder asks no resolver).
 */
export function nextHop(dialog: Dialog, source: Address, defaultPort: number): Address {
  const [first] = dialog.routeSet;
  const route = first === undefined ? null : parseNameAddress(first);
  const uri =
    route === null ? parseUri(dialog.remoteTarget) : route.ok ? parsed(route.value.uri) : route;
  if (!uri.ok || uri.value.scheme === "other") return source;
  return reachable(uri.value, source, defaultPort);
}

function reachable(uri: SipUri, source: Address, defaultPort: number): Address {
  const sameFamily = uri.host.includes(":") === source.host.includes(":");
  const isWildcard = uri.host === "0.0.0.0" || /^[0:]+$/.test(uri.host);
  if (!isIpLiteral(uri.host) || !sameFamily || isWildcard) return source;
  return { host: uri.host, port: uri.port ?? defaultPort };
}
