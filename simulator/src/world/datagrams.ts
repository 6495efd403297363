// UDP in the virtual world. What is sent decides its fate at once (network-path.ts); a copy that
// arrives is one synchronous callback of whoever is bound to the port at that moment.
import type { Address, Udp, UdpDelegate, UdpOptions, UdpSocket } from "@tapeline/recorder/ports";
import { addressesOverlap, isLocalAddress, isLoopback, isWildcard } from "./network.ts";
import type { Network, NetworkHost } from "./network.ts";
import type { Holding, ProcessScope } from "./process-scope.ts";
import { copyOfPayload } from "./payload-copy.ts";
import type { DatagramJourney, FlowPorts, NetworkPath } from "./network-path.ts";
import { SystemError } from "./system-error.ts";
import { traceText, type Trace } from "./trace.ts";
import { microsecondsOf } from "./virtual-time.ts";

/** 65,535 less the headers of IPv4 and UDP. */
const MAXIMUM_DATAGRAM_BYTES = 65_507;
/** What Linux gives without being asked. */
const DEFAULT_RECEIVE_BUFFER_BYTES = 212_992;
const BIND_MS = 0.05;
/** For the trace. */
const [SPACE, NOBODY, LOST, CORRUPT, AFTER] = [" ", " nobody", " lost", " corrupt", " +"].map(
  traceText,
) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array];

/** Of a datagram that goes where nobody is. */
const NOT_HEARD: DatagramJourney = { arrivalTicks: [], isCorrupted: false };

/** All UDP sockets of the world, by host and port. */
export class DatagramSockets {
  readonly network: Network;
  readonly #sockets = new Map<NetworkHost, Map<number, VirtualUdpSocket[]>>();

  constructor(network: Network) {
    this.network = network;
  }

  portFor(host: NetworkHost, scope: ProcessScope): Udp {
    return {
      bind: (options, delegate) =>
        scope.call(`udp.bind ${options.local.host}:${options.local.port}`, BIND_MS, () =>
          this.#bind({ host, scope, options, delegate }),
        ),
    };
  }

  /** The socket that a datagram for `address`:`port` of `host` goes to. */
  find(host: NetworkHost, address: string, port: number): VirtualUdpSocket | undefined {
    const bound = this.#sockets.get(host)?.get(port) ?? [];
    // A loop: it is asked twice a packet, and a closure would cost more than the search.
    for (const socket of bound) {
      if (socket.local.host === address || isWildcard(socket.local.host)) return socket;
    }
    return undefined;
  }

  remove(host: NetworkHost, socket: VirtualUdpSocket): void {
    const ports = this.#sockets.get(host);
    const rest = ports?.get(socket.local.port)?.filter((other) => other !== socket) ?? [];
    if (rest.length > 0) ports?.set(socket.local.port, rest);
    else ports?.delete(socket.local.port);
  }

  #bind(request: {
    readonly host: NetworkHost;
    readonly scope: ProcessScope;
    readonly options: UdpOptions;
    readonly delegate: UdpDelegate;
  }): UdpSocket {
    const { host, scope, options, delegate } = request;
    const wanted = options.local;
    const subject = `${wanted.host}:${wanted.port}`;
    if (!isLocalAddress(host, wanted.host)) throw new SystemError("EADDRNOTAVAIL", "bind", subject);
    const isFree = (port: number): boolean => !this.#isTaken(host, wanted.host, port);
    const port = wanted.port === 0 ? this.network.ephemeralPort(host, isFree) : wanted.port;
    if (port === null || !isFree(port)) throw new SystemError("EADDRINUSE", "bind", subject);
    const socket = new VirtualUdpSocket({
      sockets: this,
      host,
      scope,
      delegate,
      local: { host: wanted.host, port },
      receiveBufferBytes: options.receiveBufferBytes ?? DEFAULT_RECEIVE_BUFFER_BYTES,
    });
    let ports = this.#sockets.get(host);
    if (ports === undefined) this.#sockets.set(host, (ports = new Map()));
    ports.set(port, [...(ports.get(port) ?? []), socket]);
    scope.hold(socket);
    this.network.trace.add(`udp bind ${host.name} ${wanted.host}:${port}`);
    return socket;
  }

  #isTaken(host: NetworkHost, address: string, port: number): boolean {
    const bound = this.#sockets.get(host)?.get(port) ?? [];
    return bound.some((socket) => addressesOverlap(socket.local.host, address));
  }
}

/** What is known of a target, kept for the next packet to the same one. */
interface Route {
  readonly source: Address;
  readonly to: Address;
  /** null when no such host is there. */
  readonly toHost: NetworkHost | null;
  readonly path: NetworkPath | null;
  readonly flow: FlowPorts;
  /** For the trace. */
  readonly label: Uint8Array;
}

class VirtualUdpSocket implements UdpSocket, Holding {
  readonly local: Address;
  heldAt = -1;
  readonly #sockets: DatagramSockets;
  readonly #host: NetworkHost;
  readonly #scope: ProcessScope;
  readonly #receiveBufferBytes: number;
  /** As other hosts and as this host itself see this socket. */
  readonly #source: Address;
  readonly #loopbackSource: Address;
  #delegate: UdpDelegate | null;
  #lastRoute: Route | null = null;

