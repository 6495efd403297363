// The SIP sockets of the simulated IP Office: one UDP port, a TCP listener beside it, and one
// connection a TCP or TLS recorder, opened at the first request and kept.  RFC 3261 §18, RFC 3581
import type {
  Address,
  TcpListener,
  TcpStream,
  TcpStreamDelegate,
  TlsOptions,
  UdpSocket,
} from "@tapeline/recorder/ports";
import { parseSip, serializeSip, SipFramer } from "../wire/sip.ts";
import type { SipMessage } from "../wire/sip.ts";
import type { Parsed } from "../wire/parsed.ts";
import { PieceWriter } from "./piece-writer.ts";
import type { PbxObserver, PbxPorts } from "./ports.ts";

export type SipTransportName = "udp" | "tcp" | "tls";

/** Where a message goes, or came from. */
export interface SipTarget {
  readonly transport: SipTransportName;
  readonly host: string;
  readonly port: number;
}

export interface SipTransportOptions {
  readonly bindHost: string;
  readonly port: number;
  readonly connectTimeoutMs: number;
  readonly tls: TlsOptions;
  /** Messages on streams are written in pieces of so many bytes; 0 = whole. */
  pieceBytes?(): number;
}

export interface SipTransportDelegate {
  onMessage(message: SipMessage, source: SipTarget): void;
  /** Something came in that is no SIP message. */
  onGarbage(detail: string, source: SipTarget): void;
  /** A connection could not be made, or broke. */
  onTransportError(target: SipTarget, detail: string): void;
}

/** A stream that is wanted takes this many messages before it is open; more are dropped. */
const MAX_QUEUED_MESSAGES = 1_024;
/** At the end a peer has this long to close its side of a stream. */
const CLOSE_TIMEOUT_MS = 1_000;

interface Connection {
  readonly target: SipTarget;
  stream: TcpStream | null;
  writer: PieceWriter | null;
  readonly queue: Uint8Array[];
  readonly texts: string[];
  /** The stream has closed, perhaps before the connect call came back. */
  isOver: boolean;
}

function newConnection(target: SipTarget): Connection {
  return { target, stream: null, writer: null, queue: [], texts: [], isOver: false };
}

const decoder = new TextDecoder();

function keyOf({ transport, host, port }: SipTarget): string {
  return `${transport} ${host} ${port}`;
}

function place({ host, port }: Address): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error ? String(error.code) : null;
  return code === null ? error.message : `${code}: ${error.message}`;
}

export class SipTransport {
  readonly #options: SipTransportOptions;
  readonly #ports: PbxPorts;
  readonly #observer: PbxObserver;
  readonly #delegate: SipTransportDelegate;
  #udp: UdpSocket | null = null;
  #listener: TcpListener | null = null;
  readonly #connections = new Map<string, Connection>();
  readonly #opening = new Set<Promise<void>>();
  /** Every stream that is not fully closed, wanted or not. */
  readonly #streams = new Set<TcpStream>();
  #onLastStream: (() => void) | null = null;
  #isClosed = false;

  constructor(
    options: SipTransportOptions,
    ports: PbxPorts,
    wiring: { readonly observer: PbxObserver; readonly delegate: SipTransportDelegate },
  ) {
    this.#options = options;
    this.#ports = ports;
    this.#observer = wiring.observer;
    this.#delegate = wiring.delegate;
  }

  /** Opens UDP, and TCP on the same port number where that is free. */
  async start(): Promise<Address> {
    const { bindHost: host, port } = this.#options;
    const delegate = {
      onDatagram: (data: Uint8Array, source: Address) => this.#onDatagram(data, source),
      // A late "port unreachable" of an earlier send: the transaction's timers say what it means.
      onError: () => undefined,
    };
    const udp = await this.#ports.udp.bind({ local: { host, port } }, delegate);
    this.#udp = udp;
    const listen = (tcpPort: number): Promise<TcpListener> =>
      this.#ports.tcp.listen({ local: { host, port: tcpPort } }, (stream) => this.#accept(stream));
    try {
      this.#listener = await listen(udp.local.port);
    } catch (error) {
      const isTaken = error instanceof Error && "code" in error && error.code === "EADDRINUSE";
      if (!isTaken || port !== 0) {
        udp.close();
        this.#udp = null;
        throw error;
      }
      this.#listener = await listen(0);
    }
    return udp.local;
  }

