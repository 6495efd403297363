// TCP through the relay: a listener on each face, and for each stream that comes a second one to
// the party itself. Bytes are passed on in pieces, late, or not at all while the way is stalled;
// a reset ends both halves. TLS passes through unopened.
import type {
  Tcp,
  TcpListener,
  TcpStream,
  TcpStreamDelegate,
  Timer,
} from "@tapeline/recorder/ports";
import { NetworkPath, seededRandom, ticksFor } from "@tapeline/simulator/world";
import {
  otherParty,
  type PartyName,
  type RelayFaults,
  type RelayOptions,
} from "./relay-options.ts";

const CONNECT_LIMIT_MS = 5_000;
/** Between the pieces of a chunk, so that they are not joined again. */
const PIECE_GAP_MS = 1;
/** Bytes that wait in one direction of a stream while the way is stalled; then it is reset. */
const WAITING_BYTES = 4 * 1024 * 1024;

export class RelayStreams {
  isCut = false;
  /** Ports of either party that a firewall on the way lets through; null = all. */
  allowedPorts: ReadonlySet<number> | null = null;
  readonly #options: RelayOptions;
  readonly #listeners: TcpListener[] = [];
  readonly #pairs = new Set<StreamPair>();
  readonly #ordinals = new Map<string, number>();
  #faults: RelayFaults = {};

  constructor(options: RelayOptions) {
    this.#options = options;
  }

  /** Rejects when a port of a party cannot be had. */
  async start(): Promise<void> {
    for (const name of ["pbx", "recorder"] as const) {
      const { face, tcp, tcpPorts } = this.#options[name];
      for (const port of tcpPorts) {
        const local = { host: face, port };
        this.#listeners.push(await tcp.listen({ local }, (stream) => this.#accept(name, stream)));
      }
    }
  }

  setFaults(faults: RelayFaults): void {
    this.#faults = faults;
    this.wake();
  }

  /** Something may be passable again. */
  wake(): void {
    for (const pair of this.#pairs) pair.wake();
  }

  resetAll(): void {
    for (const pair of this.#pairs) pair.reset();
  }

  async close(): Promise<void> {
    this.resetAll();
    await Promise.all(this.#listeners.splice(0).map((listener) => listener.close()));
  }

  #accept(to: PartyName, stream: TcpStream): TcpStreamDelegate {
    const { port } = stream.local;
    const role = `${to} ${this.#options[to].tcpPorts.indexOf(port)}`;
    const ordinal = this.#ordinals.get(role) ?? 0;
    this.#ordinals.set(role, ordinal + 1);
    const pair = new StreamPair({
      options: this.#options,
      name: `${role} ${ordinal}`,
      from: stream,
      faultsTo: (name) => this.#faultsTo(name),
      isBlocked: () => this.isCut || this.allowedPorts?.has(port) === false,
      to,
      onGone: () => this.#pairs.delete(pair),
    });
    this.#pairs.add(pair);
    // The far half goes out on the side on which the party itself is.
    void pair.connect(this.#options[otherParty(to)].tcp, {
      host: this.#options[to].host,
      port,
    });
    return pair.delegate;
  }

  #faultsTo(to: PartyName) {
    const { only, streams } = this.#faults;
    return only === undefined || only === `to-${to}` ? streams : undefined;
  }
}

/** One connection: the half that came, and the half that the relay made. */
class StreamPair {
  readonly delegate: TcpStreamDelegate;
  readonly #near: TcpStream;
  readonly #ahead: Pipe;
  readonly #back: Pipe;
  readonly #onGone: () => void;
  #far: TcpStream | null = null;
  #isGone = false;

  constructor(given: {
    readonly options: RelayOptions;
    readonly name: string;
    readonly from: TcpStream;
    readonly to: PartyName;
    readonly faultsTo: (name: PartyName) => RelayFaults["streams"];
    readonly isBlocked: () => boolean;
    readonly onGone: () => void;
  }) {
    const { options, name, to, faultsTo, isBlocked } = given;
    this.#near = given.from;
    this.#onGone = given.onGone;
    const pipe = (towards: PartyName, target: () => TcpStream | null): Pipe =>
      new Pipe({
        options,
        name: `${name} to ${towards}`,
        target,
        faults: () => faultsTo(towards),
        isBlocked,
        onFull: () => this.reset(),
        onEnded: () => target()?.close(),
      });
    this.#ahead = pipe(to, () => this.#far);
    this.#back = pipe(otherParty(to), () => this.#near);
    this.delegate = {
      onData: (data) => this.#ahead.push(data),
      onClose: (error) => this.#onClose(this.#ahead, error),
    };
  }

