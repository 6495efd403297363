// SDP of the simulated IP Office (codec), and the offers and answers of a recording leg: one audio
// stream in one codec.  RFC 8866 §5, RFC 3264, RFC 3551 §6; its keys: RFC 4568 §4, §9.2
import { parsed, refused } from "./parsed.ts";
import type { Parsed } from "./parsed.ts";
import type { Law } from "./g711.ts";

/** Limits of what is read. */
export const SDP_LIMITS = { bytes: 32_768, lines: 1_024, media: 32 } as const;

export type SdpDirection = "sendrecv" | "sendonly" | "recvonly" | "inactive";

export interface SdpMedia {
  readonly kind: string;
  readonly port: number;
  readonly protocol: string;
  /** Formats as numbers; for RTP profiles the payload types. */
  readonly payloadTypes: readonly number[];
  /** Of the media section, else of the session. */
  readonly connectionHost: string | null;
  readonly direction: SdpDirection;
  readonly packetMs: number | null;
  /** Encoding by payload type, as "PCMU/8000". */
  readonly encodings: ReadonlyMap<number, string>;
  /** Port of a=rtcp (RFC 3605). */
  readonly rtcpPort: number | null;
  /** Its a=crypto lines, those that can be read. */
  readonly crypto: readonly CryptoLine[];
}

/** `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:…|2^31 UNENCRYPTED_SRTCP`  RFC 4568 §9.2 */
export interface CryptoLine {
  readonly tag: number;
  readonly suite: string;
  /** Master key and master salt, one behind the other. */
  readonly keyAndSalt: Uint8Array;
  /** Packets that the key may protect, and whatever else follows it, as written; null = none. */
  readonly keyLimits: string | null;
  /** Session parameters. */
  readonly parameters: readonly string[];
}

export interface SessionDescription {
  readonly username: string;
  readonly sessionId: string;
  readonly version: string;
  readonly originHost: string;
  readonly media: readonly SdpMedia[];
}

const DIRECTIONS: readonly string[] = ["sendrecv", "sendonly", "recvonly", "inactive"];

function asDirection(word: string): SdpDirection | null {
  return DIRECTIONS.includes(word) ? (word as SdpDirection) : null;
}

/** A section as it is being read. */
interface Section {
  media: string | null;
  connectionHost: string | null;
  direction: SdpDirection | null;
  packetMs: number | null;
  rtcpPort: number | null;
  readonly encodings: Map<number, string>;
  readonly crypto: CryptoLine[];
}

function section(media: string | null): Section {
  const empty = { connectionHost: null, direction: null, packetMs: null, rtcpPort: null };
  return { media, ...empty, encodings: new Map(), crypto: [] };
}

function readAttribute(into: Section, value: string): void {
  const colon = value.indexOf(":");
  const name = colon < 0 ? value : value.slice(0, colon);
  const rest = colon < 0 ? "" : value.slice(colon + 1).trim();
  into.direction = asDirection(name) ?? into.direction;
  if (name === "ptime" && /^[0-9]{1,4}$/.test(rest)) into.packetMs = Number(rest);
  if (name === "rtcp" && /^[0-9]{1,5}\b/.test(rest)) into.rtcpPort = Number.parseInt(rest, 10);
  const mapping = /^([0-9]{1,3}) +(\S+)/.exec(rest);
  if (name === "rtpmap" && mapping !== null) into.encodings.set(Number(mapping[1]), mapping[2]!);
  const line = name === "crypto" ? readCrypto(rest) : null;
  if (line !== null) into.crypto.push(line);
}

function readCrypto(value: string): CryptoLine | null {
  const match = /^([0-9]{1,9}) (\w+) inline:([A-Za-z0-9+/]+=*)(?:\|(\S+))?((?: \S+)*)$/.exec(value);
  if (match === null) return null;
  return {
    tag: Number(match[1]),
    suite: match[2]!,
    keyAndSalt: Uint8Array.from(Buffer.from(match[3]!, "base64")),
    keyLimits: match[4] ?? null,
    parameters: match[5]!.split(" ").slice(1),
  };
}

