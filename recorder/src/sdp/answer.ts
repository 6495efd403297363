// Offer and answer for a recorder, which only listens: pure.  RFC 3264, 3551, 4568, 4733.
// Takes the first audio stream with G.711, over SRTP where its keys come encrypted, else over
// RTP/AVP; every other m-line is answered with port 0 in its place ("the answer MUST contain the
// same number of m= lines", RFC 3264 §6).
import type { MediaNegotiation } from "../ports/index.ts";
import {
  answeringLine,
  type SecurityDescription,
  securityDescriptionOf,
} from "./security-descriptions.ts";
import {
  attributeValue,
  serializeSessionDescription,
  type SdpAttribute,
  type SdpConnection,
  type SdpMedia,
  type SessionDescription,
} from "./session-description.ts";

/** Our side of the description. */
export interface LocalDescription {
  /** An IP literal that the peer can reach. */
  readonly host: string;
  readonly rtpPort: number;
  /** Decimal digits; stays the same over the life of the call. */
  readonly sessionId: string;
  /** 1 in the first description, one more in each that differs (RFC 3264 §8). */
  readonly sessionVersion: number;
  /** Key and salt of SRTP in Base64, the same over the life of the call. */
  srtpKey(): string;
}

/** Who wrote a description, as SIP knows it. */
export interface SignallingPeer {
  readonly host: string;
  /** SIP over TLS: only there keys of SRTP are taken (RFC 4568 §7.5). */
  readonly isEncrypted: boolean;
}

export type Answer =
  | { readonly ok: true; readonly sdp: string; readonly negotiation: MediaNegotiation }
  /** `why` is fit for a Warning header and the log. */
  | { readonly ok: false; readonly status: 488; readonly why: string };

export type Direction = "sendrecv" | "sendonly" | "recvonly" | "inactive";

type PayloadTypes = MediaNegotiation["payloadTypes"];

const DIRECTIONS: readonly Direction[] = ["sendrecv", "sendonly", "recvonly", "inactive"];
/** What a listener answers: it never sends.  RFC 3264 §6.1 */
const MIRROR: Readonly<Record<Direction, Direction>> = {
  sendrecv: "recvonly",
  sendonly: "recvonly",
  recvonly: "inactive",
  inactive: "inactive",
};

/** Answers an offer of `peer`. */
export function answerOffer(
  offer: SessionDescription,
  local: LocalDescription,
  peer: SignallingPeer,
): Answer {
  const chosen = chooseAudio(offer, peer);
  if (chosen === null) return { ok: false, status: 488, why: whyNone(offer, peer) };
  const media = offer.media.map((line) =>
    line === chosen.audio ? acceptedMedia(offer, chosen, local) : rejectedMedia(line),
  );
  const sdp = serializeSessionDescription({ ...ourSession(local), timing: offer.timing, media });
  return { ok: true, sdp, negotiation: negotiationOf(offer, chosen, peer) };
}

/** Why an offer cannot be answered, for a Warning header. */
export function whyNone(offer: SessionDescription, peer: SignallingPeer): string {
  const isSecure = offer.media.some(({ type, protocol }) => {
    return type === "audio" && protocol === SECURE_PROFILE;
  });
  if (!isSecure) return "No PCMU or PCMA audio in the offer";
  return peer.isEncrypted
    ? "No a=crypto line of the offer can be taken: offer AES_CM_128_HMAC_SHA1_80 without MKI."
    : "RTP/SAVP was offered, and SIP is not over TLS: its keys would be readable.";
}

/** Our offer for an INVITE that brought none.  RFC 3261 §13.3.1 */
export function makeOffer(local: LocalDescription): string {
  const attributes: SdpAttribute[] = [
    { name: "rtpmap", value: "0 PCMU/8000" },
    { name: "rtpmap", value: "8 PCMA/8000" },
    { name: "rtpmap", value: "101 telephone-event/8000" },
    { name: "fmtp", value: "101 0-15" },
    { name: "ptime", value: "20" },
    { name: "recvonly", value: null },
  ];
  const formats = ["0", "8", "101"];
  const audio = { type: "audio", port: local.rtpPort, protocol: "RTP/AVP", formats, attributes };
  return serializeSessionDescription({
    ...ourSession(local),
    media: [{ ...audio, connection: null }],
  });
}

/**
 * What the media plane needs of the peer's description, be it offer or answer; null when it has no
 * audio that we take.
 */
export function negotiationFrom(
  remote: SessionDescription,
  peer: SignallingPeer,
): MediaNegotiation | null {
  const chosen = chooseAudio(remote, peer);
  return chosen === null ? null : negotiationOf(remote, chosen, peer);
}

function negotiationOf(
  remote: SessionDescription,
  { audio, security }: ChosenAudio,
  peer: SignallingPeer,
): MediaNegotiation {
  const connection = audio.connection ?? remote.connection;
  const host = connection === null ? null : reachableHost(connection);
  const direction = directionOf(remote, audio);
  const peerSends = direction === "sendrecv" || direction === "sendonly";
  return {
    remote: host === null ? null : { host, port: audio.port },
    signallingHost: peer.host,
    payloadTypes: payloadTypesOf(audio),
    // RFC 3264 §8.4: c=0.0.0.0 is the old way to put on hold.
    expectsMedia: peerSends && !(connection !== null && isZeroAddress(connection)),
    ...(security === null
      ? {}
      : { srtp: { suite: security.suite, masterKey: security.masterKey } }),
  };
}

