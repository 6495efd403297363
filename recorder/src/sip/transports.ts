// The sockets of the SIP endpoint: one UDP socket, TCP and TLS listeners, connections in and out.
// Service: bytes in, whole messages up to the delegate; messages down to a flow.
// RFC 3261 §18, RFC 5626 §3.5.1 (keep-alive). Knows nothing of transactions or dialogs.
import { ERRORS, RecorderError, systemCode, type ErrorCode } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { Problem } from "../parsed.ts";
import type {
  Address,
  Clock,
  Tcp,
  TcpListener,
  TcpStream,
  TcpStreamDelegate,
  TlsOptions,
  Udp,
} from "../ports/index.ts";
import { withoutInlineKeys } from "../sdp/inline-keys.ts";
import { callTag, wireText } from "./message.ts";
import { SIP_PARSE_LIMITS, type SipParseLimits } from "./parse.ts";
import { RateGate } from "./rate-gate.ts";
import type { SipTransport } from "./session.ts";
import { StreamFraming } from "./stream-framing.ts";
import { TimerSet } from "./timer-set.ts";
import { SipUdpSocket } from "./udp-socket.ts";
import { addressText } from "./uri.ts";

export interface SipTransportsOptions {
  readonly bindHost: string;
  /** UDP and TCP; 0 lets the system choose. */
  readonly port: number;
  readonly tlsPort: number;
  readonly transports: readonly SipTransport[];
  readonly tls?: TlsOptions;
  readonly maximumConnections: number;
  readonly maximumMessageBytes: number;
}

export interface SipTransportsPorts {
  readonly clock: Clock;
  readonly udp: Udp;
  readonly tcp: Tcp;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** Where a message came from, or goes to. */
export interface Flow {
  readonly transport: SipTransport;
  readonly local: Address;
  readonly remote: Address;
  /** null for UDP. */
  readonly connection: Connection | null;
}

export interface SipTransportsDelegate {
  onMessage(bytes: Uint8Array, flow: Flow): void;
  /** The stream is closed after this call; `bytes` may hold a request that can be answered. */
  onDamaged(bytes: Uint8Array, problem: Problem, flow: Flow): void;
  isAllowed(host: string): boolean;
}

/** One TCP or TLS connection. Only this file changes it. */
export interface Connection {
  /** Why it serves only to be refused: asked by a stranger, or above the limit. */
  readonly refusal: "stranger" | "limit" | null;
  stream: TcpStream | null;
  /** What waits for the connection to open. */
  readonly waiting: { readonly bytes: Uint8Array; readonly onFailed: (error: Error) => void }[];
  closed: boolean;
}

/** Connections beyond the limit, or of strangers, that may wait for their refusal. */
const REFUSED_CONNECTIONS = 8;
const REFUSED_LIFE_MS = 5_000;
const CONNECT_TIMEOUT_MS = 4_000;
/** A reader that lets this much pile up is cut off. */
const MAXIMUM_QUEUED_BYTES = 1_048_576;
const CLOSE_GRACE_MS = 1_000;
const LOG_INTERVAL_MS = 1_000;
const PONG = new Uint8Array([13, 10]);

export class SipTransports {
  readonly #options: SipTransportsOptions;
  readonly #ports: SipTransportsPorts;
  readonly #delegate: SipTransportsDelegate;
  readonly #limits: SipParseLimits;
  readonly #locals = new Map<SipTransport, Address>();
  readonly #listeners: TcpListener[] = [];
  readonly #connections = new Set<Connection>();
  /** Newest connection to an address, by "transport address:port". */
  readonly #byRemote = new Map<string, Connection>();
  readonly #connecting = new Set<Promise<void>>();
  readonly #timers: TimerSet;
  readonly #errorGate = new RateGate(LOG_INTERVAL_MS);
  readonly #handshakeGate = new RateGate(LOG_INTERVAL_MS);
  /** As last renewed. */
  #tls: TlsOptions | undefined;
  #tlsListener: TcpListener | null = null;
  #udpSocket: SipUdpSocket | null = null;
  #timerCount = 0;
  #refusedCount = 0;
  #closing = false;
  #onAllClosed: (() => void) | null = null;

  constructor(
    options: SipTransportsOptions,
    ports: SipTransportsPorts,
    delegate: SipTransportsDelegate,
  ) {
    this.#options = options;
    this.#tls = options.tls;
    this.#ports = ports;
    this.#delegate = delegate;
    this.#limits = { ...SIP_PARSE_LIMITS, maximumMessageBytes: options.maximumMessageBytes };
    this.#timers = new TimerSet(ports.clock);
  }