function cryptoText({ tag, suite, keyAndSalt, keyLimits, parameters }: CryptoLine): string {
  const key =
    Buffer.from(keyAndSalt).toString("base64") + (keyLimits === null ? "" : `|${keyLimits}`);
  return [`a=crypto:${tag}`, suite, `inline:${key}`, ...parameters].join(" ");
}

function readConnection(value: string): string | null {
  const match = /^IN IP[46] ([^ /]+)(?:\/\S*)?$/.exec(value);
  return match === null ? null : match[1]!;
}

function finish(part: Section, session: Section): Parsed<SdpMedia> {
  const match = /^([A-Za-z0-9-]+) ([0-9]{1,5})(?:\/[0-9]+)? (\S+)((?: \S+)+)$/.exec(part.media!);
  if (match === null || Number(match[2]) > 65_535) {
    return refused("bad-media", "m", "not a media line with kind, port, protocol and formats");
  }
  const formats = match[4]!.trim().split(" ");
  const isRtp = match[3]!.startsWith("RTP/");
  if (isRtp && !formats.every((format) => /^[0-9]{1,3}$/.test(format) && Number(format) < 128)) {
    return refused("bad-media", "m", "a payload type is not a number below 128");
  }
  return parsed({
    kind: match[1]!,
    port: Number(match[2]),
    protocol: match[3]!,
    payloadTypes: isRtp ? formats.map(Number) : [],
    connectionHost: part.connectionHost ?? session.connectionHost,
    direction: part.direction ?? session.direction ?? "sendrecv",
    packetMs: part.packetMs,
    encodings: part.encodings,
    rtcpPort: part.rtcpPort,
    crypto: part.crypto,
  });
}

function readLines(lines: readonly string[]): Parsed<{ origin: string; sections: Section[] }> {
  const sections = [section(null)];
  let origin = "";
  for (const [index, line] of lines.entries()) {
    const at = index + 1;
    if (!/^[a-z]=./.test(line)) return refused("bad-line", at, "not a letter, '=' and a value");
    const value = line.slice(2);
    const current = sections.at(-1)!;
    if (index === 0 && line !== "v=0") return refused("bad-version", at, "v=0 does not come first");
    if (line[0] === "o" && sections.length === 1) origin = value;
    if (line[0] === "a") readAttribute(current, value);
    if (line[0] === "m") sections.push(section(value));
    if (sections.length > SDP_LIMITS.media + 1) return refused("too-many", at, "too many m lines");
    if (line[0] !== "c") continue;
    current.connectionHost = readConnection(value);
    if (current.connectionHost === null) return refused("bad-connection", at, "not an IN address");
  }
  return parsed({ origin, sections });
}

export function parseSdp(bytes: Uint8Array): Parsed<SessionDescription> {
  if (bytes.length > SDP_LIMITS.bytes) return refused("too-long", bytes.length, "too long an SDP");
  const lines = new TextDecoder().decode(bytes).split(/\r\n|\n/);
  if (lines.at(-1) === "") lines.pop();
  if (lines.length === 0) return refused("truncated", 0, "an empty SDP");
  if (lines.length > SDP_LIMITS.lines) return refused("too-many", lines.length, "too many lines");
  const read = readLines(lines);
  if (!read.ok) return read;
  const origin = /^(\S+) ([0-9]+) ([0-9]+) IN IP[46] (\S+)$/.exec(read.value.origin);
  if (origin === null) return refused("bad-origin", "o", "no o= line with its six fields");
  const [session, ...parts] = read.value.sections;
  const media: SdpMedia[] = [];
  for (const part of parts) {
    const finished = finish(part, session!);
    if (!finished.ok) return finished;
    media.push(finished.value);
  }
  return parsed({
    username: origin[1]!,
    sessionId: origin[2]!,
    version: origin[3]!,
    originHost: origin[4]!,
    media,
  });
}

