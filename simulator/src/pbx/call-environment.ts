// What all recording legs of one SipCaller share. Types only; sip-caller.ts builds it once.
import type { Address } from "@tapeline/recorder/ports";
import type { PbxPorts } from "./ports.ts";
import type { SipCallerOptions } from "./recording-leg.ts";
import type { RtpPacer } from "./rtp-pacer.ts";
import type { RtpPorts } from "./rtp-ports.ts";
import type { SipTransactions } from "./sip-transactions.ts";
import type { SipTransport } from "./sip-transport.ts";

export interface CallEnvironment {
  readonly options: SipCallerOptions;
  readonly ports: PbxPorts;
  readonly transport: SipTransport;
  readonly transactions: SipTransactions;
  readonly pacer: RtpPacer;
  readonly rtpPorts: RtpPorts;
  /** Our address as a peer is to see it. */
  localHost(remoteHost: string): string;
  /** Something that the recorder did against a specification. */
  violation(text: string): void;
  /** Where a recorder, by its host, took RTP last (oddity rtpBeforeAnswer). */
  readonly rtpTargets: Map<string, Address>;
  /** Adds the packets of a stream that has ended. */
  countPackets(count: number): void;
  /** The leg with that Call-ID needs nothing any more. */
  onGone(sipCallId: string): void;
  /** Its INVITE failed with its stream: an answer may come all the same, by another one. §18.2.2 */
  onInviteLost(sipCallId: string): void;
}
