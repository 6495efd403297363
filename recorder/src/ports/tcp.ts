// The TCP port, with TLS as an option of a connection or listener.
import type { Address } from "./udp.ts";

/** What is shown to and asked of the other side. PEM texts, not paths. */
export interface TlsOptions {
  readonly certificate?: string;
  readonly key?: string;
  /** Certificate authorities to trust instead of the system's. */
  readonly certificateAuthority?: string;
  /** Hex SHA-256 of the peer's certificate (DER). When given, it alone decides. */
  readonly pinSha256?: string;
  /** Client: the name to verify. */
  readonly serverName?: string;
  /** Listener: refuse clients without a certificate that the authority signed. */
  readonly requireClientCertificate?: boolean;
  /** Client: false accepts any certificate (only with a pin, or where the user said so). */
  readonly verify?: boolean;
}

/** What the other side showed in the TLS handshake. */
export interface PeerCertificate {
  readonly subject: string;
  readonly issuer: string;
  /** ISO 8601. */
  readonly validTo: string;
  /** Lower-case hex, of the DER. */
  readonly sha256: string;
}

export interface TcpStreamDelegate {
  /** `data` belongs to the receiver from then on. */
  onData(data: Uint8Array): void;
  /** Called exactly once, at the end of the stream for whatever reason; null = closed in order. */
  onClose(error: Error | null): void;
}

export interface TcpStream {
  readonly local: Address;
  readonly remote: Address;
  readonly secure: boolean;
  /** Absent without TLS, or when the other side showed none. */
  readonly certificate?: PeerCertificate;
  /** Queues bytes. Writing to a closed stream is ignored. */
  write(data: Uint8Array): void;
  /** Bytes written and not yet handed to the system. */
  queuedBytes(): number;
  /** Sends what is queued, then ends. `onClose` follows. */
  close(): void;
  /** Ends at once, unsent bytes are lost. `onClose` follows. */
  destroy(): void;
}

export interface TcpListener {
  readonly local: Address;
  /**
   * New streams are shown this certificate and judged by this authority; those open stay. Throws,
   * and changes nothing, when it cannot be used. What is required of clients stays as it was.
   */
  renew(tls: TlsOptions): void;
  /** Stops accepting; streams already open stay. */
  close(): Promise<void>;
}

export interface Tcp {
  /** Throws when certificate, key or authority cannot be used, or do not belong together. */
  checkTls(tls: TlsOptions): void;
  /**
   * Resolves when the connection (with `tls`: the handshake) is complete.
   * Rejects with an Error that has a `code` (ECONNREFUSED, ETIMEDOUT, CERT_HAS_EXPIRED,
   * TLS_PIN_MISMATCH …).
   */
  connect(
    options: { remote: { host: string; port: number }; tls?: TlsOptions; timeoutMs: number },
    delegate: TcpStreamDelegate,
  ): Promise<TcpStream>;
  /**
   * `onStream` must return the delegate of the new stream at once. Rejects as `Udp.bind` does.
   * `onHandshakeFailed` hears of clients that never became streams: old protocol, no certificate.
   */
  listen(
    options: {
      local: Address;
      tls?: TlsOptions;
      onHandshakeFailed?: (remote: Address, error: Error) => void;
    },
    onStream: (stream: TcpStream) => TcpStreamDelegate,
  ): Promise<TcpListener>;
}