/** What a recording leg says of its one audio stream. */
export interface LegDescription {
  readonly sessionId: number;
  readonly version: number;
  readonly host: string;
  /** c= line; 0.0.0.0 is the old way of hold. */
  readonly connectionHost: string;
  readonly rtpPort: number;
  readonly law: Law;
  /** G.722 and G.729 come before it and the other law after it, or they come alone. */
  readonly otherCodecs?: "none" | "before" | "only";
  readonly direction: SdpDirection;
  /** Length of the packets. */
  readonly packetMs: number;
  /** Digits by RFC 4733 are offered under this payload type. */
  readonly telephoneEventType: number | null;
  readonly hasComfortNoise: boolean;
  /** With it the stream is SRTP. */
  readonly security?: LegSecurity | null;
}

export interface LegSecurity {
  /** Keys that are offered, the best first; of an answer the one that was taken. */
  readonly crypto: readonly CryptoLine[];
  /** A second audio line for the same stream, unprotected: offered beside, or turned down. */
  readonly plain: "absent" | "offered" | "refused";
}

/** RFC 3389 §4. */
const COMFORT_NOISE_TYPE = 13;

/** Payload type of RFC 3551 table 4. */
export function payloadTypeOf(law: Law): number {
  return law === "PCMU" ? 0 : 8;
}

/** RFC 3551, tables 4 and 5. */
const WIDE_BAND = { type: 9, name: "G722" } as const;
const LOW_RATE = { type: 18, name: "G729" } as const;

function codecsOf(law: Law, others: "none" | "before" | "only") {
  const own = { type: payloadTypeOf(law), name: law };
  if (others === "none") return [own];
  const refused = [WIDE_BAND, LOW_RATE];
  if (others === "only") return refused;
  const other: Law = law === "PCMU" ? "PCMA" : "PCMU";
  return [...refused, own, { type: payloadTypeOf(other), name: other }];
}

function addressType(host: string): string {
  return host.includes(":") ? "IP6" : "IP4";
}

/** The audio line or, protected, one with its keys; then perhaps a plain one for the same port. */
function mediaLines(
  { rtpPort, security = null }: LegDescription,
  types: string,
  stream: readonly string[],
): string[] {
  const plain = [`m=audio ${rtpPort} RTP/AVP ${types}`, ...stream];
  if (security === null) return plain;
  return [
    ...[`m=audio ${rtpPort} RTP/SAVP ${types}`, ...stream],
    ...security.crypto.map(cryptoText),
    ...(security.plain === "offered" ? plain : []),
    ...(security.plain === "refused" ? [`m=audio 0 RTP/AVP ${types}`] : []),
  ];
}

/** The SDP of a leg, as an offer or as the answer to an offer with one audio line. */
export function serializeLegSdp(leg: LegDescription): Uint8Array {
  const { telephoneEventType: digits, hasComfortNoise } = leg;
  const extras = [
    ...(hasComfortNoise
      ? [{ type: COMFORT_NOISE_TYPE, lines: [`a=rtpmap:${COMFORT_NOISE_TYPE} CN/8000`] }]
      : []),
    ...(digits === null
      ? []
      : [
          {
            type: digits,
            lines: [`a=rtpmap:${digits} telephone-event/8000`, `a=fmtp:${digits} 0-15`],
          },
        ]),
  ];
  const codecs = codecsOf(leg.law, leg.otherCodecs ?? "none");
  const types = [...codecs, ...extras].map(({ type }) => type).join(" ");
  const stream = [
    ...codecs.map(({ type, name }) => `a=rtpmap:${type} ${name}/8000`),
    ...extras.flatMap((extra) => extra.lines),
    `a=ptime:${leg.packetMs}`,
    `a=${leg.direction}`,
  ];
  const lines = [
    "v=0",
    `o=IPOffice ${leg.sessionId} ${leg.version} IN ${addressType(leg.host)} ${leg.host}`,
    "s=recording",
    `c=IN ${addressType(leg.connectionHost)} ${leg.connectionHost}`,
    "t=0 0",
    ...mediaLines(leg, types, stream),
  ];
  return new TextEncoder().encode(`${lines.join("\r\n")}\r\n`);
}
