// Bytes → SIP message.  RFC 3261 §7, §18.3; liberal as RFC 4475 §3.1.1 asks: folded lines, compact
// names, white space, bare LF, unknown methods and schemes. A damaged request that can still be
// recognised comes with the refusal, so that the endpoint can answer it without state.
//
//   start-line CRLF  *( name HCOLON value CRLF )  CRLF  [ body of Content-Length bytes ]
import { parsed, refused, type Parsed, type Problem } from "../parsed.ts";
import { parseInteger, TOKEN } from "./header-values.ts";
import {
  headerKey,
  wireText,
  type SipHeader,
  type SipMessage,
  type SipRequest,
} from "./message.ts";

export interface SipParseLimits {
  /** Of start line, headers and body together. */
  readonly maximumMessageBytes: number;
  readonly maximumHeaders: number;
  /** Of one header line, unfolded. */
  readonly maximumHeaderCharacters: number;
}

export const SIP_PARSE_LIMITS: SipParseLimits = {
  maximumMessageBytes: 65_535,
  maximumHeaders: 256,
  maximumHeaderCharacters: 8_192,
};

/** As `Parsed<SipMessage>`; a refusal carries the request, as far as it was read, if it is recognisable. */
export type ParsedMessage =
  | { readonly ok: true; readonly value: SipMessage }
  | { readonly ok: false; readonly problem: Problem; readonly request: SipRequest | null };

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const SPACE = 32;
const TAB = 9;

interface Head {
  readonly text: string;
  readonly charset: "utf8" | "latin1";
  readonly bodyStart: number;
  readonly complete: boolean;
}

type StartLine =
  | { readonly kind: "request"; readonly method: string; readonly uri: string }
  | { readonly kind: "response"; readonly status: number; readonly reasonPhrase: string };

/** One message; bytes after Content-Length are ignored (RFC 3261 §18.3), missing ones refused. */
export function parseMessage(
  bytes: Uint8Array,
  limits: SipParseLimits = SIP_PARSE_LIMITS,
): ParsedMessage {
  const head = findHead(bytes);
  const lines = unfold(head.text);
  const start = parseStartLine(lines[0] ?? "");
  if (start.line === null) return { ok: false, problem: start.problem, request: null };
  const headers = parseHeaders(lines.slice(1), limits);
  const body = findBody(bytes, head, headers.value);
  const parts = { headers: headers.value, body: body.value, charset: head.charset };
  const message: SipMessage = { ...start.line, ...parts };
  const tooLarge = bytes.length > limits.maximumMessageBytes;
  const problem = tooLarge
    ? sizeProblem(bytes.length, limits)
    : (start.problem ?? headers.problem ?? headProblem(head) ?? body.problem);
  if (problem === null) return { ok: true, value: message };
  return { ok: false, problem, request: message.kind === "request" ? message : null };
}

function sizeProblem(length: number, limits: SipParseLimits): Problem {
  const detail = `The message is longer than ${limits.maximumMessageBytes} bytes.`;
  return { code: "too-large", at: length, detail };
}

function headProblem(head: Head): Problem | null {
  if (head.complete) return null;
  return { code: "truncated", at: head.bodyStart, detail: "No empty line ends the headers." };
}

/**
 * Start of the body: after the first empty line. Leading empty lines are skipped (RFC 3261 §7.5).
 */
function findHead(bytes: Uint8Array): Head {
  let start = 0;
  while (bytes[start] === CARRIAGE_RETURN || bytes[start] === LINE_FEED) start++;
  const bodyStart = findHeaderEnd(bytes, start);
  const end = bodyStart ?? bytes.length;
  return {
    ...wireText(bytes.subarray(start, end)),
    bodyStart: end,
    complete: bodyStart !== null,
  };
}

/** Offset after the empty line that ends the headers, or null when there is none yet. */
export function findHeaderEnd(bytes: Uint8Array, from: number): number | null {
  let at = bytes.indexOf(LINE_FEED, from);
  while (at >= 0) {
    if (bytes[at + 1] === LINE_FEED) return at + 2;
    if (bytes[at + 1] === CARRIAGE_RETURN && bytes[at + 2] === LINE_FEED) return at + 3;
    at = bytes.indexOf(LINE_FEED, at + 1);
  }
  return null;
}

