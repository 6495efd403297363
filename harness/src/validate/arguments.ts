// The words of `testbed validate` as values, every mistake with its remedy: SIP URI, host and port,
// ramp, length. Pure; names are resolved by the command.
import { parseSipUri, type SipTransportName } from "@tapeline/simulator/client";

/** A mistake is a sentence. */
export type Read<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

const SIP_PORT = 5060;
const SIP_TLS_PORT = 5061;
export const DEVLINK3_PORT = 50_797;
export const DEVLINK3_TLS_PORT = 50_796;
const TRANSPORTS: readonly SipTransportName[] = ["udp", "tcp", "tls"];

/** Most that may be asked for. */
export const VALIDATE_LIMITS = {
  calls: 2_000,
  minutes: 24 * 60,
  shortestMinutes: 0.1,
  forDays: 31,
} as const;

export interface RecorderWords {
  readonly user: string;
  readonly host: string;
  readonly port: number;
  readonly tlsPort: number;
  readonly transport: SipTransportName;
  readonly required: readonly SipTransportName[] | null;
}

function good<T>(value: T): Read<T> {
  return { ok: true, value };
}

function bad(problem: string): { readonly ok: false; readonly problem: string } {
  return { ok: false, problem };
}

/** "sip:192.0.2.10", "sip:recorder@192.0.2.10:5060;transport=tcp"; the scheme may be left out. */
export function readRecorder(text: string, transports: string | undefined): Read<RecorderWords> {
  const uri = parseSipUri(/^sips?:/i.test(text) ? text : `sip:${text}`);
  const example =
    "Write it like sip:192.0.2.10, sip:192.0.2.10:5060 or sip:192.0.2.10;transport=tcp.";
  if (!uri.ok) return bad(`--recorder ${text} is no SIP URI. ${example}`);
  const { scheme, user, host, port, parameters } = uri.value;
  if (port === 0) return bad(`--recorder ${text} names port 0. ${example}`);
  const named = parameters.get("transport")?.toLowerCase() ?? null;
  if (named !== null && !isTransport(named)) {
    return bad(`--recorder: transport ${named} is unknown. Use udp, tcp or tls.`);
  }
  const listed = readTransports(transports);
  if (!listed.ok) return listed;
  const own: SipTransportName | null = scheme === "sips" ? "tls" : named;
  const transport = own ?? listed.value?.[0] ?? "udp";
  const isTls = transport === "tls";
  return good({
    user: user ?? "recorder",
    host,
    // A port that is written belongs to the transport that is written; the other keeps its own.
    port: isTls ? SIP_PORT : (port ?? SIP_PORT),
    tlsPort: isTls ? (port ?? SIP_TLS_PORT) : port === null ? SIP_TLS_PORT : port + 1,
    transport,
    required: listed.value ?? (own === null ? null : [own]),
  });
}

function isTransport(word: string): word is SipTransportName {
  return (TRANSPORTS as readonly string[]).includes(word);
}

function readTransports(text: string | undefined): Read<SipTransportName[] | null> {
  if (text === undefined) return good(null);
  const words = text
    .toLowerCase()
    .split(",")
    .map((word) => word.trim());
  const wrong = words.find((word) => !isTransport(word));
  if (wrong !== undefined) {
    return bad(`--transports: "${wrong}" is unknown. Write some of udp,tcp,tls.`);
  }
  return good([...new Set(words.filter(isTransport))]);
}

/** "192.0.2.1" or "192.0.2.1:50797"; IPv6 with a port in brackets. */
export function readHostPort(
  option: string,
  text: string,
): Read<{ readonly host: string; readonly port: number | null }> {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([^:\s]+))(?::(\d{1,5}))?$/.exec(text);
  const bare = /^[0-9A-Fa-f]*:[0-9A-Fa-f:.]*$/.test(text) ? text : null;
  const port = match?.[3] === undefined ? null : Number(match[3]);
  const host = bare ?? match?.[1] ?? match?.[2];
  if (host === undefined || (port !== null && (port < 1 || port > 65_535))) {
    return bad(`${option} ${text} is no host. Write it like 192.0.2.1 or 192.0.2.1:50797.`);
  }
  return good({ host, port: bare === null ? port : null });
}

/** "1..50" or "50". */
export function readRamp(text: string): Read<number> {
  const match = /^(?:1\.\.)?(\d{1,4})$/.exec(text);
  const value = match === null ? 0 : Number(match[1]);
  if (value >= 1 && value <= VALIDATE_LIMITS.calls) return good(value);
  return bad(`--ramp ${text} cannot be used. Write it like 1..50, up to ${VALIDATE_LIMITS.calls}.`);
}

export function readMinutes(text: string): Read<number> {
  const { minutes, shortestMinutes } = VALIDATE_LIMITS;
  const value = /^\d{1,4}(\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= shortestMinutes && value <= minutes) return good(value);
  return bad(
    `--minutes ${text} cannot be used. Give ${shortestMinutes} to ${minutes}; days are --for 7d.`,
  );
}

export function readCalls(text: string): Read<number> {
  const value = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= VALIDATE_LIMITS.calls) return good(value);
  return bad(`--calls ${text} cannot be used. Give 1 to ${VALIDATE_LIMITS.calls}.`);
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** "7d", "12h", "90m". */
export function readLength(text: string): Read<number> {
  const match = /^(\d{1,6})([smhd])$/.exec(text);
  const seconds = match === null ? 0 : Number(match[1]) * (UNIT_SECONDS[match[2] ?? ""] ?? 0);
  if (seconds >= 60 && seconds <= VALIDATE_LIMITS.forDays * 86_400) return good(seconds);
  return bad(
    `--for ${text} cannot be used. Write it like 7d, 12h or 90m; at least 1m, at most 31d.`,
  );
}
