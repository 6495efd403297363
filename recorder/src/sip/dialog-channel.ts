// The way to the peer within one dialog: keeps the dialog's value, sends our requests on its
// transport, and words every message for the journal.  RFC 3261 §12.2.1. Owned by the session.
import * as dialogs from "./dialog.ts";
import { makeHeader, wireText, type SipHeader } from "./message.ts";
import type { RequestCore } from "./request-core.ts";
import { PRODUCT } from "./responses.ts";
import { serializeMessage } from "./serialize.ts";
import type { SessionHost } from "./session-host.ts";
import type { WireMessage } from "./session.ts";
import type { ClientTransactionHandlers } from "./transaction-layer.ts";
import type { Flow } from "./transports.ts";
import { addressText, DEFAULT_SIP_PORTS } from "./uri.ts";

export class DialogChannel {
  readonly #host: SessionHost;
  /** How the INVITE came: where in-dialog requests go when nothing better is known. */
  readonly #source: Flow;
  readonly #onMessage: (message: WireMessage) => void;
  #dialog: dialogs.Dialog;
  /** The stream that the peer used last. */
  #latest: Flow;

  constructor(
    options: {
      readonly dialog: dialogs.Dialog;
      readonly source: Flow;
      readonly onMessage: (message: WireMessage) => void;
    },
    host: SessionHost,
  ) {
    this.#host = host;
    this.#dialog = options.dialog;
    this.#source = options.source;
    this.#latest = options.source;
    this.#onMessage = options.onMessage;
  }

  get key(): string {
    const { callId, localTag, remoteTag } = this.#dialog;
    return dialogs.dialogKey(callId, localTag, remoteTag);
  }

  /** False: the request is out of order. */
  receive(core: RequestCore, flow: Flow): boolean {
    const ordered = dialogs.receive(this.#dialog, core);
    if (!ordered.ok) return false;
    this.#dialog = ordered.value;
    this.#latest = flow;
    return true;
  }

  refreshTarget(contact: string | null): void {
    this.#dialog = dialogs.refreshTarget(this.#dialog, contact);
  }

  /** Journals and sends; returns the CSeq number. */
  send(
    parts: { method: string; headers: readonly SipHeader[]; body?: Uint8Array },
    handlers: ClientTransactionHandlers,
  ): number {
    this.#dialog = dialogs.advance(this.#dialog);
    const sequence = this.#dialog.localSequence;
    const via = this.#host.via(this.#source.transport);
    const headers = [...parts.headers, makeHeader("User-Agent", PRODUCT)];
    const request = dialogs.makeRequest(this.#dialog, { ...parts, headers, sequence, via });
    const flow = this.#flow();
    this.#onMessage(this.wire("out", flow, serializeMessage(request)));
    this.#host.request(request, flow, handlers);
    return sequence;
  }

  /** ACK of a 2xx to our INVITE; a repeated one is not journalled. */
  sendAck(sequence: number, isFirst: boolean): void {
    const via = this.#host.via(this.#source.transport);
    const ack = dialogs.makeRequest(this.#dialog, { method: "ACK", sequence, via });
    const flow = this.#flow();
    if (isFirst) this.#onMessage(this.wire("out", flow, serializeMessage(ack)));
    this.#host.sendOnce(ack, flow);
  }

  wire(direction: "in" | "out", flow: Flow, bytes: Uint8Array): WireMessage {
    return wireMessage(this.#host, { direction, flow, bytes });
  }

  /** The stream that the peer used last, while it is open; else to the next hop. */
  #flow(): Flow {
    const latest = this.#latest;
    if (latest.connection !== null && this.#host.isOpen(latest)) return latest;
    const { transport, remote } = this.#source;
    const hop = dialogs.nextHop(this.#dialog, remote, DEFAULT_SIP_PORTS[transport]);
    return this.#host.flowTo(transport, hop);
  }
}

/** A message as the journal keeps it. */
export function wireMessage(
  host: SessionHost,
  { direction, flow, bytes }: { direction: "in" | "out"; flow: Flow; bytes: Uint8Array },
): WireMessage {
  const local = host.localText(flow);
  const remote = addressText(flow.remote);
  const [from, to] = direction === "in" ? [remote, local] : [local, remote];
  return { direction, transport: flow.transport, from, to, text: wireText(bytes).text };
}