/** Lines without their ends; a line that begins with white space continues the one before it. */
function unfold(text: string): string[] {
  const lines: string[] = [];
  for (const line of text.split(/\r?\n/)) {
    const first = line.charCodeAt(0);
    const isContinuation = first === SPACE || first === TAB;
    if (isContinuation && lines.length > 1) lines.push(`${lines.pop() ?? ""} ${line.trim()}`);
    else lines.push(line);
  }
  return lines;
}

function parseStartLine(
  line: string,
): { line: StartLine; problem: Problem | null } | { line: null; problem: Problem } {
  if (/^SIP\//i.test(line)) return parseStatusLine(line);
  const loose = /^(\S+)\s+(.*?)\s+SIP\/(\d+)\.(\d+)\s*$/is.exec(line);
  if (loose === null) {
    return {
      line: null,
      problem: { code: "not-sip", at: 0, detail: "This is not a SIP message." },
    };
  }
  const [, method = "", uri = "", major, minor] = loose;
  const startLine: StartLine = { kind: "request", method, uri };
  if (major !== "2" || minor !== "0") {
    const detail = "Only SIP/2.0 is spoken here.";
    return { line: startLine, problem: { code: "bad-version", at: 0, detail } };
  }
  const strict = /^(\S+) (\S+) SIP\/2\.0$/i.test(line) && TOKEN.test(method);
  const detail = "The request line has spaces or characters where none belong.";
  return { line: startLine, problem: strict ? null : { code: "bad-start-line", at: 0, detail } };
}

function parseStatusLine(
  line: string,
): { line: StartLine; problem: Problem | null } | { line: null; problem: Problem } {
  const match = /^SIP\/2\.0 ([1-6]\d\d)(?: (.*))?$/is.exec(line);
  if (match === null) {
    return {
      line: null,
      problem: { code: "bad-status-line", at: 0, detail: "Not a SIP/2.0 status line." },
    };
  }
  const [, status = "", reasonPhrase = ""] = match;
  return { line: { kind: "response", status: Number(status), reasonPhrase }, problem: null };
}

function parseHeaders(
  lines: readonly string[],
  limits: SipParseLimits,
): { value: SipHeader[]; problem: Problem | null } {
  const value: SipHeader[] = [];
  let problem: Problem | null = null;
  for (const [index, line] of lines.entries()) {
    if (line === "") continue;
    if (value.length >= limits.maximumHeaders) {
      const detail = `More than ${limits.maximumHeaders} header lines.`;
      return { value, problem: problem ?? { code: "too-many-headers", at: index, detail } };
    }
    const header = parseHeaderLine(line, limits);
    if (header.ok) value.push(header.value);
    else problem ??= { ...header.problem, at: index + 1 };
  }
  return { value, problem };
}

function parseHeaderLine(line: string, limits: SipParseLimits): Parsed<SipHeader> {
  if (line.length > limits.maximumHeaderCharacters) {
    return refused(
      "header-too-long",
      0,
      `A header has over ${limits.maximumHeaderCharacters} characters.`,
    );
  }
  const colon = line.indexOf(":");
  const name = line.slice(0, Math.max(colon, 0)).trimEnd();
  if (!TOKEN.test(name)) return refused("bad-header", 0, "A line is not `name: value`.");
  return parsed({ name, key: headerKey(name), value: line.slice(colon + 1).trim() });
}

function findBody(
  bytes: Uint8Array,
  head: Head,
  headers: readonly SipHeader[],
): { value: Uint8Array; problem: Problem | null } {
  const rest = bytes.subarray(head.bodyStart);
  const lengths = headers.filter((header) => header.key === "content-length");
  if (lengths.length === 0) return { value: rest, problem: null };
  const length = parseInteger(lengths[0]?.value ?? "", 2 ** 31);
  const at = "Content-Length";
  if (lengths.length > 1) {
    return {
      value: rest,
      problem: { code: "repeated-header", at, detail: "Content-Length twice." },
    };
  }
  if (!length.ok) {
    return { value: rest, problem: { ...length.problem, code: "bad-content-length", at } };
  }
  if (length.value > rest.length) {
    // "If there are fewer bytes in the message than the Content-Length header field indicates,
    // this is an error."  RFC 3261 §18.3
    const detail = `The body has ${rest.length} of ${length.value} bytes.`;
    return { value: rest, problem: { code: "short-body", at, detail } };
  }
  return { value: rest.subarray(0, length.value), problem: null };
}
