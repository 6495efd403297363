// The SDP in a request, and what a body that we cannot take is answered with.
// RFC 3261 §8.2.3 (415), §21.4.7 (406). Pure.
import { parseSessionDescription, type SessionDescription } from "../sdp/session-description.ts";
import { mediaType, tokenList } from "./header-values.ts";
import { bodyText, headerValue, makeHeader, type SipHeader, type SipMessage } from "./message.ts";
import { REASONS, SDP_TYPE } from "./responses.ts";

export interface Refusal {
  readonly status: number;
  readonly reasonPhrase: string;
  readonly headers: readonly SipHeader[];
}

export type OfferBody =
  | { readonly ok: true; readonly description: SessionDescription | null }
  | { readonly ok: false; readonly refusal: Refusal };

/** The description in the body; null without a body. */
export function readOffer(message: SipMessage): OfferBody {
  if (message.body.length === 0) return { ok: true, description: null };
  const type = mediaType(headerValue(message, "Content-Type") ?? SDP_TYPE);
  const encoding = headerValue(message, "Content-Encoding")?.toLowerCase() ?? "identity";
  if (type !== SDP_TYPE || encoding !== "identity") {
    // "The response MUST contain an Accept header field listing the types of all bodies it
    // understands"; likewise Accept-Encoding.  §8.2.3
    const headers = [makeHeader("Accept", SDP_TYPE), makeHeader("Accept-Encoding", "identity")];
    return refuse(415, REASONS[415], headers);
  }
  const description = parseSessionDescription(bodyText(message));
  if (description.ok) return { ok: true, description: description.value };
  return refuse(400, `Bad SDP (${description.problem.detail.replace(/\.$/, "")})`, []);
}

/** Would the caller read an SDP answer? An absent Accept means application/sdp (§20.1). */
export function acceptsSdp(message: SipMessage): boolean {
  if (headerValue(message, "Accept") === null) return true;
  const wanted = tokenList(message, "Accept").map(mediaType);
  return ["*/*", "application/*", SDP_TYPE].some((type) => wanted.includes(type));
}

function refuse(status: number, reasonPhrase: string, headers: SipHeader[]): OfferBody {
  return { ok: false, refusal: { status, reasonPhrase, headers } };
}