  /** The port that peers reach us at with this transport. */
  localPort(transport: SipTransportName): number {
    const isUdp = transport === "udp";
    return (isUdp ? this.#udp?.local.port : this.#listener?.local.port) ?? 0;
  }

  /** Fire and forget; failures come to the delegate. */
  send(message: SipMessage, target: SipTarget): void {
    if (this.#isClosed) return;
    const bytes = serializeSip(message);
    if (target.transport === "udp") {
      this.#udp?.send(bytes, { host: target.host, port: target.port });
      this.#observe("out", target, { text: decoder.decode(bytes), local: this.#udp?.local });
      return;
    }
    const connection = this.#connections.get(keyOf(target)) ?? this.#open(target);
    const text = decoder.decode(bytes);
    if (connection.stream === null) {
      if (connection.queue.length >= MAX_QUEUED_MESSAGES) return;
      connection.queue.push(bytes);
      connection.texts.push(text);
      return;
    }
    this.#write(connection, bytes);
    this.#observe("out", target, { text, local: connection.stream.local });
  }

  #write(connection: Connection, bytes: Uint8Array): void {
    if (connection.stream === null) return;
    connection.writer ??= new PieceWriter(connection.stream, this.#ports.clock);
    connection.writer.write(bytes, this.#options.pieceBytes?.() ?? 0);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#udp?.close();
    this.#udp = null;
    this.#connections.clear();
    await this.#listener?.close();
    this.#listener = null;
    await Promise.all(this.#opening);
    await this.#closeStreams();
  }

  async #closeStreams(): Promise<void> {
    if (this.#streams.size === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onLastStream = resolve;
    for (const stream of this.#streams) stream.close();
    const timer = this.#ports.clock.setTimer("pbx.sip.close", CLOSE_TIMEOUT_MS, () => {
      for (const stream of this.#streams) stream.destroy();
    });
    await promise;
    timer.cancel();
  }

  #observe(
    direction: "in" | "out",
    target: SipTarget,
    message: { readonly text: string; readonly local: Address | undefined },
  ): void {
    this.#observer.onSip({
      atMs: this.#ports.clock.nowMs(),
      direction,
      transport: target.transport,
      local: message.local === undefined ? "" : place(message.local),
      remote: place(target),
      text: message.text,
    });
  }

  #onDatagram(data: Uint8Array, source: Address): void {
    if (this.#isClosed) return;
    // Keep-alives of two line ends, or of nothing.  RFC 5626 §3.5.1, RFC 3581 practice
    if (data.every((byte) => byte === 13 || byte === 10 || byte === 0)) return;
    const from: SipTarget = { transport: "udp", host: source.host, port: source.port };
    this.#observe("in", from, { text: decoder.decode(data), local: this.#udp?.local });
    this.#deliver(parseSip(data), from);
  }

  #deliver(message: Parsed<SipMessage>, source: SipTarget): void {
    if (message.ok) this.#delegate.onMessage(message.value, source);
    else this.#delegate.onGarbage(`${message.problem.code}: ${message.problem.detail}`, source);
  }

  #streamDelegate(connection: Connection): TcpStreamDelegate {
    const { target } = connection;
    const framer = new SipFramer();
    return {
      onData: (data) => {
        for (const message of framer.push(data)) {
          if (this.#isClosed) return;
          if (message.ok) {
            const text = decoder.decode(serializeSip(message.value));
            this.#observe("in", target, { text, local: connection.stream?.local });
          }
          this.#deliver(message, target);
          if (!message.ok) connection.stream?.destroy();
        }
      },
      onClose: (error) => this.#onClosed(connection, error),
    };
  }

  #accept(stream: TcpStream): TcpStreamDelegate {
    const target: SipTarget = {
      transport: stream.secure ? "tls" : "tcp",
      host: stream.remote.host,
      port: stream.remote.port,
    };
    this.#streams.add(stream);
    const connection: Connection = { ...newConnection(target), stream };
    if (this.#isClosed) stream.destroy();
    else this.#connections.set(keyOf(target), connection);
    return this.#streamDelegate(connection);
  }

  #open(target: SipTarget): Connection {
    const connection = newConnection(target);
    this.#connections.set(keyOf(target), connection);
    const opening = this.#connect(connection).finally(() => this.#opening.delete(opening));
    this.#opening.add(opening);
    return connection;
  }

  async #connect(connection: Connection): Promise<void> {
    const { target } = connection;
    const remote = { host: target.host, port: target.port };
    const timeoutMs = this.#options.connectTimeoutMs;
    const tls = target.transport === "tls" ? { tls: this.#options.tls } : {};
    const delegate = this.#streamDelegate(connection);
    try {
      const stream = await this.#ports.tcp.connect({ remote, timeoutMs, ...tls }, delegate);
      connection.stream = stream;
      if (!connection.isOver) this.#streams.add(stream);
      if (this.#isClosed) return;
    } catch (error) {
      if (this.#connections.get(keyOf(target)) === connection) {
        this.#connections.delete(keyOf(target));
      }
      if (!this.#isClosed) this.#delegate.onTransportError(target, describe(error));
      return;
    }
    for (const [index, bytes] of connection.queue.entries()) {
      this.#write(connection, bytes);
      const text = connection.texts[index]!;
      this.#observe("out", target, { text, local: connection.stream.local });
    }
    connection.queue.length = 0;
    connection.texts.length = 0;
  }

  #onClosed(connection: Connection, error: Error | null): void {
    const { target, stream } = connection;
    connection.isOver = true;
    connection.writer?.close();
    if (stream !== null) this.#streams.delete(stream);
    if (this.#streams.size === 0) this.#onLastStream?.();
    if (this.#connections.get(keyOf(target)) !== connection) return;
    this.#connections.delete(keyOf(target));
    const detail = error === null ? "the connection was closed" : describe(error);
    if (!this.#isClosed) this.#delegate.onTransportError(target, detail);
  }
}
