// What to do with a journal that a crash left behind: pure. The journal's SIP messages tell whether
// the dialog was still up; its pauses and association go on where they were (design.md §5, "Live
// pair and crash").
import type { AssociationFacts } from "../association-facts.ts";
import type { JournalContent } from "../audio/journal.ts";
import type { AssociationLine, HeaderLine, JournalLine, SipLine } from "../audio/journal-lines.ts";
import type { EndReason } from "../end-reason.ts";
import type { Address, MediaNegotiation } from "../ports/index.ts";
import { negotiationFrom, type SignallingPeer } from "../sdp/answer.ts";
import { parseSessionDescription, type SessionDescription } from "../sdp/session-description.ts";
import { bodyText, headerValue, type SipMessage } from "../sip/message.ts";
import { parseMessage } from "../sip/parse.ts";
import type { WireMessage } from "../sip/session.ts";
import { parseAddress } from "../sip/uri.ts";
import { holdsOf, type PauseHolds } from "./pause-holds.ts";
import { reveal } from "./srtp-keys.ts";

/** How to go on with one live pair. */
export interface ResumePlan {
  readonly recordingKey: string;
  readonly sipCallId: string;
  readonly beganTimeMs: number;
  /** Of the header. */
  readonly liveStreamId: string | null;
  readonly purpose: "validation" | null;
  readonly association: AssociationFacts | null;
  readonly isPaused: boolean;
  /** Who held it paused. */
  readonly pauses: PauseHolds;
  readonly negotiation: MediaNegotiation;
  readonly rtpPort: number;
  /** The highest of our descriptions in the journal; 0 without one. */
  readonly sdpVersion: number;
  /** Where the audio came from, last; null when none had come. */
  readonly source: Address | null;
  /** Of SRTP, as they are kept beside the journal. */
  readonly srtpKeys: readonly string[];
  /** All that the dialog is rebuilt from. */
  readonly messages: readonly WireMessage[];
  /** A BYE stands in the journal: only the end is to be written. */
  readonly isDialogOver: boolean;
  /** Audio that was not synced is gone; its place is fill. */
  readonly isTorn: boolean;
  readonly endReason: EndReason | null;
  /** When the SIP call ended, by its journal's last line; null while it may be up. */
  readonly endedTimeMs: number | null;
}

export type RecoveryStep =
  /** The `end` line is there: only the rename is missing. */
  | { readonly kind: "rename" }
  | { readonly kind: "resume"; readonly plan: ResumePlan }
  /** The INVITE was never answered: nothing was promised, the pair may go. */
  | { readonly kind: "erase" }
  /** No header can be read; the audio is kept under a journal made anew. */
  | { readonly kind: "rebuild" };

/** No process answers so often: above it stands what no process wrote. */
const MAXIMUM_SDP_VERSION = 1_000_000_000;

const NO_MEDIA: MediaNegotiation = {
  remote: null,
  signallingHost: "",
  payloadTypes: { pcmu: 0, pcma: 8, telephoneEvent: 101, comfortNoise: 13 },
  expectsMedia: false,
};

/** `srtpKeys`: those that are kept beside the journal, and hidden in it. */
export function planRecovery(
  journal: JournalContent,
  audioBytes: number,
  srtpKeys: readonly string[] = [],
): RecoveryStep {
  const header = journal.lines.find((line) => line.type === "header");
  if (header === undefined) return { kind: "rebuild" };
  if (journal.lines.some((line) => line.type === "end")) return { kind: "rename" };
  const messages = journal.lines
    .filter((line) => line.type === "sip")
    .map((line) => ({ ...line, text: reveal(line.text, srtpKeys) }));
  const dialog = readDialog(messages);
  if (!dialog.isAnswered && audioBytes === 0) return { kind: "erase" };
  return { kind: "resume", plan: { ...planOf(header, journal.lines, dialog), srtpKeys } };
}

interface Dialog {
  readonly messages: readonly WireMessage[];
  readonly isAnswered: boolean;
  readonly endReason: EndReason | null;
  readonly remote: SessionDescription | null;
  readonly peer: SignallingPeer;
  readonly rtpPort: number;
  readonly sdpVersion: number;
}

/** The dialog as its messages moved it, one after the other. */
function readDialog(lines: readonly SipLine[]): Dialog {
  let isAnswered = false;
  let endReason: EndReason | null = null;
  let remote: SessionDescription | null = null;
  let offered: SessionDescription | null = null;
  let [rtpPort, sdpVersion] = [0, 0];
  for (const line of lines) {
    const parsed = parseMessage(new TextEncoder().encode(line.text));
    if (!parsed.ok) continue;
    const message = parsed.value;
    const sdp = descriptionOf(message);
    if (line.direction === "in") {
      // An offer counts once we have taken it; what an ACK or a 2xx brings is an answer.
      if (isOffer(message)) offered = sdp;
      else remote = sdp ?? remote;
    } else {
      rtpPort = sdp?.media.find((media) => media.port !== 0)?.port ?? rtpPort;
      sdpVersion = Math.max(sdpVersion, versionOf(sdp));
    }
    const accepted = acceptedMethod(line, message);
    if (accepted !== null) {
      remote = offered ?? remote;
      offered = null;
      isAnswered ||= accepted === "INVITE";
    }
    endReason = endOf(line, message, isAnswered) ?? endReason;
  }
  const first = lines.find((line) => line.direction === "in");
  const from = parseAddress(first?.from ?? "");
  return {
    messages: lines.map(({ direction, transport, from: source, to, text }) => ({
      direction,
      transport,
      from: source,
      to,
      text,
    })),
    isAnswered,
    endReason,
    remote,
    peer: { host: from.ok ? from.value.host : "", isEncrypted: first?.transport === "tls" },
    rtpPort,
    sdpVersion,
  };
}

