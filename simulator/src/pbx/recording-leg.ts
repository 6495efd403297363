// The seam between the PBX's calls and its SIP side: a recording leg is one SIP call from the
// simulated IP Office to a recorder, with mixed speech. Types only; sip-caller.ts implements it.
import type { TlsOptions } from "@tapeline/recorder/ports";
import type { SrtpSuite } from "../wire/srtp.ts";
import type { SipOddities } from "./sip-oddities.ts";
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
  /** Recorders are probed by OPTIONS so often; null or absent: never. */
  readonly probeSeconds?: number | null;
  /** How wrong the PBX's wall clock is. */
  clockOffMs?(): number;
  /** Over TLS, media is offered as SRTP, this suite first; null or absent: plain. */
  readonly srtp?: SrtpSuite | null;
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
  /** Down: every leg is forgotten, the recorder hears nothing of it, and nothing is answered. */
  setDown(isDown: boolean): void;
  close(): Promise<void>;
}
