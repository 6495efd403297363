// UDP through the relay. Each port of a party is a door: a socket on its face. What comes in there
// goes out of the door of the sender's port, so that the receiver sees the sender's port. The fate
// of a datagram is decided at once, by network-path.ts of the virtual world, flow by flow.
import type { Address, Timer, UdpSocket } from "@tapeline/recorder/ports";
import {
  Bottleneck,
  millisecondsOf,
  NetworkPath,
  seededRandom,
  ticksFor,
} from "@tapeline/simulator/world";
import {
  otherParty,
  type PartyName,
  type RelayFaults,
  type RelayOptions,
} from "./relay-options.ts";
import { rewriteSip } from "./sip-alg.ts";

/** Datagrams that wait for the door by which they leave. */
const WAITING_DATAGRAMS = 64;
/** Doors at once; datagrams of further ports are lost. */
const MAXIMUM_DOORS = 4_096;

/** A port of a party as the other one sees it. */
interface Door {
  readonly name: PartyName;
  /** The party's own port. */
  readonly port: number;
  socket: UdpSocket | null;
  waiting: { readonly data: Uint8Array; readonly target: Address }[];
  forget: Timer | null;
  isShut: boolean;
}

/** A datagram on its way to the party `to`. */
interface Passing {
  readonly to: PartyName;
  readonly fromPort: number;
  readonly toPort: number;
  readonly data: Uint8Array;
}

export class RelayDatagrams {
  isCut = false;
  /** Ports of the recorder that a firewall on the way lets through; null = all. */
  allowedPorts: ReadonlySet<number> | null = null;
  readonly #options: RelayOptions;
  readonly #doors = new Map<string, Door>();
  readonly #paths = new Map<string, NetworkPath>();
  readonly #bottlenecks = new Map<PartyName, Bottleneck>();
  readonly #ordinals = new Map<number, Map<number, number>>();
  readonly #inFlight = new Set<Timer>();
  #faults: RelayFaults = {};
  #isClosed = false;

  constructor(options: RelayOptions) {
    this.#options = options;
  }

  /** Rejects when a port of a party cannot be had. */
  async start(): Promise<void> {
    for (const name of ["pbx", "recorder"] as const) {
      for (const port of this.#options[name].udpPorts) {
        await this.#bind(this.#newDoor(name, port), port);
      }
    }
  }

  setFaults(faults: RelayFaults): void {
    const wasNat = this.#faults.natIdleMs !== undefined;
    this.#faults = faults;
    this.#bottlenecks.clear();
    for (const [key, path] of this.#paths) path.setDatagramFaults(this.#faultsTo(partyOf(key)));
    const isNat = faults.natIdleMs !== undefined;
    if (isNat !== wasNat) this.#forgetPbx(isNat);
  }

  /** A NAT knows a port only after something came from it; without one all are there again. */
  #forgetPbx(isNat: boolean): void {
    for (const door of this.#doors.values()) if (door.name === "pbx") this.#shut(door);
    if (isNat || this.#isClosed) return;
    for (const port of this.#options.pbx.udpPorts) this.#opened("pbx", port);
  }

  close(): void {
    this.#isClosed = true;
    for (const timer of this.#inFlight) timer.cancel();
    this.#inFlight.clear();
    for (const door of this.#doors.values()) this.#shut(door);
  }

  #faultsTo(to: PartyName) {
    const { only, datagrams } = this.#faults;
    return only === undefined || only === `to-${to}` ? datagrams : undefined;
  }

  #newDoor(name: PartyName, port: number): Door {
    const door: Door = { name, port, socket: null, waiting: [], forget: null, isShut: false };
    this.#doors.set(doorKey(name, port), door);
    return door;
  }

  async #bind(door: Door, port: number): Promise<void> {
    const { face, udp } = this.#options[door.name];
    const socket = await udp.bind(
      { local: { host: face, port } },
      {
        onDatagram: (data, source) =>
          this.#take({
            ...{ to: door.name, toPort: door.port, data },
            fromPort: source.port,
          }),
        // As a port that is closed beyond: nothing to be done on the way.
        onError: () => undefined,
      },
    );
    if (this.#isClosed || door.isShut) return socket.close();
    door.socket = socket;
    for (const { data, target } of door.waiting) socket.send(data, target);
    door.waiting = [];
  }

  #shut(door: Door): void {
    door.isShut = true;
    door.forget?.cancel();
    door.socket?.close();
    this.#doors.delete(doorKey(door.name, door.port));
  }

