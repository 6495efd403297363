// What every request must have, read and checked once: Via, From, To, Call-ID, CSeq, Max-Forwards.
// RFC 3261 §8.1.1, §8.2; what is refused here follows RFC 4475 §3.1.2 and §3.3. Pure.
import { parsed, refused, type Parsed, type Problem } from "../parsed.ts";
import {
  headerList,
  parameter,
  parseCSeq,
  parseInteger,
  parseNameAddress,
  parseVia,
  serializeVia,
  TOKEN,
  type CSeq,
  type NameAddress,
  type Via,
} from "./header-values.ts";
import {
  headerValue,
  headerValues,
  makeHeader,
  type SipHeader,
  type SipMessage,
  type SipRequest,
} from "./message.ts";
import type { Address } from "../ports/index.ts";
import { parseUri, type Uri } from "./uri.ts";

export interface RequestCore {
  /** The topmost. */
  readonly via: Via;
  readonly from: NameAddress;
  readonly fromTag: string | null;
  readonly to: NameAddress;
  readonly toTag: string | null;
  readonly callId: string;
  readonly cseq: CSeq;
  /** null when absent, as old senders leave it. */
  readonly maxForwards: number | null;
  readonly uri: Uri;
  /** First Contact; null without. */
  readonly contact: NameAddress | null;
}

export function readRequestCore(request: SipRequest): Parsed<RequestCore> {
  const identity = readIdentity(request);
  if (!identity.ok) return identity;
  const uri = parseUri(request.uri);
  if (!uri.ok) return refused("bad-request-uri", "Request-URI", uri.problem.detail);
  // "Header parameters … MUST NOT" be in a Request-URI.  RFC 3261 §19.1.1; RFC 4475 §3.1.2.11
  if (uri.value.scheme !== "other" && uri.value.headers !== null) {
    return refused("bad-request-uri", "Request-URI", "A Request-URI has no headers.");
  }
  const { cseq } = identity.value;
  if (cseq.method !== request.method) {
    return refused("method-mismatch", "CSeq", "CSeq names another method than the request line.");
  }
  const maxForwards = readMaxForwards(request);
  if (!maxForwards.ok) return maxForwards;
  const date = headerValue(request, "Date");
  // "SIP restricts the time zone in SIP-date to "GMT""; another is invalid.  RFC 3261 §20.17,
  // RFC 4475 §3.1.2.12
  if (date !== null && !/\b(GMT|UTC)$/i.test(date)) {
    return refused("bad-date", "Date", "Date is not in GMT.");
  }
  const contact = readContact(request);
  if (!contact.ok) return contact;
  for (const name of ["Route", "Record-Route"]) {
    const routes = readAddresses(request, name);
    if (!routes.ok) return routes;
  }
  return parsed({
    ...identity.value,
    uri: uri.value,
    maxForwards: maxForwards.value,
    contact: contact.value,
  });
}

export type MessageIdentity = Pick<
  RequestCore,
  "via" | "from" | "fromTag" | "to" | "toTag" | "callId" | "cseq"
>;

/** The part that requests and responses have in common. */
export function readIdentity(message: SipMessage): Parsed<MessageIdentity> {
  const vias = headerList(message, "Via");
  if (!vias.ok) return at("Via", vias.problem);
  if (vias.value.length === 0) return refused("missing-header", "Via", "Via is missing.");
  const parsedVias: Via[] = [];
  for (const text of vias.value) {
    const via = parseVia(text);
    if (!via.ok) return via;
    parsedVias.push(via.value);
  }
  const from = readSingleAddress(message, "From");
  if (!from.ok) return from;
  const to = readSingleAddress(message, "To");
  if (!to.ok) return to;
  const callId = readSingle(message, "Call-ID");
  if (!callId.ok) return callId;
  if (!/^\S+$/.test(callId.value)) return refused("bad-header", "Call-ID", "Call-ID has spaces.");
  const cseqText = readSingle(message, "CSeq");
  if (!cseqText.ok) return cseqText;
  const cseq = parseCSeq(cseqText.value);
  if (!cseq.ok) return cseq;
  const [via] = parsedVias;
  if (via === undefined) return refused("missing-header", "Via", "Via is missing.");
  return parsed({
    via,
    from: from.value,
    fromTag: parameter(from.value, "tag"),
    to: to.value,
    toTag: parameter(to.value, "tag"),
    callId: callId.value,
    cseq: cseq.value,
  });
}

