// TCP in the virtual world: listeners, and how a connection comes about (SYN, refusal, time-out,
// TLS handshake by facts). What happens on a connection is in stream-end.ts.
import { isIP } from "node:net";
import type {
  Address,
  Tcp,
  TcpListener,
  TcpStream,
  TcpStreamDelegate,
  TlsOptions,
} from "@tapeline/recorder/ports";
import { addressesOverlap, isLocalAddress, isLoopback, isWildcard } from "./network.ts";
import type { Network, NetworkHost } from "./network.ts";
import { PendingCall } from "./process-scope.ts";
import type { Holding, ProcessScope } from "./process-scope.ts";
import { Connection } from "./stream-end.ts";
import type { StreamEnd } from "./stream-end.ts";
import { SystemError } from "./system-error.ts";
import { checkTlsOptions, handshakeProblem } from "./tls.ts";

const LISTEN_MS = 0.05;
/** A first packet that nobody answers is sent again after this time. */
const SYN_REPEAT_MS = 1000;
/** A TLS listener gives up on a client that says nothing, as Node's does. */
const HANDSHAKE_LIMIT_MS = 120_000;
/** What a plain listener sees of a TLS client: a record header of type handshake. */
const CLIENT_HELLO_HEAD = [0x16, 0x03, 0x01, 0x00, 0xfb];
const CLIENT_HELLO_BYTES = 256;

type Accept = (stream: TcpStream) => TcpStreamDelegate;
type ConnectOptions = Parameters<Tcp["connect"]>[0];

/** A process on its host, as the streams need to know it. */
export interface StreamUser {
  readonly host: NetworkHost;
  readonly scope: ProcessScope;
  readonly wallTimeMs: () => number;
}

interface Attempt {
  readonly user: StreamUser;
  readonly options: ConnectOptions;
  readonly delegate: TcpStreamDelegate;
  readonly call: PendingCall<TcpStream>;
}

/** All listeners of the world, and the connections being made. */
export class Streams {
  readonly network: Network;
  readonly #listeners = new Set<Listener>();
  readonly #usedPorts = new Map<NetworkHost, Set<number>>();
  #lastConnectionId = 0;

  constructor(network: Network) {
    this.network = network;
  }

  portFor(user: StreamUser): Tcp {
    return {
      checkTls: (tls) => checkTlsOptions(tls, "client"),
      connect: (options, delegate) => this.#connect(user, options, delegate),
      listen: (options, onStream) => {
        const name = `tcp.listen ${options.local.host}:${options.local.port}`;
        return user.scope.call(name, LISTEN_MS, () => this.#listen(user, options, onStream));
      },
    };
  }

  remove(listener: Listener): void {
    this.#listeners.delete(listener);
  }

  #listen(user: StreamUser, options: Parameters<Tcp["listen"]>[0], onStream: Accept): TcpListener {
    const wanted = options.local;
    const subject = `${wanted.host}:${wanted.port}`;
    if (options.tls !== undefined) checkTlsOptions(options.tls, "listener");
    if (!isLocalAddress(user.host, wanted.host)) {
      throw new SystemError("EADDRNOTAVAIL", "listen", subject);
    }
    const isFree = (port: number): boolean =>
      ![...this.#listeners].some(
        ({ local, host }) =>
          host === user.host && local.port === port && addressesOverlap(local.host, wanted.host),
      );
    const port = wanted.port === 0 ? this.network.ephemeralPort(user.host, isFree) : wanted.port;
    if (port === null || !isFree(port)) throw new SystemError("EADDRINUSE", "listen", subject);
    const local = { host: wanted.host, port };
    const { tls, onHandshakeFailed } = options;
    const listener = new Listener({
      ...{ streams: this, user, local, tls, onStream },
      onHandshakeFailed: (remote, error) => onHandshakeFailed?.(remote, error),
    });
    this.#listeners.add(listener);
    user.scope.hold(listener);
    this.network.trace.add(`tcp listen ${user.host.name} ${local.host}:${port}`);
    return listener;
  }

