// Structured header values: Via, name-addr (From, To, Contact, Route), CSeq, Session-Expires,
// Reason, option lists.  RFC 3261 §20, §25.1; RFC 3326; RFC 4028 §4. White space is taken wherever
// RFC 4475 §3.1.1.1 puts it; empty list elements and parameters are refused (§3.1.2.1).
import { parsed, refused, type Parsed } from "../parsed.ts";
import { headerValues, type SipMessage } from "./message.ts";
import { hostText, parseHostPort, parseUri, type Uri } from "./uri.ts";

export interface Parameter {
  /** Lower case. */
  readonly name: string;
  /** Quotes are kept; null when there is no "=". */
  readonly value: string | null;
}

export interface Via {
  /** Upper case: "UDP", "TCP", "TLS"; others are kept. */
  readonly transport: string;
  readonly host: string;
  readonly port: number | null;
  readonly parameters: readonly Parameter[];
}

export interface NameAddress {
  /** Unquoted; null when absent. */
  readonly displayName: string | null;
  /** As on the wire. */
  readonly uriText: string;
  readonly uri: Uri;
  readonly parameters: readonly Parameter[];
}

export interface CSeq {
  readonly sequence: number;
  readonly method: string;
}

export interface SessionExpires {
  readonly seconds: number;
  readonly refresher: "uac" | "uas" | null;
}

export interface Reason {
  /** "Q.850", "SIP". */
  readonly protocol: string;
  readonly cause: number | null;
  readonly text: string | null;
}

