// Building responses to a request, and the requests and responses that we write ourselves.
// RFC 3261 §8.2.6. Pure: tags and branches are given.
import {
  makeHeader,
  NO_BODY,
  type SipHeader,
  type SipRequest,
  type SipResponse,
} from "./message.ts";

/** What we understand; also the Allow header. */
export const METHODS = ["INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "UPDATE", "INFO"] as const;

export const ALLOW = METHODS.join(", ");
export const PRODUCT = "Tapeline";
export const SDP_TYPE = "application/sdp";
/** Option tags that we support. */
export const SUPPORTED_OPTIONS: readonly string[] = ["timer"];

export interface ResponseParts {
  readonly status: number;
  readonly reasonPhrase: string;
  /** Put into To when it has none yet. */
  readonly toTag: string | null;
  readonly headers?: readonly SipHeader[];
  readonly body?: Uint8Array;
}

const COPIED = new Set(["via", "from", "call-id", "cseq"]);

export function makeResponse(request: SipRequest, parts: ResponseParts): SipResponse {
  const headers: SipHeader[] = [];
  for (const header of request.headers) {
    if (COPIED.has(header.key)) headers.push(header);
    else if (header.key === "to") headers.push(withTag(header, parts.toTag));
    // "any Timestamp header field present in the request MUST be copied into" a 100.  §8.2.6.1
    else if (header.key === "timestamp" && parts.status === 100) headers.push(header);
  }
  headers.push(...(parts.headers ?? []), makeHeader("Server", PRODUCT));
  return {
    kind: "response",
    status: parts.status,
    reasonPhrase: parts.reasonPhrase,
    headers,
    body: parts.body ?? NO_BODY,
    charset: request.charset,
  };
}

function withTag(header: SipHeader, tag: string | null): SipHeader {
  if (tag === null || /;\s*tag\s*=/i.test(header.value.replace(/<[^>]*>/, ""))) return header;
  return { ...header, value: `${header.value};tag=${tag}` };
}

/** The reason phrases that we use. */
export const REASONS = {
  100: "Trying",
  200: "OK",
  400: "Bad Request",
  403: "Forbidden",
  405: "Method Not Allowed",
  406: "Not Acceptable",
  415: "Unsupported Media Type",
  416: "Unsupported URI Scheme",
  420: "Bad Extension",
  422: "Session Interval Too Small",
  480: "Temporarily Unavailable",
  481: "Call/Transaction Does Not Exist",
  482: "Loop Detected",
  483: "Too Many Hops",
  487: "Request Terminated",
  488: "Not Acceptable Here",
  491: "Request Pending",
  500: "Server Internal Error",
  503: "Service Unavailable",
} as const satisfies Record<number, string>;