  #connect(
    user: StreamUser,
    options: ConnectOptions,
    delegate: TcpStreamDelegate,
  ): Promise<TcpStream> {
    const { remote, tls, timeoutMs } = options;
    const subject = `${remote.host}:${remote.port}`;
    const call = new PendingCall<TcpStream>(user.scope, `tcp.connect ${subject}`);
    if (!user.scope.isAlive) return call.promise;
    this.network.trace.add(`tcp connect ${user.host.name}>${subject}${tls ? " tls" : ""}`);
    call.completeAfter(timeoutMs, () => {
      this.network.trace.add(`tcp connect ${user.host.name}>${subject} ETIMEDOUT`);
      throw new SystemError("ETIMEDOUT", "connect", subject);
    });
    try {
      if (tls !== undefined) checkTlsOptions(tls, "client");
      this.#knock({ user, options, delegate, call });
    } catch (error) {
      call.reject(error);
    }
    return call.promise;
  }

  /** Sends the first packet, again and again until it gets through or the call has timed out. */
  #knock(attempt: Attempt): void {
    const { user, options, call } = attempt;
    if (!call.isPending) return;
    const { scheduler } = this.network;
    const { remote } = options;
    const toHost = this.network.route(user.host, remote.host);
    if (toHost === undefined && isIP(remote.host) === 0) {
      throw new SystemError("ENOTFOUND", "getaddrinfo", remote.host);
    }
    const there = toHost && this.network.path(user.host, toHost);
    const flow = { protocol: "tcp", fromPort: 0, toPort: remote.port } as const;
    const isOpen = there?.allows?.(flow) !== false;
    if (toHost === undefined || there === undefined || there.isBlocked || !toHost.isUp || !isOpen) {
      scheduler.after(SYN_REPEAT_MS, () => this.#knock(attempt));
      return;
    }
    const back = this.network.path(toHost, user.host);
    scheduler.after(there.streamLatencyMs(), () => {
      const listener = toHost.isUp ? this.#find(toHost, remote) : undefined;
      scheduler.after(back.streamLatencyMs(), () => this.#answered(attempt, toHost, listener));
    });
  }

  #answered(attempt: Attempt, toHost: NetworkHost, listener: Listener | undefined): void {
    const { user, options, call } = attempt;
    const { remote, tls } = options;
    if (!call.isPending) return;
    if (listener === undefined) return this.#refuse(attempt, "ECONNREFUSED");
    if (tls === undefined || listener.tls === undefined) {
      return this.#establish(attempt, toHost, listener);
    }
    // One more round for the handshake.
    const roundMs =
      this.network.path(user.host, toHost).streamLatencyMs() +
      this.network.path(toHost, user.host).streamLatencyMs();
    const serverTls = listener.tls;
    this.network.scheduler.after(roundMs, () => {
      const problem = handshakeProblem({
        client: { tls, wallTimeMs: user.wallTimeMs() },
        server: { tls: serverTls, wallTimeMs: listener.user.wallTimeMs() },
        remoteHost: remote.host,
      });
      if (!call.isPending) return;
      if (problem !== null) {
        const client = { host: user.host.address, port: 0 };
        listener.onHandshakeFailed(client, new SystemError(problem, "handshake", client.host));
        return this.#refuse(attempt, problem);
      }
      this.#establish(attempt, toHost, listener);
    });
  }

  #refuse(attempt: Attempt, code: string): void {
    const { user, options, call } = attempt;
    const subject = `${options.remote.host}:${options.remote.port}`;
    this.network.trace.add(`tcp connect ${user.host.name}>${subject} ${code}`);
    call.reject(new SystemError(code, "connect", subject));
  }

  #establish(attempt: Attempt, toHost: NetworkHost, listener: Listener): void {
    const { user, options, delegate, call } = attempt;
    const { network } = this;
    const isLocal = isLoopback(options.remote.host);
    const near = {
      host: isLocal ? "127.0.0.1" : user.host.address,
      port: this.#clientPort(user.host),
    };
    const far = {
      host: isLocal ? "127.0.0.1" : toHost.address,
      port: options.remote.port,
    };
    this.#lastConnectionId += 1;
    const isSecure = options.tls !== undefined && listener.tls !== undefined;
    const connection = new Connection({
      id: this.#lastConnectionId,
      network,
      isSecure,
      client: { host: user.host, scope: user.scope, local: near, remote: far },
      server: { host: toHost, scope: listener.user.scope, local: far, remote: near },
    });
    connection.trace(
      `established ${near.host}:${near.port}>${far.host}:${far.port}${isSecure ? " tls" : ""}`,
    );
    const acceptMs = network.path(user.host, toHost).streamLatencyMs();
    const accept = network.scheduler.after(acceptMs, () => acceptStream(connection, listener));
    connection.client.outgoing.holdUntil(accept.ticks);
    if (options.tls !== undefined && listener.tls === undefined) {
      awaitHandshakeInVain(connection.client, call);
    } else {
      connection.client.attach(delegate);
      call.resolve(connection.client);
    }
  }

  #find(host: NetworkHost, remote: Address): Listener | undefined {
    for (const listener of this.#listeners) {
      const { local } = listener;
      if (listener.host !== host || local.port !== remote.port) continue;
      const isLocal = isLoopback(remote.host);
      const wantedHost = isLocal ? remote.host : host.address;
      if (isWildcard(local.host) || local.host === wantedHost) return listener;
    }
    return undefined;
  }

  /** Never the same twice, so that traces and ladders tell connections apart. */
  #clientPort(host: NetworkHost): number {
    let used = this.#usedPorts.get(host);
    if (used === undefined) this.#usedPorts.set(host, (used = new Set()));
    const taken = used;
    let port = this.network.ephemeralPort(host, (candidate) => !taken.has(candidate));
    if (port === null) {
      used.clear();
      port = this.network.ephemeralPort(host, () => true) ?? 0;
    }
    used.add(port);
    return port;
  }
}

