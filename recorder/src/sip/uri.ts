// SIP, SIPS and other URIs, and hosts.  RFC 3261 §19.1, §25.1; IPv6 references as in RFC 5118.
// Codec: text in, value out. Other schemes are kept as text: only the endpoint knows which it
// takes.
import { parsed, refused, type Parsed } from "../parsed.ts";
import type { Address } from "../ports/index.ts";

export interface UriParameter {
  /** Lower case. */
  readonly name: string;
  /** null when there is no "=". */
  readonly value: string | null;
}

export interface SipUri {
  readonly scheme: "sip" | "sips";
  /** Unescaped; null when there is none. */
  readonly user: string | null;
  /** IPv6 without brackets. */
  readonly host: string;
  readonly port: number | null;
  readonly parameters: readonly UriParameter[];
  /** What follows "?", undecoded. */
  readonly headers: string | null;
}

export interface OtherUri {
  readonly scheme: "other";
  /** Lower case. */
  readonly name: string;
  readonly text: string;
}

export type Uri = SipUri | OtherUri;

export interface HostPort {
  /** IPv6 without brackets. */
  readonly host: string;
  readonly port: number | null;
}

/** RFC 3261 §19.1.2. */
export const DEFAULT_SIP_PORTS = { udp: 5060, tcp: 5060, tls: 5061 } as const;

const SCHEME = /^([A-Za-z][A-Za-z0-9+.-]*):(.+)$/s;
const HOST_NAME = /^[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9.])?$/;
const IPV6_CHARACTERS = /^[0-9A-Fa-f:.]+(%[A-Za-z0-9_.-]+)?$/;
// Anything but white space, quotes and angle brackets: a URI has none of them unescaped.
const URI_TEXT = /^[^\s<>"]+$/;

/**
 * Bracketed IPv6 reference, IPv4 address or name, and an optional port (white space around ":" is
 * allowed in Via).
 */
export function parseHostPort(text: string): Parsed<HostPort> {
  const match = /^(\[[^\]]*\]|[^:[\]\s]+)\s*(?::\s*(\d{1,5}))?$/.exec(text.trim());
  if (match === null) return refused("bad-host", 0, "Host and port cannot be read.");
  const [, hostText = "", portText] = match;
  const port = portText === undefined ? null : Number(portText);
  if (port !== null && (port < 1 || port > 65_535)) {
    return refused("bad-port", hostText.length, "The port is not between 1 and 65535.");
  }
  if (hostText.startsWith("[")) {
    // "implementations must tolerate" 2001:db8:::192.0.2.1, which the grammar of RFC 3261 makes of
    // 2001:db8::192.0.2.1.  RFC 5118 §4.10
    const host = hostText.slice(1, -1).replace(/:::(?=\d+(\.\d+){3}$)/, "::");
    if (!isIpv6(host)) return refused("bad-host", 0, "The IPv6 reference is not an address.");
    return parsed({ host, port });
  }
  if (!HOST_NAME.test(hostText)) return refused("bad-host", 0, "The host is not a name.");
  return parsed({ host: hostText, port });
}

export function parseUri(text: string): Parsed<Uri> {
  if (!URI_TEXT.test(text))
    return refused("bad-uri", 0, "A URI has no spaces, quotes or brackets.");
  const match = SCHEME.exec(text);
  if (match === null) return refused("bad-uri", 0, "The URI has no scheme.");
  const [, schemeText = "", rest = ""] = match;
  const scheme = schemeText.toLowerCase();
  if (scheme !== "sip" && scheme !== "sips") return parsed({ scheme: "other", name: scheme, text });
  return parseSipRest(scheme, rest);
}

