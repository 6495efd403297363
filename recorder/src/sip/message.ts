// A SIP message as data: start line, headers in wire order, body. Stands between the codec
// (parse.ts, serialize.ts) and everything that decides. Header names are found without regard to
// case and to the compact forms of RFC 3261 §7.3.3; the name as it was on the wire is kept.

export interface SipHeader {
  /** As on the wire, or as we spell it. */
  readonly name: string;
  /** Long form, lower case: what look-ups compare. */
  readonly key: string;
  /** Unfolded, trimmed. */
  readonly value: string;
}

interface MessageParts {
  readonly headers: readonly SipHeader[];
  readonly body: Uint8Array;
  /** How text maps to bytes: UTF-8 unless the sender's header bytes were not UTF-8. */
  readonly charset: "utf8" | "latin1";
}

export interface SipRequest extends MessageParts {
  readonly kind: "request";
  /** Case matters (RFC 3261 §7.1); unknown methods are kept. */
  readonly method: string;
  /** The Request-URI as text; any scheme. */
  readonly uri: string;
}

export interface SipResponse extends MessageParts {
  readonly kind: "response";
  readonly status: number;
  readonly reasonPhrase: string;
}

export type SipMessage = SipRequest | SipResponse;

export const NO_BODY: Uint8Array = new Uint8Array(0);

const LONG_FORMS: Readonly<Record<string, string>> = {
  a: "accept-contact",
  b: "referred-by",
  c: "content-type",
  d: "request-disposition",
  e: "content-encoding",
  f: "from",
  i: "call-id",
  j: "reject-contact",
  k: "supported",
  l: "content-length",
  m: "contact",
  o: "event",
  r: "refer-to",
  s: "subject",
  t: "to",
  u: "allow-events",
  v: "via",
  x: "session-expires",
  y: "identity",
};

/** Long form in lower case of a header name in any form. */
export function headerKey(name: string): string {
  const lower = name.toLowerCase();
  return lower.length === 1 ? (LONG_FORMS[lower] ?? lower) : lower;
}

/**
 * A header with its look-up key. Line breaks in a value would forge headers, so they become spaces.
 */
export function makeHeader(name: string, value: string): SipHeader {
  const safe = /[\r\n]/.test(value) ? value.replace(/[\r\n]+/g, " ") : value;
  return { name, key: headerKey(name), value: safe };
}

/** The first header line of that name, or null. */
export function headerValue(message: SipMessage, name: string): string | null {
  const key = headerKey(name);
  return message.headers.find((header) => header.key === key)?.value ?? null;
}

/** All header lines of that name, in order; lists within a line are not split. */
export function headerValues(message: SipMessage, name: string): string[] {
  const key = headerKey(name);
  return message.headers.filter((header) => header.key === key).map((header) => header.value);
}

/** The body as text. */
export function bodyText(message: SipMessage): string {
  return new TextDecoder().decode(message.body);
}

/**
 * The text of wire bytes: UTF-8 where it is, else one character a byte, so that nothing is lost.
 */
export function wireText(bytes: Uint8Array): { text: string; charset: "utf8" | "latin1" } {
  try {
    return {
      text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes),
      charset: "utf8",
    };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return { text: Buffer.from(bytes).toString("latin1"), charset: "latin1" };
  }
}

/** The log's tag of the message's call; empty when it names none. */
export function callTag(text: string): { readonly sipCallId?: string } {
  const sipCallId = /^(?:call-id|i)[ \t]*:[ \t]*(\S{1,255})/im.exec(text)?.[1];
  return sipCallId === undefined ? {} : { sipCallId };
}
