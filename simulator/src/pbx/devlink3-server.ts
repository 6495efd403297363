// The DevLink3 server of the simulated IP Office: listeners on TCP and TLS, its connections, and
// what is common to them (login guard, counters, violations). devlink3.md §1, §5, §11.
import type {
  TcpListener,
  TcpStream,
  TcpStreamDelegate,
  TlsOptions,
} from "@tapeline/recorder/ports";
import type { RecordingFields, RecordingRequest } from "../wire/recording-extension.ts";
import type { PbxEvent } from "./call-records.ts";
import {
  DevLink3Connection,
  type ConnectionHost,
  type RecordingClient,
} from "./devlink3-connection.ts";
import type { DevLink3Oddities } from "./devlink3-oddities.ts";
import { LoginGuard } from "./login-guard.ts";
import type { PbxObserver, PbxPorts } from "./ports.ts";
import { siteFile } from "./site-files.ts";
import type { Site } from "./site.ts";

/** Streams that are open at once, logged in or not. */
export const MAXIMUM_STREAMS = 64;
/** Violations that are kept; later ones are only counted. */
export const MAXIMUM_VIOLATIONS = 1000;

/** Something that a client did and the protocol forbids. */
export interface Violation {
  readonly atMs: number;
  /** stream-integrity-lost, malformed-packet, unknown-packet, unexpected-packet, private-code … */
  readonly code: string;
  readonly detail: string;
}

export interface DevLink3Counters {
  streams: number;
  streamsRefused: number;
  packetsReceived: number;
  packetsSent: number;
  loginsRefused: number;
  violations: number;
}

export interface DevLink3ServerOptions {
  readonly site: Site;
  readonly host: string;
  readonly port: number;
  readonly tlsPort?: number | undefined;
  readonly tls?: TlsOptions | undefined;
  readonly oddities: DevLink3Oddities;
}

export interface DevLink3ServerDelegate {
  /** Details of all calls in progress. */
  snapshot(): PbxEvent[];
  onRecordingRequest(request: RecordingRequest, client: RecordingClient): void;
}

export class DevLink3Server {
  readonly counters: DevLink3Counters = {
    streams: 0,
    streamsRefused: 0,
    packetsReceived: 0,
    packetsSent: 0,
    loginsRefused: 0,
    violations: 0,
  };
  readonly violations: Violation[] = [];
  readonly #options: DevLink3ServerOptions;
  readonly #ports: PbxPorts;
  readonly #host: ConnectionHost;
  readonly #connections = new Set<DevLink3Connection>();
  #listeners: TcpListener[] = [];
  /** The ports that were given, where any was wanted. */
  #opened: { readonly port: number; readonly tlsPort?: number } | null = null;

  constructor(
    options: DevLink3ServerOptions,
    ports: PbxPorts,
    peers: { readonly observer: PbxObserver; readonly delegate: DevLink3ServerDelegate },
  ) {
    this.#options = options;
    this.#ports = ports;
    this.#host = this.#hostOfConnections(peers.observer, peers.delegate);
  }

  /** Opens the listeners; rejects when a port is taken. */
  async start(): Promise<{ port: number; tlsPort?: number }> {
    const opened = await this.#listen(this.#options);
    this.#opened = opened;
    return opened;
  }

  async #listen(where: {
    readonly port: number;
    readonly tlsPort?: number | undefined;
  }): Promise<{ port: number; tlsPort?: number }> {
    const { host, tls, site } = this.#options;
    const { port, tlsPort } = where;
    const onStream = (stream: TcpStream): TcpStreamDelegate => this.#accept(stream);
    const plain = await this.#ports.tcp.listen({ local: { host, port } }, onStream);
    this.#listeners.push(plain);
    if (tlsPort === undefined || !site.devlink3.tls) return { port: plain.local.port };
    try {
      const local = { host, port: tlsPort };
      const secure = await this.#ports.tcp.listen({ local, tls: tls ?? {} }, onStream);
      this.#listeners.push(secure);
      return { port: plain.local.port, tlsPort: secure.local.port };
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** To every client that asked for such events. */
  publish(event: PbxEvent): void {
    for (const connection of this.#connections) connection.sendEvent(event);
  }

  /** To every client that uses the recording extension. */
  publishStatus(fields: RecordingFields): void {
    for (const connection of this.#connections) connection.sendStatus(fields);
  }

  /** Clients that get events now. */
  streamingClients(): number {
    return [...this.#connections].filter((connection) => connection.isStreaming).length;
  }

  /** The link is lost: every stream is reset. Listeners stay. */
  resetConnections(): void {
    for (const connection of Array.from(this.#connections)) connection.destroy();
  }

  /** The node has restarted and listens again, where it did before. */
  async comeBack(): Promise<void> {
    await this.#listen(this.#opened ?? this.#options);
  }

  async close(): Promise<void> {
    const listeners = this.#listeners;
    this.#listeners = [];
    this.resetConnections();
    await Promise.all(listeners.map((listener) => listener.close()));
  }

  #accept(stream: TcpStream): TcpStreamDelegate {
    this.counters.streams += 1;
    if (this.#connections.size >= MAXIMUM_STREAMS) {
      this.counters.streamsRefused += 1;
      stream.destroy();
      return { onData: () => undefined, onClose: () => undefined };
    }
    const connection = new DevLink3Connection(stream, this.#host);
    this.#connections.add(connection);
    return connection;
  }

  #hostOfConnections(observer: PbxObserver, delegate: DevLink3ServerDelegate): ConnectionHost {
    const { site, oddities } = this.#options;
    const { clock, random } = this.#ports;
    const guard = new LoginGuard(site.devlink3, () => clock.nowMs());
    return {
      site,
      oddities,
      clock,
      random,
      judgeLogin: (user, proof) => {
        const isIn = (each: DevLink3Connection): boolean => each.isAuthenticated;
        const connections = [...this.#connections].filter(isIn).length;
        const result = oddities.refuseLogin ?? guard.judge(user, proof, connections);
        if (result !== 0) this.counters.loginsRefused += 1;
        return result;
      },
      snapshot: () => delegate.snapshot(),
      readFile: (name) => siteFile(site, name),
      onRecordingRequest: (request, client) => delegate.onRecordingRequest(request, client),
      onPacket: (direction, remote, entry) => {
        this.counters[direction === "in" ? "packetsReceived" : "packetsSent"] += 1;
        observer.onDevLink3({ atMs: clock.nowMs(), direction, remote, ...entry });
      },
      onViolation: (code, detail) => {
        this.counters.violations += 1;
        if (this.violations.length >= MAXIMUM_VIOLATIONS) return;
        this.violations.push({ atMs: clock.nowMs(), code, detail });
      },
      onConnectionClosed: (connection) => this.#connections.delete(connection),
    };
  }
}