function readSingle(message: SipMessage, name: string): Parsed<string> {
  const values = headerValues(message, name);
  const [value] = values;
  if (value === undefined || value === "") {
    return refused("missing-header", name, `${name} is missing.`);
  }
  if (values.length > 1) return refused("repeated-header", name, `${name} stands there twice.`);
  return parsed(value);
}

function readSingleAddress(message: SipMessage, name: string): Parsed<NameAddress> {
  const text = readSingle(message, name);
  if (!text.ok) return text;
  const address = parseNameAddress(text.value);
  return address.ok ? address : at(name, address.problem);
}

function readMaxForwards(request: SipRequest): Parsed<number | null> {
  const values = headerValues(request, "Max-Forwards");
  const [value] = values;
  if (value === undefined) return parsed(null);
  if (values.length > 1) {
    return refused("repeated-header", "Max-Forwards", "Max-Forwards stands there twice.");
  }
  const number = parseInteger(value, 255);
  return number.ok ? number : at("Max-Forwards", number.problem);
}

function readContact(request: SipRequest): Parsed<NameAddress | null> {
  if (headerValues(request, "Contact").every((value) => value === "*")) return parsed(null);
  const contacts = readAddresses(request, "Contact");
  return contacts.ok ? parsed(contacts.value[0] ?? null) : contacts;
}

/** Every element of a list of addresses: Contact, Route, Record-Route. */
function readAddresses(message: SipMessage, name: string): Parsed<NameAddress[]> {
  const list = headerList(message, name);
  if (!list.ok) return at(name, list.problem);
  const addresses: NameAddress[] = [];
  for (const text of list.value) {
    const address = parseNameAddress(text);
    if (!address.ok) return at(name, address.problem);
    addresses.push(address.value);
  }
  return parsed(addresses);
}

function at(name: string, problem: Problem): ReturnType<typeof refused> {
  return refused(problem.code, name, `${name}: ${problem.detail}`);
}

/**
 * The request with `received` and `rport` in its topmost Via, as the server transport must write
 * them.  RFC 3261 §18.2.1, RFC 3581 §4. Unreadable Vias are left alone.
 */
export function stampVia(request: SipRequest, source: Address): SipRequest {
  const vias = headerList(request, "Via");
  const [top, ...others] = vias.ok ? vias.value : [];
  const via = top === undefined ? null : parseVia(top);
  if (via === null || !via.ok) return request;
  const hasPortRequest = parameter(via.value, "rport") !== null;
  const kept = via.value.parameters.filter(({ name }) => name !== "received" && name !== "rport");
  const stamps = [];
  if (hasPortRequest) stamps.push({ name: "rport", value: String(source.port) });
  if (hasPortRequest || via.value.host !== source.host) {
    stamps.push({ name: "received", value: source.host });
  }
  const stamped = serializeVia({ ...via.value, parameters: [...kept, ...stamps] });
  const viaHeaders: SipHeader[] = [stamped, ...others].map((text) => makeHeader("Via", text));
  return {
    ...request,
    headers: [...viaHeaders, ...request.headers.filter((header) => header.key !== "via")],
  };
}

/** "z9hG4bK" and something after it (RFC 4475 §3.2.1: alone it says nothing); else null. */
export function uniqueBranch(via: Via): string | null {
  const branch = parameter(via, "branch");
  if (branch === null || !TOKEN.test(branch)) return null;
  return /^z9hG4bK./i.test(branch) ? branch : null;
}

/** Which final answer a problem deserves. */
export function statusOf(problem: Problem): { status: number; reasonPhrase: string } {
  switch (problem.code) {
    case "bad-version":
      return { status: 505, reasonPhrase: "Version Not Supported" };
    case "too-large":
      return { status: 513, reasonPhrase: "Message Too Large" };
    default:
      return { status: 400, reasonPhrase: `Bad Request (${problem.detail.replace(/\.$/, "")})` };
  }
}