  /** Binds everything, or nothing and throws a RecorderError. */
  async start(): Promise<void> {
    for (const transport of this.#options.transports) {
      try {
        if (transport === "udp") await this.#bindUdp();
        else await this.#listen(transport);
      } catch (error) {
        await this.close();
        throw bindError(error, transport, this.#wanted(transport));
      }
    }
  }

  localAddress(transport: SipTransport): Address | null {
    return this.#locals.get(transport) ?? null;
  }

  localAddresses(): { readonly transport: SipTransport; readonly address: Address }[] {
    return [...this.#locals].map(([transport, address]) => ({ transport, address }));
  }

  /** New connections get this certificate. Throws, and changes nothing, when it cannot be used. */
  renewTls(tls: TlsOptions): void {
    this.#tlsListener?.renew(tls);
    this.#tls = tls;
  }

  /** A way to `target`: for streams the open connection to it, or a new one. */
  flowTo(transport: SipTransport, target: Address): Flow {
    const local = this.#locals.get(transport) ?? { host: this.#options.bindHost, port: 0 };
    if (transport === "udp") return { transport, local, remote: target, connection: null };
    const known = this.#byRemote.get(remoteKey(transport, target));
    const connection = known ?? this.#connect(transport, target);
    return { transport, local: connection.stream?.local ?? local, remote: target, connection };
  }

  /** The way of a stream that is no more: answers find another one. */
  pastFlow(
    transport: SipTransport,
    way: { readonly local: Address; readonly remote: Address },
  ): Flow {
    if (transport === "udp") return { transport, ...way, connection: null };
    const connection: Connection = { refusal: null, stream: null, waiting: [], closed: true };
    return { transport, ...way, connection };
  }

  /** Is there still a stream (or, UDP, a socket) behind the flow? */
  isOpen(flow: Flow): boolean {
    return flow.connection === null ? this.#udpSocket !== null : !flow.connection.closed;
  }

  /** `onFailed` is called when the bytes certainly did not leave. */
  send(flow: Flow, bytes: Uint8Array, onFailed: (error: Error) => void): void {
    if (this.#closing) return;
    const { connection } = flow;
    // A repeat of what waits for its connection would only come twice at once.
    if (connection?.waiting.some((one) => Buffer.compare(one.bytes, bytes) === 0) === true) return;
    const remote = addressText(flow.remote);
    const text = withoutInlineKeys(wireText(bytes).text);
    this.#ports.log.debug("SIP out", {
      transport: flow.transport,
      remote,
      ...callTag(text),
      text,
    });
    if (connection === null) {
      const isSent = this.#udpSocket?.send(bytes, flow.remote) ?? false;
      if (!isSent) this.#ports.metrics.increment("sip_datagrams_unsent_total");
      return;
    }
    if (connection.closed) {
      onFailed(new Error("The connection is closed."));
      return;
    }
    if (connection.stream === null) {
      connection.waiting.push({ bytes, onFailed });
      return;
    }
    connection.stream.write(bytes);
    if (connection.stream.queuedBytes() > MAXIMUM_QUEUED_BYTES) connection.stream.destroy();
  }

  /** Ends a stream after what is queued; nothing for UDP. */
  closeFlow(flow: Flow): void {
    flow.connection?.stream?.close();
  }

  /** Idempotent; leaves no socket, no timer and no pending connection. */
  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    await this.#udpSocket?.close();
    this.#udpSocket = null;
    await Promise.all(this.#listeners.map((listener) => listener.close()));
    await Promise.all(this.#connecting);
    if (this.#connections.size > 0) await this.#closeConnections();
    this.#timers.stopAll();
    this.#locals.clear();
  }

  #closeConnections(): Promise<void> {
    const allClosed = new Promise<void>((resolve) => {
      this.#onAllClosed = resolve;
    });
    this.#timers.start("closeGrace", CLOSE_GRACE_MS, () => {
      for (const connection of this.#connections) connection.stream?.destroy();
    });
    for (const connection of this.#connections) connection.stream?.close();
    return allClosed;
  }

  #wanted(transport: SipTransport): Address {
    const { bindHost, port, tlsPort } = this.#options;
    return { host: bindHost, port: transport === "tls" ? tlsPort : port };
  }

  async #bindUdp(): Promise<void> {
    const socket = new SipUdpSocket(this.#wanted("udp"), this.#ports, {
      onDatagram: (data, source, local) => this.#onDatagram(data, { source, local }),
      onError: (error) => this.#onSocketError(error),
      onReopened: () => {
        this.#ports.metrics.increment("sip_sockets_reopened_total");
        this.#ports.log.info("SIP socket opened again", { transport: "udp" });
      },
    });
    this.#locals.set("udp", await socket.open());
    this.#udpSocket = socket;
  }