/** The stream that is recorded. */
interface ChosenAudio {
  readonly audio: SdpMedia;
  /** null for plain RTP. */
  readonly security: SecurityDescription | null;
}

const SECURE_PROFILE = "RTP/SAVP";

/** SRTP before plain RTP, as the IP Office's "Preferred" wants it; else the first that we take. */
function chooseAudio(
  { media }: SessionDescription,
  { isEncrypted }: SignallingPeer,
): ChosenAudio | null {
  for (const audio of isEncrypted ? media : []) {
    const security = isG711(audio, SECURE_PROFILE) ? securityDescriptionOf(audio) : null;
    if (security !== null) return { audio, security };
  }
  const audio = media.find((line) => isG711(line, "RTP/AVP"));
  return audio === undefined ? null : { audio, security: null };
}

/** The direction from the side that wrote the description; sendrecv when nothing is said. */
function directionOf(description: SessionDescription, media: SdpMedia): Direction {
  const of = (attributes: readonly SdpAttribute[]): Direction | undefined =>
    DIRECTIONS.find((direction) => attributes.some(({ name }) => name === direction));
  return of(media.attributes) ?? of(description.attributes) ?? "sendrecv";
}

function isG711(media: SdpMedia, profile: string): boolean {
  if (media.type !== "audio" || media.port === 0 || media.protocol !== profile) return false;
  const { pcmu, pcma } = payloadTypesOf(media);
  return pcmu !== null || pcma !== null;
}

function payloadTypesOf(media: SdpMedia): PayloadTypes {
  const encodings = new Map<number, string>();
  for (const format of media.formats) {
    const payloadType = Number(format);
    if (!/^\d{1,3}$/.test(format) || payloadType > 127) continue;
    const encoding = mappedEncoding(media, format) ?? STATIC_ENCODINGS[payloadType];
    if (encoding !== undefined) encodings.set(payloadType, encoding);
  }
  const find = (wanted: string): number | null =>
    [...encodings].find(([, encoding]) => encoding === wanted)?.[0] ?? null;
  return {
    pcmu: find("pcmu/8000"),
    pcma: find("pcma/8000"),
    telephoneEvent: find("telephone-event/8000"),
    comfortNoise: find("cn/8000"),
  };
}

/** RFC 3551 table 4: these need no rtpmap. */
const STATIC_ENCODINGS: Readonly<Record<number, string>> = {
  0: "pcmu/8000",
  8: "pcma/8000",
  13: "cn/8000",
};

/** "pcmu/8000" from `a=rtpmap:0 PCMU/8000` or `a=rtpmap:0 PCMU/8000/1`. */
function mappedEncoding(media: SdpMedia, format: string): string | undefined {
  for (const { name, value } of media.attributes) {
    const match = name === "rtpmap" ? /^(\d+)\s+([^\s/]+\/\d+)(?:\/1)?$/.exec(value ?? "") : null;
    if (match?.[1] === format) return match[2]?.toLowerCase();
  }
  return undefined;
}

function acceptedMedia(
  offer: SessionDescription,
  { audio, security }: ChosenAudio,
  local: LocalDescription,
): SdpMedia {
  const { pcmu, pcma, telephoneEvent } = payloadTypesOf(audio);
  // One law only, µ-law when there is a choice, so that the peer has no reason to change it during
  // the call; the media plane understands both.
  const voice = pcmu ?? pcma ?? 0;
  const attributes: SdpAttribute[] = [
    { name: "rtpmap", value: `${voice} ${pcmu === null ? "PCMA" : "PCMU"}/8000` },
  ];
  const formats = [String(voice)];
  if (telephoneEvent !== null) {
    formats.push(String(telephoneEvent));
    attributes.push(
      { name: "rtpmap", value: `${telephoneEvent} telephone-event/8000` },
      { name: "fmtp", value: `${telephoneEvent} 0-15` },
    );
  }
  const ptime = attributeValue(audio, "ptime");
  if (ptime !== null && /^\d{1,3}$/.test(ptime)) attributes.push({ name: "ptime", value: ptime });
  if (security !== null) attributes.push(answeringLine(security, local.srtpKey()));
  attributes.push({ name: MIRROR[directionOf(offer, audio)], value: null });
  const { type, protocol } = audio;
  return { type, port: local.rtpPort, protocol, formats, connection: null, attributes };
}

function rejectedMedia({ type, protocol, formats }: SdpMedia): SdpMedia {
  return { type, port: 0, protocol, formats, connection: null, attributes: [] };
}

function ourSession(local: LocalDescription): Omit<SessionDescription, "media"> {
  const addressType = local.host.includes(":") ? "IP6" : "IP4";
  const connection: SdpConnection = { addressType, address: local.host };
  const { sessionId } = local;
  const sessionVersion = String(local.sessionVersion);
  return {
    origin: { username: "tapeline", sessionId, sessionVersion, ...connection },
    sessionName: "-",
    connection,
    timing: "0 0",
    attributes: [],
  };
}

function isZeroAddress({ address }: SdpConnection): boolean {
  return address === "0.0.0.0" || /^[0:]+$/.test(address);
}

/** RTP addresses are literals; a name would need a resolver that a recorder must not wait for. */
function reachableHost(connection: SdpConnection): string | null {
  if (isZeroAddress(connection)) return null;
  const isLiteral =
    connection.addressType === "IP4"
      ? /^\d{1,3}(\.\d{1,3}){3}$/.test(connection.address)
      : connection.address.includes(":");
  return isLiteral ? connection.address : null;
}
