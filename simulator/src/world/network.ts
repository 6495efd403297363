// The virtual network: who is where, the paths between the hosts, and the faults that people and
// harness put on them. Datagrams are in datagrams.ts, streams in streams.ts.
import type { Address } from "@tapeline/recorder/ports";
import type {
  AllowedFlow,
  DatagramFate,
  DatagramFaults,
  StreamBytes,
  StreamFaults,
  VirtualNetwork,
} from "./contract.ts";
import type { SeededRandom } from "./contract.ts";
import { LAN_LATENCY_MS, LOOPBACK_LATENCY_MS, NetworkPath } from "./network-path.ts";
import type { DatagramJourney } from "./network-path.ts";
import type { Scheduler } from "./scheduler.ts";
import type { Trace } from "./trace.ts";
import { millisecondsOf } from "./virtual-time.ts";

/** The range from which Linux hands out ports. */
const EPHEMERAL_PORTS = [32_768, 60_999] as const;

/** One host as the network sees it. */
export interface NetworkHost {
  readonly name: string;
  readonly address: string;
  /** False from a power crash to the next boot. */
  isUp: boolean;
}

/** A stream between two hosts, as far as faults concern it. */
export interface NetworkConnection {
  readonly hosts: readonly [NetworkHost, NetworkHost];
  reset(): void;
  /** A path may be passable again. */
  wake(): void;
}

/** From where to where a datagram goes. */
interface SentBetween {
  readonly source: Address;
  readonly to: Address;
}

interface StreamObserver {
  readonly onBytes: (bytes: StreamBytes) => void;
  readonly originMs: number;
}

interface Observer {
  readonly onDatagram: (fate: DatagramFate) => void;
  readonly originMs: number;
}

export class Network implements VirtualNetwork {
  readonly scheduler: Scheduler;
  readonly trace: Trace;
  readonly connections = new Set<NetworkConnection>();
  readonly #random: (name: string) => SeededRandom;
  readonly #hostsByAddress = new Map<string, NetworkHost>();
  readonly #paths = new Map<NetworkHost, Map<NetworkHost, NetworkPath>>();
  readonly #portRandoms = new Map<NetworkHost, SeededRandom>();
  readonly #observers: Observer[] = [];
  readonly #streamObservers: StreamObserver[] = [];

  constructor(options: {
    readonly scheduler: Scheduler;
    readonly trace: Trace;
    readonly random: (name: string) => SeededRandom;
  }) {
    this.scheduler = options.scheduler;
    this.trace = options.trace;
    this.#random = options.random;
  }

  addHost(host: NetworkHost): void {
    const isTaken = this.#hostsByAddress.has(host.address);
    if (isTaken) throw new Error(`two hosts with the address ${host.address}`);
    this.#hostsByAddress.set(host.address, host);
    this.#portRandoms.set(host, this.#random(`ports ${host.name}`));
  }

  /** The host that an address, or as by DNS a name, means when said on host `from`. */
  route(from: NetworkHost, address: string): NetworkHost | undefined {
    if (isLoopback(address)) return from;
    return this.#hostsByAddress.get(address) ?? this.#hostNamed(address);
  }

  path(from: NetworkHost, to: NetworkHost): NetworkPath {
    let paths = this.#paths.get(from);
    if (paths === undefined) this.#paths.set(from, (paths = new Map()));
    let path = paths.get(to);
    if (path === undefined) {
      path = new NetworkPath({
        name: `${from.name}>${to.name}`,
        latencyMs: from === to ? LOOPBACK_LATENCY_MS : LAN_LATENCY_MS,
        clock: this.scheduler,
        random: this.#random,
      });
      paths.set(to, path);
    }
    return path;
  }

  /** A port of which `isFree` holds, or null. */
  ephemeralPort(host: NetworkHost, isFree: (port: number) => boolean): number | null {
    const [first, last] = EPHEMERAL_PORTS;
    const count = last - first + 1;
    const start = this.#portRandoms.get(host)?.integer(0, count - 1) ?? 0;
    for (let step = 0; step < count; step += 1) {
      const port = first + ((start + step) % count);
      if (isFree(port)) return port;
    }
    return null;
  }