/** RFC 3261 §25.1 `token`. */
export const TOKEN = /^[A-Za-z0-9\-.!%*_+`'~]+$/;
/**
 * "The sequence number value MUST be expressible as a 32-bit unsigned integer and MUST be less than
 * 2**31."  RFC 3261 §8.1.1.5
 */
export const MAXIMUM_SEQUENCE = 2 ** 31 - 1;

/** Splits at `separator` outside quoted strings and angle brackets; pieces are trimmed. */
export function splitOutside(text: string, separator: "," | ";"): Parsed<string[]> {
  const pieces: string[] = [];
  let start = 0;
  let quoted = false;
  let bracketed = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (quoted) {
      if (character === "\\") at++;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === "<") bracketed = true;
    else if (character === ">") bracketed = false;
    else if (character === separator && !bracketed) {
      pieces.push(text.slice(start, at).trim());
      start = at + 1;
    }
  }
  if (quoted || bracketed) return refused("unbalanced", start, "A quote or bracket is not closed.");
  pieces.push(text.slice(start).trim());
  return parsed(pieces);
}

/** All elements of a list header, over all its lines. */
export function headerList(message: SipMessage, name: string): Parsed<string[]> {
  const elements: string[] = [];
  for (const value of headerValues(message, name)) {
    const split = splitOutside(value, ",");
    if (!split.ok) return split;
    elements.push(...split.value);
  }
  return parsed(elements);
}

/** Option tags, methods and the like, in wire order; empty where the header cannot be read. */
export function tokenList(message: SipMessage, name: string): string[] {
  const list = headerList(message, name);
  return list.ok ? list.value.filter((element) => element !== "") : [];
}

function parseParameters(pieces: readonly string[]): Parsed<Parameter[]> {
  const parameters: Parameter[] = [];
  for (const piece of pieces) {
    const equals = piece.indexOf("=");
    const name = (equals < 0 ? piece : piece.slice(0, equals)).trim();
    const value = equals < 0 ? null : piece.slice(equals + 1).trim();
    if (!TOKEN.test(name)) return refused("bad-parameter", piece, "A parameter has no name.");
    if (value !== null && !/^("[^]*"|[^\s"<>]+)$/.test(value)) {
      return refused("bad-parameter", piece, "A parameter has no proper value.");
    }
    parameters.push({ name: name.toLowerCase(), value });
  }
  return parsed(parameters);
}

/** A parameter's value; "" when it has none; null when it is absent. */
export function parameter(
  owner: { readonly parameters: readonly Parameter[] },
  name: string,
): string | null {
  const found = owner.parameters.find((candidate) => candidate.name === name);
  return found === undefined ? null : (found.value ?? "");
}

/** ";name=value;flag". */
function serializeParameters(parameters: readonly Parameter[]): string {
  return parameters
    .map(({ name, value }) => (value === null ? `;${name}` : `;${name}=${value}`))
    .join("");
}

export function parseVia(text: string): Parsed<Via> {
  const pieces = splitOutside(text, ";");
  if (!pieces.ok) return pieces;
  const [sentText = "", ...parameterTexts] = pieces.value;
  const match = /^SIP\s*\/\s*2\.0\s*\/\s*(\S+)\s+(.+)$/is.exec(sentText);
  if (match === null) return refused("bad-via", "Via", "Via has no protocol and sent-by.");
  const [, transport = "", sentBy = ""] = match;
  if (!TOKEN.test(transport)) return refused("bad-via", "Via", "The transport is not a token.");
  const hostPort = parseHostPort(sentBy);
  if (!hostPort.ok) return refused("bad-via", "Via", hostPort.problem.detail);
  const parameters = parseParameters(parameterTexts);
  if (!parameters.ok) return refused("bad-via", "Via", parameters.problem.detail);
  return parsed({
    transport: transport.toUpperCase(),
    ...hostPort.value,
    parameters: parameters.value,
  });
}

export function serializeVia(via: Via): string {
  const port = via.port === null ? "" : `:${via.port}`;
  return `SIP/2.0/${via.transport} ${hostText(via.host)}${port}${serializeParameters(via.parameters)}`;
}

/** name-addr or addr-spec with header parameters.  RFC 3261 §20.10 */
export function parseNameAddress(text: string): Parsed<NameAddress> {
  const pieces = splitOutside(text, ";");
  if (!pieces.ok) return pieces;
  const [addressPart = "", ...parameterTexts] = pieces.value;
  const address = splitAddress(addressPart);
  if (!address.ok) return address;
  const { displayName, uriText } = address.value;
  const uri = parseUri(uriText);
  if (!uri.ok) return uri;
  const parameters = parseParameters(parameterTexts);
  if (!parameters.ok) return parameters;
  return parsed({ displayName, uriText, uri: uri.value, parameters: parameters.value });
}

function splitAddress(part: string): Parsed<{ displayName: string | null; uriText: string }> {
  const open = openingBracket(part);
  if (open < 0) {
    // "If the URI contains a comma, question mark or semicolon, the URI MUST be enclosed in angle
    // brackets."  RFC 3261 §20
    if (/[?,]/.test(part)) return refused("bad-address", 0, "This URI needs angle brackets.");
    return parsed({ displayName: null, uriText: part });
  }
  if (!part.endsWith(">")) return refused("bad-address", open, "Something follows the bracket.");
  const nameText = part.slice(0, open).trim();
  const uriText = part.slice(open + 1, -1);
  if (nameText === "") return parsed({ displayName: null, uriText });
  if (nameText.startsWith('"')) {
    if (!/^"(?:[^"\\]|\\[^])*"$/.test(nameText)) {
      return refused("bad-display-name", 0, "The quoted display name does not end.");
    }
    return parsed({ displayName: unquote(nameText), uriText });
  }
  if (/[",;<>\\]/.test(nameText)) {
    return refused("bad-display-name", 0, "This display name needs quotes.");
  }
  return parsed({ displayName: nameText, uriText });
}

function openingBracket(text: string): number {
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    if (quoted && text[at] === "\\") at++;
    else if (text[at] === '"') quoted = !quoted;
    else if (!quoted && text[at] === "<") return at;
  }
  return -1;
}

/** The content of a quoted-string; other text is returned as it is. */
export function unquote(text: string): string {
  if (text.length < 2 || !text.startsWith('"') || !text.endsWith('"')) return text;
  return text.slice(1, -1).replace(/\\([^])/g, "$1");
}

/** A decimal integer with leading zeros, up to `maximum`. */
export function parseInteger(text: string, maximum: number): Parsed<number> {
  if (!/^\d{1,20}$/.test(text)) return refused("bad-number", 0, "This is not a decimal number.");
  const value = Number(text);
  if (value > maximum) return refused("bad-number", 0, `The number is above ${maximum}.`);
  return parsed(value);
}

export function parseCSeq(text: string): Parsed<CSeq> {
  const match = /^(\d+)\s+(\S+)$/.exec(text);
  if (match === null) return refused("bad-cseq", "CSeq", "CSeq is a number and a method.");
  const [, digits = "", method = ""] = match;
  const sequence = parseInteger(digits, MAXIMUM_SEQUENCE);
  if (!sequence.ok) return refused("bad-cseq", "CSeq", sequence.problem.detail);
  return parsed({ sequence: sequence.value, method });
}

export function parseSessionExpires(text: string): Parsed<SessionExpires> {
  const pieces = splitOutside(text, ";");
  if (!pieces.ok) return pieces;
  const [deltaText = "", ...parameterTexts] = pieces.value;
  const seconds = parseInteger(deltaText, 2 ** 32 - 1);
  if (!seconds.ok) return seconds;
  const parameters = parseParameters(parameterTexts);
  if (!parameters.ok) return parameters;
  const refresher = parameter({ parameters: parameters.value }, "refresher")?.toLowerCase();
  return parsed({
    seconds: seconds.value,
    refresher: refresher === "uac" || refresher === "uas" ? refresher : null,
  });
}

/** RFC 3326: `Q.850;cause=16;text="Terminated"`. */
export function parseReason(text: string): Parsed<Reason> {
  const pieces = splitOutside(text, ";");
  if (!pieces.ok) return pieces;
  const [protocol = "", ...parameterTexts] = pieces.value;
  if (!TOKEN.test(protocol)) return refused("bad-reason", 0, "Reason has no protocol.");
  const parameters = parseParameters(parameterTexts);
  if (!parameters.ok) return parameters;
  const owner = { parameters: parameters.value };
  const cause = parseInteger(parameter(owner, "cause") ?? "", 65_535);
  const reasonText = parameter(owner, "text");
  return parsed({
    protocol,
    cause: cause.ok ? cause.value : null,
    text: reasonText === null ? null : unquote(reasonText),
  });
}

/** "application/sdp; charset=x" → "application/sdp". */
export function mediaType(contentType: string): string {
  return (contentType.split(";")[0] ?? "").replace(/\s+/g, "").toLowerCase();
}
