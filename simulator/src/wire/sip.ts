// SIP messages of the simulated IP Office (codec), for datagrams and streams.
// Written from RFC 3261 §7, §18.3, §20 and §25; header fields keep their order and their values as
// text, and sip-values.ts reads what is inside them.
import { parsed, refused } from "./parsed.ts";
import type { Parsed, Refused } from "./parsed.ts";

/** Limits of what is read; beyond them a message is refused. */
export const SIP_LIMITS = {
  messageBytes: 65_535,
  headerCount: 256,
  lineBytes: 8_192,
} as const;

export interface SipHeader {
  /** As on the wire, compact forms spelt out. */
  readonly name: string;
  readonly value: string;
}

export interface SipRequest {
  readonly type: "request";
  readonly method: string;
  readonly uri: string;
  readonly headers: readonly SipHeader[];
  readonly body: Uint8Array;
}

export interface SipResponse {
  readonly type: "response";
  readonly status: number;
  readonly reason: string;
  readonly headers: readonly SipHeader[];
  readonly body: Uint8Array;
}

export type SipMessage = SipRequest | SipResponse;

/** RFC 3261 §7.3.3, and those of RFC 4028, 3515, 3265 that may turn up. */
const COMPACT_FORMS: ReadonlyMap<string, string> = new Map([
  ["c", "Content-Type"],
  ["e", "Content-Encoding"],
  ["f", "From"],
  ["i", "Call-ID"],
  ["k", "Supported"],
  ["l", "Content-Length"],
  ["m", "Contact"],
  ["o", "Event"],
  ["r", "Refer-To"],
  ["s", "Subject"],
  ["t", "To"],
  ["u", "Allow-Events"],
  ["v", "Via"],
  ["x", "Session-Expires"],
]);

