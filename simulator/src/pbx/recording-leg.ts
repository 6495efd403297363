// The seam between the PBX's calls and its SIP side: a recording leg is one SIP call from the
// simulated IP Office to a recorder, with mixed speech. Types only; sip-caller.ts implements it.
import type { TlsOptions } from "@tapeline/recorder/ports";
import type { TruthLeg } from "./truth.ts";

/** Who can be heard in a conversation at this moment. */
export interface Audience {
  /** Voices of the parties connected now, not held; order does not matter. */
  voices(): readonly number[];
}

export interface RecordingLegRequest {
  readonly conversation: number;
  /** User part of the request URI and X-DL3-Stream; null = dial without the extension headers. */
  readonly streamId: string | null;
  /** `sip:user@host:port[;transport=udp|tcp|tls]` as the client gave it. */
  readonly recorderUri: string;
  readonly node: string;
  readonly callId: number;
  readonly endId: string;
  readonly extension: string;
  readonly correlationData: string | null;
  readonly audience: Audience;
}

export interface RecordingLegDelegate {
  /** 200 received and ACK sent. */
  onAnswered(): void;
  /** No 2xx: `status` null = no answer in the give-up time, or nobody reachable. */
  onFailed(status: number | null, reason: string): void;
  /** After onAnswered, exactly once. */
  onEnded(by: "pbx" | "recorder"): void;
}

export interface RecordingLeg {
  readonly truth: TruthLeg;
  /** Sends re-INVITE with the site's kind of hold and stops RTP. */
  hold(): void;
  retrieve(): void;
  /** BYE (or CANCEL before the answer), with `Reason: Q.850;cause=…`. */
  hangUp(cause: number): void;
}

/**
 * What can go wrong on purpose in the SIP and RTP of the PBX; each scenario sets what it is about.
 */
export interface SipOddities {
  /** The INVITE is sent this often, in copies, beyond retransmission. 0 = once. */
  repeatInvite: number;
  /** The first N ACKs are not sent. */
  loseAcks: number;
  /**
   * CANCEL this long after the INVITE, if not answered yet (and the 200 is then ignored until 487).
   */
  cancelAfterMs: number | null;
  /** The INVITE is never sent although the request was accepted. */
  inviteNever: boolean;
  /** INVITE sent this much later. */
  inviteDelayMs: number;
  /** No RTP at all. */
  noAudio: boolean;
  /** Session-Expires in the INVITE; the PBX refreshes as refresher=uac when "pbx". null = none. */
  sessionExpires: {
    readonly seconds: number;
    readonly refresher: "pbx" | "recorder" | "nobody";
  } | null;
  /** First sequence number; null = random. 65500 wraps soon. */
  firstSequence: number | null;
  /** First RTP timestamp; null = random. */
  firstTimestamp: number | null;
  /** After that many frames the SSRC (with new sequence and timestamp base) changes; 0 = never. */
  changeSsrcEveryFrames: number;
  /** Send packets of a foreign SSRC and port to the recorder's RTP port, this many a second. */
  strayPacketsPerSecond: number;
  /** How hold is signalled. */
  holdBy: "sendonly" | "inactive" | "zero-address" | "silence";
  /** Some frames leave the socket in another order (seeded), this share of them. */
  reorderRatio: number;
  /** Some frames are never sent (seeded), this share; they count as spoken. */
  lossRatio: number;
  /** Payload type offered and used. */
  codec: "PCMU" | "PCMA";
  /** The INVITE has no SDP; the offer comes in the 200, our answer goes in the ACK. */
  offerless: boolean;
  /** Packets go on for this long after BYE. */
  rtpAfterByeMs: number;
  /** Every frame is sent twice. */
  duplicateRtp: boolean;
}

export const NO_SIP_ODDITIES: Readonly<SipOddities> = {
  repeatInvite: 0,
  loseAcks: 0,
  cancelAfterMs: null,
  inviteNever: false,
  inviteDelayMs: 0,
  noAudio: false,
  sessionExpires: null,
  firstSequence: null,
  firstTimestamp: null,
  changeSsrcEveryFrames: 0,
  strayPacketsPerSecond: 0,
  holdBy: "sendonly",
  reorderRatio: 0,
  lossRatio: 0,
  codec: "PCMU",
  offerless: false,
  rtpAfterByeMs: 0,
  duplicateRtp: false,
};

export interface SipCallerOptions {
  readonly bindHost: string;
  /** The address put into Via, Contact and SDP when `bindHost` is a wildcard. */
  readonly advertisedHost?: string;
  /** Local SIP port; 0 = any. */
  readonly sipPort: number;
  /** An even RTP port a leg from here on; 0 = any free ones. */
  readonly rtpPortBase: number;
  /** An outgoing call is given up after this (domain.md: 4 s). */
  readonly giveUpMs: number;
  /** Keep every frame's payload in the truth (false for benchmarks). */
  readonly keepPayloads: boolean;
  /** For transport=tls. */
  readonly tls?: TlsOptions;
}

export interface SipCallerService {
  start(): Promise<{ host: string; port: number }>;
  readonly oddities: SipOddities;
  dial(request: RecordingLegRequest, delegate: RecordingLegDelegate): RecordingLeg;
  /** How late the 20 ms ticks were, since the start, in ms. */
  lateness(): { readonly p99: number; readonly max: number };
  packetsSent(): number;
  close(): Promise<void>;
}