/** As we write it; a journal may be damaged. */
function versionOf(sdp: SessionDescription | null): number {
  const version = Number(sdp?.origin.sessionVersion ?? 0);
  return version <= MAXIMUM_SDP_VERSION ? version : 0;
}

function isOffer(message: SipMessage): boolean {
  return message.kind === "request" && (message.method === "INVITE" || message.method === "UPDATE");
}

function descriptionOf(message: SipMessage): SessionDescription | null {
  const text = bodyText(message);
  if (text === "") return null;
  const sdp = parseSessionDescription(text);
  return sdp.ok ? sdp.value : null;
}

/** Of our 2xx: what it accepts. */
function acceptedMethod(line: SipLine, message: SipMessage): string | null {
  if (line.direction !== "out" || message.kind !== "response") return null;
  if (message.status < 200 || message.status >= 300) return null;
  return /(INVITE|UPDATE)$/.exec(headerValue(message, "cseq") ?? "")?.[0] ?? null;
}

function endOf(line: SipLine, message: SipMessage, isAnswered: boolean): EndReason | null {
  if (message.kind !== "request") return null;
  if (message.method === "BYE") return line.direction === "in" ? "remote-bye" : "local-bye";
  // "If the UAS has already sent a final response, the CANCEL has no effect"  RFC 3261 §9.2
  return message.method === "CANCEL" && !isAnswered ? "cancelled" : null;
}

function planOf(
  header: HeaderLine,
  lines: readonly JournalLine[],
  dialog: Dialog,
): Omit<ResumePlan, "srtpKeys"> {
  const { remote, peer } = dialog;
  const negotiation = remote === null ? null : negotiationFrom(remote, peer);
  const began = Number(/-(\d+)$/.exec(header.recordingKey)?.[1] ?? Date.parse(header.at));
  return {
    recordingKey: header.recordingKey,
    sipCallId: header.sipCallId,
    beganTimeMs: Number.isFinite(began) ? began : 0,
    liveStreamId: header.liveStreamId ?? null,
    purpose: header.purpose ?? null,
    association: lastAssociation(header, lines),
    isPaused: isPausedAtEnd(lines),
    pauses: holdsOf(lines),
    negotiation: negotiation ?? { ...NO_MEDIA, signallingHost: peer.host },
    rtpPort: dialog.rtpPort,
    sdpVersion: dialog.sdpVersion,
    source: lastSource(lines),
    messages: dialog.messages,
    isDialogOver: dialog.endReason !== null,
    isTorn: false,
    endReason: dialog.endReason,
    endedTimeMs: dialog.endReason === null ? null : lastTimeMs(lines),
  };
}

function lastTimeMs(lines: readonly JournalLine[]): number | null {
  const timeMs = Date.parse(lines.at(-1)?.at ?? "");
  return Number.isNaN(timeMs) ? null : timeMs;
}

function lastSource(lines: readonly JournalLine[]): Address | null {
  const line = lines.findLast((candidate) => candidate.type === "media");
  const address = parseAddress(line?.source ?? "");
  return address.ok ? address.value : null;
}

function lastAssociation(
  header: HeaderLine,
  lines: readonly JournalLine[],
): AssociationFacts | null {
  const line = lines.findLast((candidate) => candidate.type === "association");
  return line === undefined ? null : associationFacts(line, header.liveStreamId ?? null);
}

/** The facts of an `association` line; the stream id of a late one stands in the line itself. */
export function associationFacts(
  line: AssociationLine & { readonly liveStreamId?: string },
  liveStreamId: string | null,
): AssociationFacts {
  const { rung, late, callKey, part, deviceCallId, endId, agent, extension, parties } = line;
  return {
    rung,
    ...(late === undefined ? {} : { late }),
    callKey,
    part,
    deviceCallId,
    endId,
    agent,
    extension,
    parties,
    liveStreamId: line.liveStreamId ?? liveStreamId,
    ...(line.gapMs === undefined ? {} : { gapMs: line.gapMs }),
    ...(line.missedMs === undefined ? {} : { missedMs: line.missedMs }),
    ...(line.unrecorded === undefined ? {} : { unrecorded: line.unrecorded }),
  };
}

function isPausedAtEnd(lines: readonly JournalLine[]): boolean {
  const last = lines.findLast((line) => line.type === "pause" || line.type === "resume");
  return last?.type === "pause";
}