function parseSipRest(scheme: "sip" | "sips", rest: string): Parsed<SipUri> {
  const at = rest.indexOf("@");
  const userInfo = at < 0 ? null : rest.slice(0, at);
  if (userInfo === "") return refused("bad-uri", at, "The user part is empty.");
  const afterUser = rest.slice(at + 1);
  const question = afterUser.indexOf("?");
  const headers = question < 0 ? null : afterUser.slice(question + 1);
  const beforeHeaders = question < 0 ? afterUser : afterUser.slice(0, question);
  const [hostPortText = "", ...parameterTexts] = beforeHeaders.split(";");
  const hostPort = parseHostPort(hostPortText);
  if (!hostPort.ok) return hostPort;
  const parameters = parameterTexts.map(readParameter);
  if (parameters.some((parameter) => parameter.name === "")) {
    return refused("bad-uri", rest.length, "A URI parameter has no name.");
  }
  const user = userInfo === null ? null : unescape(userInfo.split(":")[0] ?? "");
  return parsed({ scheme, user, ...hostPort.value, parameters, headers });
}

function readParameter(text: string): UriParameter {
  const equals = text.indexOf("=");
  if (equals < 0) return { name: unescape(text).toLowerCase(), value: null };
  return {
    name: unescape(text.slice(0, equals)).toLowerCase(),
    value: unescape(text.slice(equals + 1)),
  };
}

/** "%41" → "A"; what is not valid UTF-8 stays as written. */
function unescape(text: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return text;
  }
}

/** A parameter's value; "" when it has none; null when it is absent. */
export function uriParameter(uri: SipUri, name: string): string | null {
  const found = uri.parameters.find((parameter) => parameter.name === name);
  return found === undefined ? null : (found.value ?? "");
}

/** Four decimal bytes. */
export function isIpv4(host: string): boolean {
  const parts = host.split(".");
  return (
    parts.length === 4 &&
    parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)
  );
}

/** An IPv6 address without brackets, with or without zone. */
function isIpv6(host: string): boolean {
  return IPV6_CHARACTERS.test(host) && ipv6Groups(host) !== null;
}

/** The eight groups of an IPv6 address, or null. */
export function ipv6Groups(host: string): number[] | null {
  const [address = ""] = host.split("%");
  const halves = address.split("::");
  if (halves.length > 2) return null;
  const head = groupsOf(halves[0] ?? "", halves.length === 1);
  const tail = halves.length === 2 ? groupsOf(halves[1] ?? "", true) : [];
  if (head === null || tail === null) return null;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  return [...head, ...Array.from({ length: missing }, () => 0), ...tail];
}

/** "the low-order 32 bits" alone may stand as an IPv4 address (RFC 4291 §2.2): in the last part. */
function groupsOf(text: string, isLast: boolean): number[] | null {
  if (text === "") return [];
  const words = text.split(":");
  const groups: number[] = [];
  for (const [index, word] of words.entries()) {
    if (isLast && index === words.length - 1 && isIpv4(word)) {
      const [a = 0, b = 0, c = 0, d = 0] = word.split(".").map(Number);
      groups.push(a * 256 + b, c * 256 + d);
    } else if (/^[0-9A-Fa-f]{1,4}$/.test(word)) {
      groups.push(Number.parseInt(word, 16));
    } else {
      return null;
    }
  }
  return groups;
}

export function isIpLiteral(host: string): boolean {
  return isIpv4(host) || isIpv6(host);
}

/** A host as it stands in a URI or Via: IPv6 in brackets. */
export function hostText(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

/** "192.0.2.1:5060", "[2001:db8::1]:5060". */
export function addressText(address: Address): string {
  return `${hostText(address.host)}:${address.port}`;
}

/** Reads what `addressText` wrote. */
export function parseAddress(text: string): Parsed<Address> {
  const hostPort = parseHostPort(text);
  if (!hostPort.ok) return hostPort;
  const { host, port } = hostPort.value;
  if (port === null || !isIpLiteral(host)) {
    return refused("bad-address", 0, "An address is an IP literal and a port.");
  }
  return parsed({ host, port });
}
