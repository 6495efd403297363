// What the rest of the recorder sees of a SIP call: one dialog in which we are the UAS. The
// endpoint makes these; recording/ holds them. Types only.
import type { Address } from "../ports/index.ts";
import type { SessionDescription } from "../sdp/session-description.ts";
import type { SipRequest } from "./message.ts";

export type SipTransport = "udp" | "tcp" | "tls";

/** A message that set up, changed or ended the dialog, as it was on the wire (journal line `sip`). */
export interface WireMessage {
  readonly direction: "in" | "out";
  readonly transport: SipTransport;
  /** "address:port". */
  readonly from: string;
  readonly to: string;
  readonly text: string;
}

export type SessionEnd =
  /**
   * `reason` is the Reason header (RFC 3326) of the request, if it had one; `atMs` is when it came,
   * which is before it is taken where its dialog was still to be restored.
   */
  | { readonly cause: "remote-bye"; readonly reason: string | null; readonly atMs: number }
  | { readonly cause: "cancelled"; readonly reason: string | null }
  | { readonly cause: "local-bye" }
  /** 64·T1 without ACK; a BYE has been sent. */
  | { readonly cause: "no-ack" }
  /** The session timer ran out; a BYE has been sent. */
  | { readonly cause: "session-expired" }
  /** We refused the INVITE; `status` is what was sent. */
  | { readonly cause: "rejected"; readonly status: number }
  | { readonly cause: "transport-failed"; readonly detail: string };

export interface SipSessionDelegate {
  /**
   * Called for each message, before the call that it leads to. The first INVITE is not repeated
   * here.
   */
  onMessage(message: WireMessage): void;
  onConfirmed(): void;
  /**
   * A re-INVITE or UPDATE, with the offer or without. Returns the SDP for the 2xx (an answer, or
   * our offer when `offer` is null), or the status to refuse with (488).
   */
  onReoffer(
    offer: SessionDescription | null,
  ): { readonly sdp: string } | { readonly status: number };
  /** The ACK of an offerless INVITE brought the answer. */
  onAnswer(answer: SessionDescription): void;
  /** Exactly once, last. */
  onEnded(end: SessionEnd): void;
}

export interface SipSession {
  readonly callId: string;
  /** The INVITE (or, restored, the INVITE from the journal). */
  readonly request: SipRequest;
  /** null when the INVITE was offerless. */
  readonly offer: SessionDescription | null;
  readonly transport: SipTransport;
  readonly remote: Address;
  /** The INVITE as it was on the wire. */
  readonly invite: WireMessage;
  /** Must be set synchronously inside `onInvite`. */
  delegate: SipSessionDelegate;
  /** 200 with `sdp` as the body; repeated until ACK. Ignored once ended or cancelled. */
  accept(sdp: string): void;
  /** A final answer ≥ 300. */
  reject(
    status: number,
    reasonPhrase: string,
    headers?: readonly (readonly [name: string, value: string])[],
  ): void;
  /** BYE (after ACK or its time-out: RFC 3261 §15). `reason` is put into a Reason header. */
  bye(reason?: string): void;
}

export interface SipEndpointDelegate {
  /** A new call. Accept or reject now or later; 100 has been sent where RFC 3261 wants it. */
  onInvite(session: SipSession): void;
  /** A source that is not allowed, once a second at most. */
  onSourceRefused(source: Address, transport: SipTransport): void;
}