const TOKEN = /^[A-Za-z0-9\-.!%*_+`'~]+$/;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** All values of a header field, one a field line, in order. */
export function headerValues(message: SipMessage, name: string): string[] {
  const wanted = name.toLowerCase();
  return message.headers
    .filter((header) => header.name.toLowerCase() === wanted)
    .map((header) => header.value);
}

/** The first value of a header field. */
export function headerValue(message: SipMessage, name: string): string | null {
  return headerValues(message, name)[0] ?? null;
}

/** Bytes for the wire. Content-Length is written here; a given one is left out. */
export function serializeSip(message: SipMessage): Uint8Array {
  const start =
    message.type === "request"
      ? `${message.method} ${message.uri} SIP/2.0`
      : `SIP/2.0 ${message.status} ${message.reason}`;
  const lines = [start];
  for (const { name, value } of message.headers) {
    if (name.toLowerCase() !== "content-length") lines.push(`${name}: ${value}`);
  }
  lines.push(`Content-Length: ${message.body.length}`, "", "");
  const head = encoder.encode(lines.join("\r\n"));
  const bytes = new Uint8Array(head.length + message.body.length);
  bytes.set(head);
  bytes.set(message.body, head.length);
  return bytes;
}

/** Where the body begins: after the first empty line. -1 = not there yet. */
function bodyStart(bytes: Uint8Array): number {
  for (let at = 0; at + 3 < bytes.length; at += 1) {
    if (bytes[at] !== 13 || bytes[at + 1] !== 10) continue;
    if (bytes[at + 2] === 13 && bytes[at + 3] === 10) return at + 4;
  }
  return -1;
}

type StartLine =
  | { readonly type: "request"; readonly method: string; readonly uri: string }
  | { readonly type: "response"; readonly status: number; readonly reason: string };

function parseStartLine(line: string): Parsed<StartLine> {
  const response = /^SIP\/2\.0 ([1-6][0-9]{2}) (.*)$/i.exec(line);
  if (response !== null) {
    return parsed({ type: "response", status: Number(response[1]), reason: response[2]! });
  }
  const request = /^([^ ]+) ([^ ]+) SIP\/2\.0$/i.exec(line);
  if (request === null || !TOKEN.test(request[1]!)) {
    return refused("bad-start-line", 1, "neither a request line nor a status line of SIP/2.0");
  }
  return parsed({ type: "request", method: request[1]!, uri: request[2]! });
}

function parseHeaders(lines: readonly string[]): Parsed<SipHeader[]> {
  const headers: SipHeader[] = [];
  for (const [index, line] of lines.entries()) {
    const lineNumber = index + 2;
    if (line.length > SIP_LIMITS.lineBytes) {
      return refused("line-too-long", lineNumber, "a header line is too long");
    }
    const last = headers.at(-1);
    if (line.startsWith(" ") || line.startsWith("\t")) {
      if (last === undefined) return refused("bad-header", lineNumber, "a folded first line");
      headers[headers.length - 1] = { ...last, value: `${last.value} ${line.trim()}`.trim() };
      continue;
    }
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(colon, 0)).trimEnd();
    if (!TOKEN.test(name)) return refused("bad-header", lineNumber, "a line without a field name");
    if (headers.length === SIP_LIMITS.headerCount) {
      return refused("too-many-headers", lineNumber, "more header fields than allowed");
    }
    const full = COMPACT_FORMS.get(name.toLowerCase()) ?? name;
    headers.push({ name: full, value: line.slice(colon + 1).trim() });
  }
  return parsed(headers);
}

/** The Content-Length of a head; null = absent. */
function contentLength(headers: readonly SipHeader[]): Parsed<number | null> {
  const values = headers.filter((header) => header.name.toLowerCase() === "content-length");
  const first = values[0];
  if (first === undefined) return parsed(null);
  const isPlain = /^[0-9]{1,9}$/.test(first.value);
  if (!isPlain || values.some((header) => header.value !== first.value)) {
    return refused("bad-content-length", "Content-Length", "Content-Length is not one number");
  }
  return parsed(Number(first.value));
}

interface Head {
  readonly start: StartLine;
  readonly headers: SipHeader[];
  readonly contentLength: number | null;
}

function parseHead(bytes: Uint8Array): Parsed<Head> {
  const lines = decoder.decode(bytes.subarray(0, bytes.length - 4)).split("\r\n");
  const start = parseStartLine(lines[0]!);
  if (!start.ok) return start;
  const headers = parseHeaders(lines.slice(1));
  if (!headers.ok) return headers;
  const length = contentLength(headers.value);
  if (!length.ok) return length;
  return parsed({ start: start.value, headers: headers.value, contentLength: length.value });
}

/** Reads a datagram. Octets beyond Content-Length are dropped, missing ones refuse it.  §18.3 */
export function parseSip(bytes: Uint8Array): Parsed<SipMessage> {
  if (bytes.length > SIP_LIMITS.messageBytes) {
    return refused("too-long", bytes.length, "a message above the size limit");
  }
  const bodyAt = bodyStart(bytes);
  if (bodyAt < 0) return refused("truncated", bytes.length, "no empty line ends the header");
  const head = parseHead(bytes.subarray(0, bodyAt));
  if (!head.ok) return head;
  const available = bytes.length - bodyAt;
  const length = head.value.contentLength ?? available;
  if (length > available) return refused("truncated", bytes.length, "the body is cut off");
  const body = bytes.subarray(bodyAt, bodyAt + length);
  return parsed({ ...head.value.start, headers: head.value.headers, body });
}

/**
 * Cuts a stream into messages by Content-Length, which is mandatory there (§18.3). After a refusal
 * the place in the stream is lost: the connection has to be closed.
 */
export class SipFramer {
  #pending = new Uint8Array(0);
  #failure: Refused | null = null;

  /** Octets that wait for the rest of their message. */
  pendingBytes(): number {
    return this.#pending.length;
  }

  push(data: Uint8Array): Parsed<SipMessage>[] {
    if (this.#failure !== null) return [];
    const joined = new Uint8Array(this.#pending.length + data.length);
    joined.set(this.#pending);
    joined.set(data, this.#pending.length);
    this.#pending = joined;
    const messages: Parsed<SipMessage>[] = [];
    for (let next = this.#take(); next !== null; next = this.#take()) {
      messages.push(next);
      if (next.ok) continue;
      this.#failure = next;
      this.#pending = new Uint8Array(0);
    }
    return messages;
  }

  #take(): Parsed<SipMessage> | null {
    let start = 0;
    // "ignore any CRLF appearing before the start-line"  §7.5
    while (this.#pending[start] === 13 || this.#pending[start] === 10) start += 1;
    if (start > 0) this.#pending = this.#pending.subarray(start);
    if (this.#failure !== null) return null;
    const bodyAt = bodyStart(this.#pending);
    const isTooLong = (bodyAt < 0 ? this.#pending.length : bodyAt) > SIP_LIMITS.messageBytes;
    if (isTooLong) return refused("too-long", 0, "a header above the size limit");
    if (bodyAt < 0) return null;
    const head = parseHead(this.#pending.subarray(0, bodyAt));
    if (!head.ok) return head;
    const length = head.value.contentLength;
    if (length === null) {
      return refused("no-content-length", "Content-Length", "a stream message needs its length");
    }
    if (bodyAt + length > SIP_LIMITS.messageBytes) {
      return refused("too-long", bodyAt, "a message above the size limit");
    }
    if (this.#pending.length < bodyAt + length) return null;
    const body = this.#pending.slice(bodyAt, bodyAt + length);
    this.#pending = this.#pending.slice(bodyAt + length);
    return parsed({ ...head.value.start, headers: head.value.headers, body });
  }
}