  #onSocketError(error: Error): void {
    if (!this.#errorGate.pass(this.#ports.clock.nowMs())) return;
    const more = this.#errorGate.takeHeldBack();
    this.#ports.log.warn("SIP socket", {
      code: "SIP_TRANSPORT_FAILED",
      detail: error.message,
      more,
    });
  }

  #onDatagram(data: Uint8Array, way: { readonly source: Address; readonly local: Address }): void {
    // RFC 5626 §4.4.1: on UDP a bare CRLFCRLF keeps a NAT binding; it is not SIP.
    if (this.#closing || data.every((byte) => byte === 13 || byte === 10)) return;
    const { source: remote, local } = way;
    this.#delegate.onMessage(data, { transport: "udp", local, remote, connection: null });
  }

  /** Old protocol versions, callers without a certificate, plain text: refused, and said why. */
  #onHandshakeFailed(remote: Address, error: Error): void {
    this.#ports.metrics.increment("sip_tls_handshakes_failed_total");
    if (!this.#handshakeGate.pass(this.#ports.clock.nowMs())) return;
    this.#ports.log.warn(`${ERRORS.SIP_TLS_REFUSED.meaning} ${ERRORS.SIP_TLS_REFUSED.remedy}`, {
      code: "SIP_TLS_REFUSED",
      remote: addressText(remote),
      detail: handshakeReason(error),
      more: this.#handshakeGate.takeHeldBack(),
    });
  }

  async #listen(transport: "tcp" | "tls"): Promise<void> {
    const secured =
      transport === "tls"
        ? {
            tls: this.#tls ?? {},
            onHandshakeFailed: (remote: Address, error: Error): void =>
              this.#onHandshakeFailed(remote, error),
          }
        : {};
    const accept = (stream: TcpStream): TcpStreamDelegate => this.#accept(transport, stream);
    const wanted = this.#wanted(transport);
    const listener = await this.#listenNear(wanted, secured, accept);
    this.#listeners.push(listener);
    if (transport === "tls") this.#tlsListener = listener;
    this.#locals.set(transport, listener.local);
  }

  /** With port 0 the number that UDP got is tried first, so that one URI serves both. */
  async #listenNear(
    wanted: Address,
    secured: Pick<Parameters<Tcp["listen"]>[0], "tls" | "onHandshakeFailed">,
    accept: (stream: TcpStream) => TcpStreamDelegate,
  ): Promise<TcpListener> {
    const udpPort = this.#locals.get("udp")?.port ?? 0;
    if (wanted.port === 0 && udpPort !== 0 && secured.tls === undefined) {
      try {
        const local = { host: wanted.host, port: udpPort };
        return await this.#ports.tcp.listen({ local, ...secured }, accept);
      } catch (error) {
        if (systemCode(error) !== "EADDRINUSE") throw error;
      }
    }
    return this.#ports.tcp.listen({ local: wanted, ...secured }, accept);
  }

  #accept(transport: "tcp" | "tls", stream: TcpStream): TcpStreamDelegate {
    const refusal = this.#refusalFor(stream.remote.host);
    const connection: Connection = { refusal, stream, waiting: [], closed: false };
    const isTooMany = refusal !== null && this.#refusedCount >= REFUSED_CONNECTIONS;
    if (refusal !== null) this.#ports.metrics.increment("sip_connections_refused_total");
    const delegate = this.#serve(transport, connection, stream.remote);
    if (refusal !== null) this.#refusedCount++;
    if (isTooMany || this.#closing) {
      stream.destroy();
      return delegate;
    }
    if (refusal !== null) {
      const name = `refused.${this.#timerCount++}`;
      this.#timers.start(name, REFUSED_LIFE_MS, () => stream.destroy());
    }
    return delegate;
  }

  #refusalFor(host: string): Connection["refusal"] {
    if (!this.#delegate.isAllowed(host)) return "stranger";
    const served = this.#connections.size - this.#refusedCount;
    return served >= this.#options.maximumConnections ? "limit" : null;
  }

  #connect(transport: "tcp" | "tls", target: Address): Connection {
    const connection: Connection = { refusal: null, stream: null, waiting: [], closed: false };
    const delegate = this.#serve(transport, connection, target);
    if (this.#closing) return connection;
    const tls = transport === "tls" ? { tls: clientTls(this.#tls) } : {};
    const connecting = this.#ports.tcp
      .connect({ remote: target, ...tls, timeoutMs: CONNECT_TIMEOUT_MS }, delegate)
      .then(
        (stream) => this.#opened(connection, stream),
        (error: unknown) => {
          const failure = error instanceof Error ? error : new Error(String(error));
          delegate.onClose(failure);
        },
      )
      .finally(() => this.#connecting.delete(connecting));
    this.#connecting.add(connecting);
    return connection;
  }

  #opened(connection: Connection, stream: TcpStream): void {
    connection.stream = stream;
    if (connection.closed || this.#closing) {
      stream.destroy();
      return;
    }
    for (const { bytes } of connection.waiting.splice(0)) stream.write(bytes);
  }

  /** Registers the connection and makes the delegate of its stream. */
  #serve(transport: "tcp" | "tls", connection: Connection, remote: Address): TcpStreamDelegate {
    const framing = new StreamFraming(this.#limits);
    const key = remoteKey(transport, remote);
    this.#connections.add(connection);
    this.#byRemote.set(key, connection);
    this.#countConnections();
    return {
      onData: (data) => this.#onData({ transport, connection, remote, framing, data }),
      onClose: (error) => {
        if (connection.closed) return;
        connection.closed = true;
        this.#connections.delete(connection);
        if (this.#byRemote.get(key) === connection) this.#byRemote.delete(key);
        if (connection.refusal !== null) this.#refusedCount = Math.max(0, this.#refusedCount - 1);
        this.#countConnections();
        const failure = error ?? new Error("The connection was closed.");
        for (const { onFailed } of connection.waiting.splice(0)) onFailed(failure);
        if (this.#connections.size === 0) this.#onAllClosed?.();
      },
    };
  }

  #onData(event: {
    transport: "tcp" | "tls";
    connection: Connection;
    remote: Address;
    framing: StreamFraming;
    data: Uint8Array;
  }): void {
    const { transport, connection, remote, framing, data } = event;
    for (const output of framing.push(data)) {
      if (connection.closed || this.#closing) return;
      const local = connection.stream?.local ?? this.#wanted(transport);
      const flow: Flow = { transport, local, remote, connection };
      switch (output.type) {
        case "ping":
          connection.stream?.write(PONG);
          break;
        case "message":
          this.#delegate.onMessage(output.bytes, flow);
          break;
        case "damaged":
          this.#delegate.onDamaged(output.bytes, output.problem, flow);
          connection.stream?.close();
          break;
      }
    }
  }

  #countConnections(): void {
    this.#ports.metrics.set("sip_connections", this.#connections.size);
  }
}

function remoteKey(transport: SipTransport, remote: Address): string {
  return `${transport} ${addressText(remote)}`;
}

/**
 * What we show and ask when we call back. Without an authority of the user's there is nothing to
 * judge a PBX's own certificate by; it then is taken, as it was when the PBX called us.
 */
function clientTls(tls: TlsOptions | undefined): TlsOptions {
  const { requireClientCertificate: _, ...client } = tls ?? {};
  return { ...client, verify: client.certificateAuthority !== undefined };
}

const BIND_CODES: Readonly<Record<string, ErrorCode>> = {
  EADDRINUSE: "PORT_IN_USE",
  EACCES: "PORT_NOT_PERMITTED",
  EADDRNOTAVAIL: "ADDRESS_NOT_LOCAL",
};

function bindError(error: unknown, transport: SipTransport, wanted: Address): RecorderError {
  const code = BIND_CODES[systemCode(error) ?? ""] ?? "SIP_TRANSPORT_FAILED";
  const words = error instanceof Error ? error.message : String(error);
  return new RecorderError(code, `SIP ${transport} ${addressText(wanted)}: ${words}`, {
    cause: error,
  });
}

const HANDSHAKE_REASONS: readonly (readonly [code: RegExp, reason: string])[] = [
  [/UNSUPPORTED_PROTOCOL|PROTOCOL_VERSION|VERSION_TOO_LOW/, "only TLS older than 1.2 was offered"],
  [/PEER_DID_NOT_RETURN|CERTIFICATE_REQUIRED/, "the caller showed no certificate"],
  [/^(UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|CERT_)/, "the caller's certificate is not trusted"],
  [/WRONG_VERSION_NUMBER|HTTP_REQUEST|PACKET_LENGTH_TOO_LONG/, "the caller does not speak TLS"],
  [/ALERT/, "the caller refused our certificate or the protocol"],
];

/** Our words where the system's code is known, and its own words always. */
function handshakeReason(error: Error): string {
  const code = systemCode(error) ?? "";
  const known = HANDSHAKE_REASONS.find(([pattern]) => pattern.test(code))?.[1];
  return known === undefined ? error.message : `${known} (${code}: ${error.message})`;
}