  #take(passing: Passing): void {
    const { clock, onFate } = this.#options;
    const { to, data } = passing;
    const sentMs = clock.nowMs();
    const path = this.#path(passing);
    const { arrivalsMs, isCorrupted } = this.#fate(passing, path);
    onFate?.({ ...this.#ends(passing), sentMs, data, arrivalsMs, corrupted: isCorrupted });
    const broken = isCorrupted ? path.corrupt(data) : data;
    const passed = { ...passing, data: this.#rewritten(to, broken) };
    for (const atMs of arrivalsMs) this.#at(atMs - sentMs, () => this.#pass(passed));
  }

  #fate(passing: Passing, path: NetworkPath) {
    const { clock } = this.#options;
    const lost = { arrivalsMs: [], isCorrupted: false };
    if (this.isCut || this.#isDenied(passing)) return lost;
    const flow = { protocol: "udp", fromPort: passing.fromPort, toPort: passing.toPort } as const;
    const { arrivalTicks, isCorrupted } = path.sendDatagram(passing.data.length, flow);
    if (arrivalTicks.length === 0) return lost;
    const waitMs = this.#waitMs(passing, clock.nowMs());
    if (waitMs === null) return lost;
    return { arrivalsMs: arrivalTicks.map((ticks) => millisecondsOf(ticks) + waitMs), isCorrupted };
  }

  #isDenied({ to, fromPort, toPort }: Passing): boolean {
    const recorderPort = to === "recorder" ? toPort : fromPort;
    return this.allowedPorts?.has(recorderPort) === false;
  }

  /** What a narrow link makes it wait; null = no room in the queue. */
  #waitMs({ to, data }: Passing, nowMs: number): number | null {
    const { rateBitsPerSecond, only } = this.#faults;
    if (rateBitsPerSecond === undefined) return 0;
    if (only !== undefined && only !== `to-${to}`) return 0;
    const known = this.#bottlenecks.get(to);
    const bottleneck = known ?? new Bottleneck(rateBitsPerSecond);
    this.#bottlenecks.set(to, bottleneck);
    return bottleneck.push(nowMs, data.length);
  }

  /**
   * The way of one flow in one direction. Named by the role of the recorder's port and the order
   * in which the IP Office's ports appeared: real port numbers differ from run to run.
   */
  #path({ to, fromPort, toPort }: Passing): NetworkPath {
    const [pbxPort, recorderPort] = to === "pbx" ? [toPort, fromPort] : [fromPort, toPort];
    const role = this.#options.recorder.udpPorts.indexOf(recorderPort);
    const ordinals = this.#ordinals.get(role) ?? new Map<number, number>();
    this.#ordinals.set(role, ordinals);
    const ordinal = ordinals.get(pbxPort) ?? ordinals.size;
    ordinals.set(pbxPort, ordinal);
    const key = `${to} ${role} ${ordinal}`;
    return this.#paths.get(key) ?? this.#newPath(key);
  }

  #newPath(key: string): NetworkPath {
    const { clock, seed } = this.#options;
    const path = new NetworkPath({
      name: key,
      latencyMs: [0, 0],
      clock: {
        get nowTicks() {
          return ticksFor(clock.nowMs());
        },
      },
      random: (name) => seededRandom(seed, `relay ${name}`),
    });
    path.setDatagramFaults(this.#faultsTo(partyOf(key)));
    this.#paths.set(key, path);
    return path;
  }

  /** With the addresses that the IP Office sees. */
  #ends({ to, fromPort, toPort }: Passing): { readonly from: Address; readonly to: Address } {
    const { pbx, recorder } = this.#options;
    return to === "recorder"
      ? { from: { host: pbx.host, port: fromPort }, to: { host: recorder.face, port: toPort } }
      : { from: { host: recorder.face, port: fromPort }, to: { host: pbx.host, port: toPort } };
  }

  #rewritten(to: PartyName, data: Uint8Array): Uint8Array {
    const { alg } = this.#faults;
    if (alg === undefined || to !== "recorder") return data;
    const { host, face } = this.#options.pbx;
    return rewriteSip(rewriteSip(data, host, alg), face, alg);
  }

  #at(delayMs: number, act: () => void): void {
    if (delayMs <= 0) return act();
    const timer = this.#options.clock.setTimer("relay.datagram", delayMs, () => {
      this.#inFlight.delete(timer);
      act();
    });
    this.#inFlight.add(timer);
  }

  #pass({ to, fromPort, toPort, data }: Passing): void {
    const from = otherParty(to);
    const door = this.#doors.get(doorKey(from, fromPort)) ?? this.#opened(from, fromPort);
    if (door === null || this.#isClosed) return;
    this.#keepInMind(door);
    const target = { host: this.#options[to].host, port: toPort };
    if (door.socket !== null) door.socket.send(data, target);
    else if (door.waiting.length < WAITING_DATAGRAMS) door.waiting.push({ data, target });
  }

  #opened(name: PartyName, port: number): Door | null {
    if (this.#doors.size >= MAXIMUM_DOORS) return null;
    const door = this.#newDoor(name, port);
    const { natIdleMs, natKeepsPorts = false } = this.#faults;
    const isNat = name === "pbx" && natIdleMs !== undefined && !natKeepsPorts;
    // Somebody else's port on the face: then the receiver sees another one, as behind any NAT.
    void this.#bind(door, isNat ? 0 : port)
      .catch(() => this.#bind(door, 0))
      .catch(() => this.#shut(door));
    return door;
  }

  #keepInMind(door: Door): void {
    const { natIdleMs } = this.#faults;
    if (natIdleMs === undefined || door.name !== "pbx") return;
    door.forget?.cancel();
    const forget = () => this.#shut(door);
    door.forget = this.#options.clock.setTimer("relay.nat", natIdleMs, forget);
  }
}

function doorKey(name: PartyName, port: number): string {
  return `${name} ${port}`;
}

/** The party to which the path of this key leads. */
function partyOf(key: string): PartyName {
  return key.startsWith("pbx") ? "pbx" : "recorder";
}
