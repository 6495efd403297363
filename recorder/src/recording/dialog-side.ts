// A recording's dialog: what the SIP call tells goes to the journal and the media plane, and what
// we say of our media comes from here. recordings.ts decides; this file carries.
import type { JournalEntry, MediaNegotiation, MediaPlane } from "../ports/index.ts";
import { negotiationFrom, type SignallingPeer, whyNone } from "../sdp/answer.ts";
import type { SessionEnd, SipSession, WireMessage } from "../sip/session.ts";
import type { Recording } from "./recording.ts";

export interface DialogListener {
  /** A message came in: the far end lives. */
  onHeard(recording: Recording): void;
  /** A description was agreed on; false = no audio is to come for now. */
  onNegotiated(recording: Recording, expectsMedia: boolean): void;
  onEnded(recording: Recording, end: SessionEnd): void;
}

export function dialogDelegate(
  recording: Recording,
  session: SipSession,
  to: { readonly media: MediaPlane; readonly listener: DialogListener },
): SipSession["delegate"] {
  const { recordingKey } = recording;
  const { media, listener } = to;
  return {
    onMessage: (message: WireMessage) => {
      // An ACK may come when the call is over, and its files are on their way out.
      if (recording.state === "erasing" || recording.state === "done") return;
      if (message.direction === "in") listener.onHeard(recording);
      const told = hiddenKeys(recording, message);
      media.post({ type: "journal", recordingKey, ...told });
      const { direction, text } = told.entry;
      recording.log.debug("SIP message", { direction, text });
    },
    onConfirmed: () => recording.log.debug("SIP call confirmed"),
    onReoffer: (offer) => {
      if (offer === null) return { sdp: recording.description.offer() };
      const answer = recording.description.answer(offer, peerOf(session));
      if (!answer.ok) return { status: answer.status };
      media.post({ type: "renegotiate", recordingKey, negotiation: answer.negotiation });
      listener.onNegotiated(recording, answer.negotiation.expectsMedia);
      return { sdp: answer.sdp };
    },
    onAnswer: (answer) => {
      const negotiation = negotiationFrom(answer, peerOf(session));
      if (negotiation === null) {
        recording.log.warn("the answer in the ACK has no audio that can be recorded");
        return;
      }
      media.post({ type: "renegotiate", recordingKey, negotiation });
      listener.onNegotiated(recording, negotiation.expectsMedia);
    },
    onEnded: (end) => listener.onEnded(recording, end),
  };
}

interface HiddenKeys {
  readonly entry: { readonly [field in keyof WireMessage]: WireMessage[field] } & JournalEntry;
  readonly keys?: readonly string[];
}

/** A SIP message for the journal, and the keys that it brought. */
export function hiddenKeys({ srtpKeys }: Recording, message: WireMessage): HiddenKeys {
  const text = srtpKeys.hide(message.text);
  const keys = srtpKeys.takeNew();
  return { entry: { type: "sip", ...message, text }, ...(keys.length === 0 ? {} : { keys }) };
}

type PeerOfSession = Pick<SipSession, "remote" | "transport">;

function peerOf({ remote, transport }: PeerOfSession): SignallingPeer {
  return { host: remote.host, isEncrypted: transport === "tls" };
}

/** What the INVITE negotiates; without an offer all is open until the answer comes in the ACK. */
export function negotiationOf(session: SipSession): MediaNegotiation | null {
  const { offer, remote } = session;
  if (offer !== null) return negotiationFrom(offer, peerOf(session));
  return {
    remote: null,
    signallingHost: remote.host,
    payloadTypes: { pcmu: 0, pcma: 8, telephoneEvent: 101, comfortNoise: 13 },
    expectsMedia: true,
  };
}

/** Our description for the 200; null when the offer cannot be answered after all. */
export function firstDescription(
  recording: Recording,
  session: PeerOfSession & Pick<SipSession, "offer">,
): string | null {
  const { offer } = session;
  if (offer === null) return recording.description.offer();
  const answer = recording.description.answer(offer, peerOf(session));
  return answer.ok ? answer.sdp : null;
}

/** For a Warning header: what is wrong with the offer of an INVITE that negotiates nothing. */
export function whyRefused(session: PeerOfSession & Pick<SipSession, "offer">): string {
  return session.offer === null ? "" : whyNone(session.offer, peerOf(session));
}

/** Refuses a call of which nothing is kept. */
export function refuse(
  session: SipSession,
  status: number,
  refusal: { readonly phrase: string; readonly header: readonly [name: string, value: string] },
): void {
  session.delegate = UNHEARD;
  session.reject(status, refusal.phrase, [refusal.header]);
}

const UNHEARD: SipSession["delegate"] = {
  onMessage: () => undefined,
  onConfirmed: () => undefined,
  onReoffer: () => ({ status: 488 }),
  onAnswer: () => undefined,
  onEnded: () => undefined,
};
