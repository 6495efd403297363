// The SIP endpoint's UDP socket, kept open: a failure of the socket itself (not of one datagram)
// closes it and binds it anew, at once and then at growing intervals, while calls go on.
// Service below transports.ts; RFC 3261 §18 asks no more than that the port is listened on.
import { systemCode } from "../errors.ts";
import type { Address, Clock, Timer, Udp, UdpSocket } from "../ports/index.ts";

/** Wait before the second attempt to bind anew; doubles with each further one. */
export const REOPEN_FIRST_MS = 500;
export const REOPEN_MAXIMUM_MS = 30_000;

/** Failures of one datagram (unreachable peer, full queue): the socket is as good as before. */
const DATAGRAM_CODES: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "EHOSTDOWN",
  "ENETUNREACH",
  "ENETDOWN",
  "EMSGSIZE",
  "EPERM",
  "EACCES",
  "EAGAIN",
  "ENOBUFS",
  "EINVAL",
  "EADDRNOTAVAIL",
]);

export interface SipUdpSocketDelegate {
  onDatagram(data: Uint8Array, source: Address, local: Address): void;
  /** A datagram or the socket failed; said at a limited rate by the owner. */
  onError(error: Error): void;
  onReopened(): void;
}

export class SipUdpSocket {
  readonly #wanted: Address;
  readonly #ports: { readonly clock: Clock; readonly udp: Udp };
  readonly #delegate: SipUdpSocketDelegate;
  /** As first bound: the system's choice of a port is kept. */
  #local: Address | null = null;
  #socket: UdpSocket | null = null;
  #timer: Timer | null = null;
  #attempt: Promise<void> | null = null;
  #isClosed = false;

  constructor(
    wanted: Address,
    ports: { readonly clock: Clock; readonly udp: Udp },
    delegate: SipUdpSocketDelegate,
  ) {
    this.#wanted = wanted;
    this.#ports = ports;
    this.#delegate = delegate;
  }

  /** Resolves with the bound address. Rejects as `Udp.bind` does. */
  async open(): Promise<Address> {
    const socket = await this.#bind();
    this.#socket = socket;
    this.#local = socket.local;
    return socket.local;
  }

  /** False: the socket is just being opened again, nothing left. */
  send(data: Uint8Array, target: Address): boolean {
    this.#socket?.send(data, target);
    return this.#socket !== null;
  }

  /** Idempotent; leaves no socket and no timer. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#timer = null;
    await this.#attempt;
    this.#socket?.close();
    this.#socket = null;
  }

  async #bind(): Promise<UdpSocket> {
    const local = this.#local ?? this.#wanted;
    const bound: { socket: UdpSocket | null } = { socket: null };
    const socket = await this.#ports.udp.bind(
      { local },
      {
        onDatagram: (data, source) =>
          this.#delegate.onDatagram(data, source, this.#local ?? this.#wanted),
        onError: (error) => this.#onError(error, bound.socket),
      },
    );
    bound.socket = socket;
    return socket;
  }

  #onError(error: Error, of: UdpSocket | null): void {
    this.#delegate.onError(error);
    const code = systemCode(error);
    const isOfSocket = code !== null && !DATAGRAM_CODES.has(code);
    if (!isOfSocket || of === null || of !== this.#socket) return;
    of.close();
    this.#socket = null;
    if (!this.#isClosed) this.#reopen(REOPEN_FIRST_MS);
  }

  #reopen(nextDelayMs: number): void {
    this.#timer = null;
    this.#attempt = this.#bind().then(
      (socket) => {
        this.#attempt = null;
        this.#socket = socket;
        if (!this.#isClosed) this.#delegate.onReopened();
      },
      (error: unknown) => {
        this.#attempt = null;
        if (this.#isClosed) return;
        this.#delegate.onError(error instanceof Error ? error : new Error(String(error)));
        this.#timer = this.#ports.clock.setTimer("sip.reopen", nextDelayMs, () =>
          this.#reopen(Math.min(2 * nextDelayMs, REOPEN_MAXIMUM_MS)),
        );
      },
    );
  }
}
