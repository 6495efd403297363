// What a session is made of and what it may ask of the endpoint that owns it. Types only: they
// stand between endpoint.ts, uas-session.ts, dialog-channel.ts and session-restore.ts.
import type { Logger } from "../log.ts";
import type { Address, Clock } from "../ports/index.ts";
import type { SessionDescription } from "../sdp/session-description.ts";
import type { Dialog } from "./dialog.ts";
import type { AwaitingAck } from "./late-acks.ts";
import type { SipRequest, SipResponse } from "./message.ts";
import type { SipTransport, WireMessage } from "./session.ts";
import type { SessionInterval } from "./session-timer.ts";
import type { SipTimers } from "./sip-timers.ts";
import type { ClientTransactionHandlers, ServerTransaction } from "./transaction-layer.ts";
import type { Flow } from "./transports.ts";

/** What a session needs of the endpoint. */
export interface SessionHost {
  readonly clock: Clock;
  readonly timers: SipTimers;
  readonly log: Logger;
  /** A Via value with a new branch. */
  via(transport: SipTransport): string;
  contact(transport: SipTransport): string;
  /** Our address on the wire: never a wildcard. */
  localText(flow: Flow): string;
  isOpen(flow: Flow): boolean;
  flowTo(transport: SipTransport, target: Address): Flow;
  request(request: SipRequest, flow: Flow, handlers: ClientTransactionHandlers): void;
  /** Without a transaction: ACK of a 2xx. */
  sendOnce(request: SipRequest, flow: Flow): void;
  /** The session wants no more messages. */
  onSessionEnded(session: AwaitingAck & { readonly transaction: ServerTransaction }): void;
}

export interface UasSessionOptions {
  readonly transaction: ServerTransaction;
  readonly localTag: string;
  readonly offer: SessionDescription | null;
  readonly interval: SessionInterval | null;
  /** For a session that was confirmed, or answered, before a restart. */
  readonly restored?: RestoredState;
}

export interface RestoredState {
  readonly invite: WireMessage;
  readonly dialog: Dialog;
  readonly localSdp: string;
  readonly remoteVersion: string | null;
  readonly peerMethods: readonly string[];
  /** The 2xx that was not yet acknowledged. */
  readonly unacknowledged: {
    readonly response: SipResponse;
    readonly sequence: number;
    readonly isOfferless: boolean;
  } | null;
  readonly wasConfirmed: boolean;
}