class Listener implements TcpListener, Holding {
  readonly local: Address;
  readonly user: StreamUser;
  tls: TlsOptions | undefined;
  readonly onStream: Accept;
  readonly onHandshakeFailed: (remote: Address, error: Error) => void;
  heldAt = -1;
  readonly #streams: Streams;
  #isOpen = true;

  constructor(options: {
    readonly streams: Streams;
    readonly user: StreamUser;
    readonly local: Address;
    readonly tls: TlsOptions | undefined;
    readonly onStream: Accept;
    readonly onHandshakeFailed: (remote: Address, error: Error) => void;
  }) {
    this.#streams = options.streams;
    this.user = options.user;
    this.local = options.local;
    this.tls = options.tls;
    this.onStream = options.onStream;
    this.onHandshakeFailed = options.onHandshakeFailed;
  }

  renew(tls: TlsOptions): void {
    checkTlsOptions(tls, "listener");
    const { requireClientCertificate } = this.tls ?? {};
    this.tls = {
      ...tls,
      ...(requireClientCertificate === undefined ? {} : { requireClientCertificate }),
    };
  }

  get host(): NetworkHost {
    return this.user.host;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  close(): Promise<void> {
    this.abandon();
    this.user.scope.release(this);
    return this.user.scope.call(`tcp.listener.close ${this.describe()}`, 0, () => undefined);
  }

  abandon(): void {
    this.#isOpen = false;
    this.#streams.remove(this);
  }

  describe(): string {
    return `tcp listener ${this.local.host}:${this.local.port}`;
  }
}

function acceptStream(connection: Connection, listener: Listener): void {
  const end = connection.server;
  // Without power nobody answers.
  if (!listener.host.isUp) return;
  // Closed between the client's first packet and its last: the system resets such a connection.
  if (!listener.isOpen) return connection.reset();
  if (end.isClosed) return;
  if (listener.tls === undefined || end.secure) end.attach(listener.onStream(end));
  else refusePlainClient(connection);
}

/** A plain client at a TLS listener: its first bytes are no handshake. The owner never sees it. */
function refusePlainClient(connection: Connection): void {
  const { scheduler } = connection.network;
  const limit = scheduler.after(HANDSHAKE_LIMIT_MS, () => connection.reset());
  connection.server.attach({
    onData: () => connection.reset(),
    onClose: () => scheduler.cancel(limit),
  });
}

/** A TLS client at a plain listener: it says hello, and whatever comes back is no handshake. */
function awaitHandshakeInVain(client: StreamEnd, call: PendingCall<TcpStream>): void {
  const subject = `${client.remote.host}:${client.remote.port}`;
  client.attach({
    onData: () => {
      call.reject(new SystemError("EPROTO", "tls", `wrong version number, ${subject}`));
      client.destroy();
    },
    onClose: () => call.reject(new SystemError("ECONNRESET", "tls", `no handshake, ${subject}`)),
  });
  const hello = new Uint8Array(CLIENT_HELLO_BYTES);
  hello.set(CLIENT_HELLO_HEAD);
  client.write(hello);
  call.promise.catch(() => client.destroy());
}