  datagramFaults(hostA: string, hostB: string, faults: DatagramFaults | undefined): void {
    this.trace.add(`fault datagrams ${hostA} ${hostB} ${JSON.stringify(faults ?? null)}`);
    for (const path of this.#bothWays(hostA, hostB)) path.setDatagramFaults(faults);
  }

  streamFaults(hostA: string, hostB: string, faults: StreamFaults | undefined): void {
    this.trace.add(`fault streams ${hostA} ${hostB} ${JSON.stringify(faults ?? null)}`);
    for (const path of this.#bothWays(hostA, hostB)) path.streamFaults = faults;
    this.#wakeAll();
  }

  cut(hostA: string, hostB: string, isCut: boolean): void {
    this.trace.add(`fault cut ${hostA} ${hostB} ${isCut}`);
    for (const path of this.#bothWays(hostA, hostB)) path.isCut = isCut;
    this.#wakeAll();
  }

  firewall(hostA: string, hostB: string, allowed: readonly AllowedFlow[] | undefined): void {
    this.trace.add(`fault firewall ${hostA} ${hostB} ${JSON.stringify(allowed ?? null)}`);
    const a = this.#named(hostA);
    const b = this.#named(hostB);
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      const leadsTo = (host: NetworkHost, protocol: string, port: number): boolean =>
        allowed?.some(
          (flow) =>
            this.#named(flow.host) === host && flow.protocol === protocol && flow.port === port,
        ) ?? true;
      this.path(from, to).allows =
        allowed === undefined
          ? undefined
          : ({ protocol, fromPort, toPort }) =>
              leadsTo(to, protocol, toPort) || leadsTo(from, protocol, fromPort);
    }
    this.#wakeAll();
  }

  resetStreams(hostA: string, hostB: string): void {
    this.trace.add(`fault reset ${hostA} ${hostB}`);
    const a = this.#named(hostA);
    const b = this.#named(hostB);
    for (const connection of this.connections) {
      const [client, server] = connection.hosts;
      const isBetween = (client === a && server === b) || (client === b && server === a);
      if (isBetween) connection.reset();
    }
  }

  observe(onDatagram: (fate: DatagramFate) => void, originMs = 0): void {
    this.#observers.push({ onDatagram, originMs });
  }

  /** A datagram just sent, and what becomes of it; no times of arrival = lost, or nobody hears. */
  tellObservers(
    data: Uint8Array,
    { source, to }: SentBetween,
    { arrivalTicks, isCorrupted: corrupted }: DatagramJourney,
  ): void {
    const nowMs = this.scheduler.nowMs;
    for (const { onDatagram, originMs } of this.#observers) {
      const arrivalsMs = timesOf(arrivalTicks, originMs);
      onDatagram({ sentMs: originMs + nowMs, from: source, to, data, arrivalsMs, corrupted });
    }
  }

  observeStreams(onBytes: (bytes: StreamBytes) => void, originMs = 0): void {
    this.#streamObservers.push({ onBytes, originMs });
  }

  tellStreamObservers(bytes: Omit<StreamBytes, "atMs">): void {
    const { nowMs } = this.scheduler;
    for (const { onBytes, originMs } of this.#streamObservers) {
      onBytes({ ...bytes, atMs: originMs + nowMs });
    }
  }

  heal(): void {
    for (const paths of this.#paths.values()) {
      for (const path of paths.values()) {
        path.isCut = false;
        path.allows = undefined;
        path.streamFaults = undefined;
        path.setDatagramFaults(undefined);
      }
    }
    this.#wakeAll();
  }

  #wakeAll(): void {
    for (const connection of this.connections) connection.wake();
  }

  #bothWays(hostA: string, hostB: string): NetworkPath[] {
    const a = this.#named(hostA);
    const b = this.#named(hostB);
    return a === b ? [this.path(a, a)] : [this.path(a, b), this.path(b, a)];
  }

  /** By name or address. */
  #named(nameOrAddress: string): NetworkHost {
    const host = this.#hostsByAddress.get(nameOrAddress) ?? this.#hostNamed(nameOrAddress);
    if (host === undefined) throw new Error(`no host ${nameOrAddress} in this world`);
    return host;
  }

  #hostNamed(name: string): NetworkHost | undefined {
    for (const host of this.#hostsByAddress.values()) if (host.name === name) return host;
    return undefined;
  }
}

/** Not pushed: a list that grows keeps room for 17, and a run keeps a list a packet. */
function timesOf(arrivalTicks: readonly number[], originMs: number): readonly number[] {
  const [first] = arrivalTicks;
  // The usual case, without what `map` needs for itself.
  if (arrivalTicks.length === 1 && first !== undefined) return [originMs + millisecondsOf(first)];
  return arrivalTicks.map((ticks) => originMs + millisecondsOf(ticks));
}

export function isWildcard(address: string): boolean {
  return address === "0.0.0.0" || address === "::";
}

export function isLoopback(address: string): boolean {
  return address.startsWith("127.") || address === "::1" || address === "localhost";
}

/** Whether `host` can bind to `address`. */
export function isLocalAddress(host: NetworkHost, address: string): boolean {
  return isWildcard(address) || isLoopback(address) || address === host.address;
}

/** Whether two binds to the same port exclude each other. */
export function addressesOverlap(a: string, b: string): boolean {
  return a === b || isWildcard(a) || isWildcard(b);
}
