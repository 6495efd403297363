// The UDP port. Datagrams arrive as synchronous callbacks, one a datagram.

/** An IP literal (never a host name) and a port. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface UdpOptions {
  /** Local address to bind; port 0 lets the system choose. */
  readonly local: Address;
  /** Wanted kernel receive buffer in bytes; the system's default when absent. */
  readonly receiveBufferBytes?: number;
}

export interface UdpDelegate {
  /** `data` belongs to the receiver from then on. `source` objects may be shared: never change one. */
  onDatagram(data: Uint8Array, source: Address): void;
  /** A failure of the socket after the bind (for instance ECONNREFUSED from an earlier send). */
  onError(error: Error): void;
}

export interface UdpSocket {
  readonly local: Address;
  /** Fire and forget; a failure comes to `onError`. Nobody may change `data` afterwards. */
  send(data: Uint8Array, target: Address): void;
  /** The kernel's receive buffer as granted, in bytes as asked (Linux reports the double). */
  receiveBufferBytes(): number;
  /**
   * Datagrams dropped by the kernel for want of buffer since the bind; null where it can't be read.
   */
  kernelDropCount(): number | null;
  /** Calls back, in this turn or soon, once all that has reached the socket so far is delivered. */
  whenDrained(callback: () => void): void;
  close(): void;
}

export interface Udp {
  /** Rejects with an Error that has the system's `code` (EADDRINUSE, EADDRNOTAVAIL, EACCES). */
  bind(options: UdpOptions, delegate: UdpDelegate): Promise<UdpSocket>;
}