  async connect(tcp: Tcp, remote: { readonly host: string; readonly port: number }): Promise<void> {
    try {
      const far = await tcp.connect(
        { remote, timeoutMs: CONNECT_LIMIT_MS },
        {
          onData: (data) => this.#back.push(data),
          onClose: (error) => this.#onClose(this.#back, error),
        },
      );
      if (this.#isGone) return far.destroy();
      this.#far = far;
      this.#ahead.wake();
    } catch {
      // Nobody there: to the one who came it is a connection that was reset.
      this.reset();
    }
  }

  wake(): void {
    this.#ahead.wake();
    this.#back.wake();
  }

  reset(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#ahead.stop();
    this.#back.stop();
    this.#near.destroy();
    this.#far?.destroy();
    this.#onGone();
  }

  #onClose(pipe: Pipe, error: Error | null): void {
    if (error !== null) return this.reset();
    pipe.end();
    if (this.#ahead.hasEnded && this.#back.hasEnded) {
      this.#isGone = true;
      this.#onGone();
    }
  }
}

interface PipeOptions {
  readonly options: RelayOptions;
  readonly name: string;
  /** null until it is connected. */
  readonly target: () => TcpStream | null;
  readonly faults: () => RelayFaults["streams"];
  readonly isBlocked: () => boolean;
  readonly onFull: () => void;
  readonly onEnded: () => void;
}

/** One direction of a stream. Order is kept whatever the delay. */
class Pipe {
  hasEnded = false;
  readonly #clock: RelayOptions["clock"];
  readonly #path: NetworkPath;
  readonly #given: PipeOptions;
  readonly #queue: { readonly data: Uint8Array; readonly dueMs: number }[] = [];
  #queuedBytes = 0;
  #lastDueMs = 0;
  #timer: Timer | null = null;
  #isStopped = false;

  constructor(given: PipeOptions) {
    const { clock, seed } = given.options;
    this.#given = given;
    this.#clock = clock;
    this.#path = new NetworkPath({
      name: given.name,
      latencyMs: [0, 0],
      clock: {
        get nowTicks() {
          return ticksFor(clock.nowMs());
        },
      },
      random: (name) => seededRandom(seed, `relay stream ${name}`),
    });
  }

  push(data: Uint8Array): void {
    this.#path.streamFaults = this.#given.faults();
    for (let offset = 0; offset < data.length;) {
      const bytes = this.#path.pieceBytes(data.length - offset);
      const dueMs = this.#clock.nowMs() + this.#path.streamLatencyMs();
      this.#lastDueMs = Math.max(this.#lastDueMs, dueMs);
      this.#queue.push({ data: data.slice(offset, offset + bytes), dueMs: this.#lastDueMs });
      offset += bytes;
    }
    this.#queuedBytes += data.length;
    if (this.#queuedBytes > WAITING_BYTES) return this.#given.onFull();
    this.wake();
  }

  end(): void {
    this.hasEnded = true;
    this.wake();
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  /** Passes on what is due; each piece in a turn of its own, so that it is written by itself. */
  wake(): void {
    if (this.#isStopped || this.#timer !== null) return;
    const target = this.#given.target();
    const isStalled = this.#given.isBlocked() || this.#given.faults()?.stalled === true;
    if (target === null || isStalled) return;
    const next = this.#queue[0];
    if (next === undefined) {
      if (this.hasEnded) this.#given.onEnded();
      return;
    }
    const waitMs = next.dueMs - this.#clock.nowMs();
    if (waitMs > 0) return this.#wakeIn(waitMs);
    this.#queue.shift();
    this.#queuedBytes -= next.data.length;
    target.write(next.data);
    if (this.#queue.length > 0 || this.hasEnded) this.#wakeIn(PIECE_GAP_MS);
  }

  #wakeIn(delayMs: number): void {
    this.#timer = this.#clock.setTimer("relay.stream", delayMs, () => {
      this.#timer = null;
      this.wake();
    });
  }
}