  constructor(options: {
    readonly sockets: DatagramSockets;
    readonly host: NetworkHost;
    readonly scope: ProcessScope;
    readonly delegate: UdpDelegate;
    readonly local: Address;
    readonly receiveBufferBytes: number;
  }) {
    const { host, local } = options;
    this.local = local;
    this.#sockets = options.sockets;
    this.#host = host;
    this.#scope = options.scope;
    this.#delegate = options.delegate;
    this.#receiveBufferBytes = options.receiveBufferBytes;
    const isBoundToOne = !isWildcard(local.host);
    this.#source = { host: isBoundToOne ? local.host : host.address, port: local.port };
    this.#loopbackSource = { host: isBoundToOne ? local.host : "127.0.0.1", port: local.port };
  }

  send(data: Uint8Array, target: Address): void {
    if (this.#delegate === null) return;
    if (data.length > MAXIMUM_DATAGRAM_BYTES) return this.#fail("EMSGSIZE", target);
    if (target.port < 1 || target.port > 65_535) return this.#fail("EINVAL", target);
    const { network } = this.#sockets;
    const route = this.#routeTo(target);
    const { source, to, toHost, path, flow } = route;
    const { trace } = network;
    trace.begin(route.label).number(data.length).text(SPACE).checksum(data);
    const isHeard = toHost !== null && path !== null && this.#canReach(toHost, source, to);
    if (!isHeard) {
      trace.text(NOBODY).end();
      network.tellObservers(data, route, NOT_HEARD);
      return;
    }
    const journey = path.sendDatagram(data.length, flow);
    this.#addFate(trace, journey);
    network.tellObservers(data, route, journey);
    for (const ticks of journey.arrivalTicks) {
      // A copy for each receiver, which may change it.
      this.#deliver(journey.isCorrupted ? path.corrupt(data) : copyOfPayload(data), route, ticks);
    }
  }

  #deliver(copy: Uint8Array, { source, to, toHost }: Route, ticks: number): void {
    const sockets = this.#sockets;
    if (toHost === null) return;
    sockets.network.scheduler.at(ticks, () =>
      sockets.find(toHost, to.host, to.port)?.receive(copy, source),
    );
  }

  receive(data: Uint8Array, source: Address): void {
    this.#delegate?.onDatagram(data, source);
  }

  receiveBufferBytes(): number {
    return this.#receiveBufferBytes;
  }

  kernelDropCount(): number {
    return 0;
  }

  /** A datagram that has arrived has been delivered. */
  whenDrained(callback: () => void): void {
    callback();
  }

  close(): void {
    if (this.#delegate === null) return;
    this.#sockets.network.trace.add(`udp close ${this.#host.name} ${this.#name}`);
    this.#scope.release(this);
    this.abandon();
  }

  abandon(): void {
    this.#delegate = null;
    this.#sockets.remove(this.#host, this);
  }

  describe(): string {
    return `udp ${this.#name}`;
  }

  get #name(): string {
    return `${this.local.host}:${this.local.port}`;
  }

  #routeTo(target: Address): Route {
    const last = this.#lastRoute;
    if (last?.to.host === target.host && last.to.port === target.port) return last;
    const { network } = this.#sockets;
    const toHost = network.route(this.#host, target.host) ?? null;
    const source = isLoopback(target.host) ? this.#loopbackSource : this.#source;
    const route: Route = {
      source,
      to: { host: target.host, port: target.port },
      toHost,
      path: toHost && network.path(this.#host, toHost),
      flow: { protocol: "udp", fromPort: source.port, toPort: target.port },
      label: traceText(`udp ${source.host}:${source.port}>${target.host}:${target.port} `),
    };
    // A host that is not there may still be added to the world.
    if (toHost !== null) this.#lastRoute = route;
    return route;
  }

  /** A socket bound to loopback reaches loopback only; nobody bound means nobody hears. */
  #canReach(toHost: NetworkHost, source: Address, target: Address): boolean {
    if (isLoopback(source.host) && toHost !== this.#host) return false;
    return toHost.isUp && this.#sockets.find(toHost, target.host, target.port) !== undefined;
  }

  #addFate(trace: Trace, { arrivalTicks, isCorrupted }: DatagramJourney): void {
    if (arrivalTicks.length === 0) trace.text(LOST);
    else if (isCorrupted) trace.text(CORRUPT);
    const nowTicks = this.#sockets.network.scheduler.nowTicks;
    for (const ticks of arrivalTicks) trace.text(AFTER).number(microsecondsOf(ticks - nowTicks));
    trace.end();
  }

  /** As the kernel's answer to a send: later, by `onError`. */
  #fail(code: string, target: Address): void {
    const error = new SystemError(code, "send", `${target.host}:${target.port}`);
    this.#sockets.network.scheduler.after(0, () => this.#delegate?.onError(error));
  }
}
