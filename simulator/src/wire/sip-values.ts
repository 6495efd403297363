// What stands inside SIP header fields: Via, name-addresses, URIs, CSeq, Session-Expires (codec).
// Written from RFC 3261 §19.1, §20 and §25.1, RFC 4028 §4.
import { parsed, refused } from "./parsed.ts";
import type { Parsed } from "./parsed.ts";

/** Parameters by lower-case name; a parameter without `=` has the value "". */
export type SipParameters = ReadonlyMap<string, string>;

export interface SipUri {
  readonly scheme: "sip" | "sips";
  readonly user: string | null;
  /** Without the brackets of an IPv6 reference. */
  readonly host: string;
  readonly port: number | null;
  readonly parameters: SipParameters;
}

export interface NameAddress {
  readonly display: string | null;
  readonly uri: SipUri;
  readonly uriText: string;
  readonly parameters: SipParameters;
}

export interface Via {
  /** "UDP", "TCP", "TLS". */
  readonly transport: string;
  readonly host: string;
  readonly port: number | null;
  readonly parameters: SipParameters;
}

export interface CSeq {
  readonly number: number;
  readonly method: string;
}

/** Splits at `separator`, but not inside quotes or angle brackets. */
export function splitOutsideQuotes(text: string, separator: string): string[] {
  const parts: string[] = [];
  let part = "";
  let isQuoted = false;
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]!;
    if (isQuoted && character === "\\") {
      part += character + (text[at + 1] ?? "");
      at += 1;
      continue;
    }
    if (character === '"') isQuoted = !isQuoted;
    if (!isQuoted && character === "<") depth += 1;
    if (!isQuoted && character === ">") depth -= 1;
    if (!isQuoted && depth === 0 && character === separator) {
      parts.push(part);
      part = "";
    } else {
      part += character;
    }
  }
  parts.push(part);
  return parts.map((piece) => piece.trim());
}

function parameters(pieces: readonly string[]): SipParameters {
  const found = new Map<string, string>();
  for (const piece of pieces) {
    if (piece === "") continue;
    const equals = piece.indexOf("=");
    const name = (equals < 0 ? piece : piece.slice(0, equals)).trim().toLowerCase();
    const value = equals < 0 ? "" : piece.slice(equals + 1).trim();
    found.set(name, value.replace(/^"(.*)"$/, "$1"));
  }
  return found;
}

function parseHostPort(text: string): Parsed<{ host: string; port: number | null }> {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]+))\s*(?::\s*([0-9]{1,5}))?$/.exec(text);
  if (match === null) return refused("bad-host", text.slice(0, 64), "not a host with a port");
  const port = match[3] === undefined ? null : Number(match[3]);
  if (port !== null && port > 65_535) return refused("bad-host", text, "a port above 65535");
  return parsed({ host: (match[1] ?? match[2])!, port });
}

/** A `sip:` or `sips:` URI; its header part (`?…`) is ignored. */
export function parseSipUri(text: string): Parsed<SipUri> {
  const match = /^(sips?):(?:([^@<>\s]*)@)?([^@?<>\s]+)(?:\?.*)?$/i.exec(text.trim());
  if (match === null) return refused("bad-uri", text.slice(0, 64), "not a sip or sips URI");
  const [hostPort, ...rest] = match[3]!.split(";");
  const place = parseHostPort(hostPort!);
  if (!place.ok) return place;
  const userInfo = match[2];
  return parsed({
    scheme: match[1]!.toLowerCase() === "sips" ? "sips" : "sip",
    user: userInfo === undefined ? null : userInfo.split(":")[0]!,
    ...place.value,
    parameters: parameters(rest),
  });
}

/** One From, To, Contact, Route or Record-Route value. */
export function parseNameAddress(text: string): Parsed<NameAddress> {
  const bracketed = /^(?:"((?:[^"\\]|\\.)*)"|([^<"]*))\s*<([^>]*)>\s*(.*)$/.exec(text.trim());
  // Without brackets all parameters belong to the header field, not to the URI.  §20.10
  const [bare, ...bareParameters] = splitOutsideQuotes(text, ";");
  const uriText = (bracketed?.[3] ?? bare!).trim();
  const uri = parseSipUri(uriText);
  if (!uri.ok) return uri;
  const tail = bracketed === null ? bareParameters : splitOutsideQuotes(bracketed[4]!, ";");
  const display = bracketed?.[1]?.replace(/\\(.)/g, "$1") ?? bracketed?.[2]?.trim() ?? "";
  return parsed({
    display: display === "" ? null : display,
    uri: uri.value,
    uriText,
    parameters: parameters(tail),
  });
}

/** One Via value (a field line may hold several, split at commas). */
export function parseVia(text: string): Parsed<Via> {
  const [sent, ...rest] = splitOutsideQuotes(text, ";");
  const match = /^SIP\s*\/\s*2\.0\s*\/\s*([A-Za-z0-9-]+)\s+(\S.*)$/i.exec(sent!);
  if (match === null) return refused("bad-via", "Via", "not SIP/2.0/transport sent-by");
  const place = parseHostPort(match[2]!.trim());
  if (!place.ok) return place;
  const transport = match[1]!.toUpperCase();
  return parsed({ transport, ...place.value, parameters: parameters(rest) });
}

export function parseCSeq(text: string): Parsed<CSeq> {
  const match = /^([0-9]{1,10})\s+([A-Za-z0-9\-.!%*_+`'~]+)$/.exec(text.trim());
  if (match === null || Number(match[1]) >= 2 ** 31) {
    return refused("bad-cseq", "CSeq", "not a number below 2^31 and a method");
  }
  return parsed({ number: Number(match[1]), method: match[2]! });
}

/** Session-Expires.  RFC 4028 §4 */
export function parseSessionExpires(
  text: string,
): Parsed<{ seconds: number; refresher: "uac" | "uas" | null }> {
  const [seconds, ...rest] = splitOutsideQuotes(text, ";");
  if (!/^[0-9]{1,9}$/.test(seconds!)) {
    return refused("bad-session-expires", "Session-Expires", "not a number of seconds");
  }
  const refresher = parameters(rest).get("refresher")?.toLowerCase();
  const isKnown = refresher === "uac" || refresher === "uas";
  return parsed({ seconds: Number(seconds), refresher: isKnown ? refresher : null });
}

/** A host as it stands in URIs and Via: IPv6 in brackets. */
export function uriHost(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
