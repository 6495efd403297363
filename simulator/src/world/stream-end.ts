// One end of a virtual TCP connection and the bytes on their way to the other end. Bytes arrive in
// order, with the latency and faults of the path (network-path.ts), as synchronous callbacks.
import type { Address, TcpStream, TcpStreamDelegate } from "@tapeline/recorder/ports";
import type { Network, NetworkConnection, NetworkHost } from "./network.ts";
import type { NetworkPath } from "./network-path.ts";
import type { CrashKind, Holding, ProcessScope } from "./process-scope.ts";
import type { ScheduledEvent } from "./event-queue.ts";
import { SystemError } from "./system-error.ts";
import { checksum } from "./trace.ts";
import { ticksFor } from "./virtual-time.ts";

/** What the two systems' socket buffers take before a writer's bytes queue up. */
const SOCKET_BUFFER_BYTES = 131_072;
/** At most so much is handed over in one callback. */
const MAXIMUM_CHUNK_BYTES = 65_536;
/** Bytes that nobody acknowledges are sent again, twice as late each time (RFC 6298 §5.5). */
const FIRST_REPEAT_MS = 1_000;
const LAST_REPEAT_MS = 64_000;
/** A side that has nothing to send asks whether the other is there (RFC 1122 §4.2.3.6). */
const KEEP_ALIVE_MS = 30_000;
/** Between two pieces of one chunk, under the chunking fault. */
const PIECE_GAP_MS = 0.1;

interface Segment {
  /** null = the end of the stream. */
  data: Uint8Array | null;
  dueTicks: number;
}

/** The two ends of one connection, for faults that concern both. */
export class Connection implements NetworkConnection {
  readonly id: number;
  readonly network: Network;
  readonly hosts: readonly [NetworkHost, NetworkHost];
  readonly client: StreamEnd;
  readonly server: StreamEnd;

  constructor(options: {
    readonly id: number;
    readonly network: Network;
    readonly client: StreamEndOptions;
    readonly server: StreamEndOptions;
    readonly isSecure: boolean;
  }) {
    this.id = options.id;
    this.network = options.network;
    this.hosts = [options.client.host, options.server.host];
    this.client = new StreamEnd(this, "client", options.client, options.isSecure);
    this.server = new StreamEnd(this, "server", options.server, options.isSecure);
    this.network.connections.add(this);
  }

  reset(): void {
    this.network.scheduler.after(0, () => {
      this.client.outgoing.deliverSomeLast();
      this.server.outgoing.deliverSomeLast();
      this.client.fail("ECONNRESET");
      this.server.fail("ECONNRESET");
    });
  }

  wake(): void {
    this.client.outgoing.pump();
    this.server.outgoing.pump();
  }

  peerOf(end: StreamEnd): StreamEnd {
    return end === this.client ? this.server : this.client;
  }

  path(from: StreamEnd): NetworkPath {
    return this.network.path(from.host, this.peerOf(from).host);
  }

  /** For observers; `from` is the end that writes. */
  tell(what: "written" | "arrived", from: StreamEnd, data: Uint8Array): void {
    const { local, remote, secure: isSecure } = from;
    const { id: connection } = this;
    this.network.tellStreamObservers({ what, connection, from: local, to: remote, isSecure, data });
  }

  trace(text: string): void {
    this.network.trace.add(`tcp ${this.id} ${text}`);
  }

  /** Forgets the connection once neither end can do anything any more. */
  endChanged(): void {
    const isOver = [this.client, this.server].every(
      (end) => end.isClosed && end.outgoing.pendingBytes === 0,
    );
    if (isOver) this.network.connections.delete(this);
  }
}

export interface StreamEndOptions {
  readonly host: NetworkHost;
  readonly scope: ProcessScope;
  readonly local: Address;
  readonly remote: Address;
}

/**
 * `open` → `ending` (our end of stream is queued; theirs is awaited) → `closed`.
 * `gone`: the process or the machine died and has told nobody.
 */
type EndState = "open" | "ending" | "closed" | "gone";

export class StreamEnd implements TcpStream, Holding {
  readonly local: Address;
  readonly remote: Address;
  readonly secure: boolean;
  readonly host: NetworkHost;
  readonly outgoing: StreamDirection;
  heldAt = -1;
  /** The other side sends again what this machine, without power, could not answer. */
  #isRepeated = false;
  readonly #connection: Connection;
  readonly #role: "client" | "server";
  readonly #scope: ProcessScope;
  #delegate: TcpStreamDelegate | null = null;
  #state: EndState = "open";

  constructor(
    connection: Connection,
    role: "client" | "server",
    options: StreamEndOptions,
    secure: boolean,
  ) {
    this.#connection = connection;
    this.#role = role;
    this.local = options.local;
    this.remote = options.remote;
    this.secure = secure;
    this.host = options.host;
    this.#scope = options.scope;
    this.outgoing = new StreamDirection(connection, this);
    if (this.#scope.isAlive) this.#scope.hold(this);
    else this.#state = "gone";
  }

  get isClosed(): boolean {
    return this.#state === "closed" || this.#state === "gone";
  }

  attach(delegate: TcpStreamDelegate): void {
    this.#delegate = delegate;
  }

  write(data: Uint8Array): void {
    if (this.#state !== "open" || data.length === 0) return;
    this.#connection.tell("written", this, data);
    this.outgoing.push(data.slice());
  }

  queuedBytes(): number {
    if (this.isClosed) return 0;
    return Math.max(0, this.outgoing.pendingBytes - SOCKET_BUFFER_BYTES);
  }

  close(): void {
    if (this.#state !== "open") return;
    this.#connection.trace(`close ${this.#role}`);
    this.#state = "ending";
    this.outgoing.push(null);
  }

  destroy(): void {
    if (this.isClosed) return;
    this.#connection.trace(`destroy ${this.#role}`);
    this.outgoing.keepOnly(SOCKET_BUFFER_BYTES);
    this.outgoing.push(null);
    this.#finish("closed", null);
  }

  describe(): string {
    return `tcp ${this.local.host}:${this.local.port}-${this.remote.host}:${this.remote.port}`;
  }

  abandon(kind: CrashKind): void {
    this.#state = "gone";
    this.#delegate = null;
    // The kernel of a machine that still runs tells the other side. Without power: silence.
    if (kind === "process") this.#resetPeer();
    else {
      this.outgoing.keepOnly(0);
      const { scheduler } = this.#connection.network;
      scheduler.after(KEEP_ALIVE_MS, () => this.#resetPeer());
    }
    this.#connection.endChanged();
  }

  /** Bytes have come. */
  receive(data: Uint8Array): void {
    if (this.isClosed) return this.#resetPeer();
    this.#connection.tell("arrived", this.#connection.peerOf(this), data);
    this.#delegate?.onData(data);
  }

  /** The other side's end of stream has come. */
  receiveEnd(): void {
    if (this.isClosed) return;
    if (this.#state === "open") this.outgoing.push(null);
    this.#finish("closed", null);
  }

  /** The connection broke: some of the bytes under way still come, then the error. */
  fail(code: string): void {
    if (this.isClosed) return;
    this.#connection.peerOf(this).outgoing.deliverSomeLast();
    if (this.isClosed) return;
    this.outgoing.keepOnly(0);
    this.#connection.trace(`${code} ${this.#role}`);
    this.#finish("closed", new SystemError(code, "read", this.describe()));
  }

  /** Sends the other side a reset; it is lost where nothing gets through. */
  #resetPeer(): void {
    const peer = this.#connection.peerOf(this);
    const path = this.#connection.path(this);
    const { scheduler } = this.#connection.network;
    if (peer.isClosed) return;
    if (!this.host.isUp) return this.#awaitRepeat(FIRST_REPEAT_MS);
    scheduler.after(path.streamLatencyMs(), () => {
      if (this.host.isUp && !path.isBlocked) peer.fail("ECONNRESET");
    });
  }

  /** A machine that has its power again knows nothing of the connection, and says so when asked. */
  #awaitRepeat(afterMs: number): void {
    if (this.#isRepeated || afterMs > LAST_REPEAT_MS) return;
    this.#isRepeated = true;
    this.#connection.network.scheduler.after(afterMs, () => {
      this.#isRepeated = false;
      if (this.#connection.peerOf(this).isClosed) return;
      if (this.host.isUp) this.#resetPeer();
      else this.#awaitRepeat(2 * afterMs);
    });
  }

  #finish(state: "closed", error: Error | null): void {
    this.#state = state;
    this.#scope.release(this);
    const delegate = this.#delegate;
    this.#delegate = null;
    this.#connection.endChanged();
    if (delegate === null) return;
    // Never from within a call of the owner: `onClose` follows.
    this.#connection.network.scheduler.after(0, () => {
      if (this.#scope.isAlive) delegate.onClose(error);
    });
  }
}

/** The bytes from one end on their way to the other. */
class StreamDirection {
  /** Written and not yet arrived. */
  pendingBytes = 0;
  readonly #connection: Connection;
  readonly #from: StreamEnd;
  #segments: Segment[] = [];
  #lastDueTicks = 0;
  #event: ScheduledEvent | null = null;

  constructor(connection: Connection, from: StreamEnd) {
    this.#connection = connection;
    this.#from = from;
  }

  /** `data` is kept; null ends the stream. */
  push(data: Uint8Array | null): void {
    const { scheduler } = this.#connection.network;
    const latencyTicks = ticksFor(this.#connection.path(this.#from).streamLatencyMs());
    this.#lastDueTicks = Math.max(this.#lastDueTicks, scheduler.nowTicks + latencyTicks);
    this.#segments.push({ data, dueTicks: this.#lastDueTicks });
    this.pendingBytes += data?.length ?? 0;
    this.pump();
  }

  /** Nothing arrives before this time: the other end is not there yet. */
  holdUntil(ticks: number): void {
    this.#lastDueTicks = Math.max(this.#lastDueTicks, ticks);
  }

  /** Plans the next arrival, unless one is planned or the path is blocked. */
  pump(): void {
    const first = this.#segments[0];
    if (first === undefined || this.#event !== null) return;
    if (this.#connection.path(this.#from).isBlocked) return;
    this.#event = this.#connection.network.scheduler.at(first.dueTicks, () => this.#arrive());
  }

  /** Drops all but the first `bytes`, and the end of stream where anything was dropped. */
  keepOnly(bytes: number): void {
    if (this.pendingBytes <= bytes && bytes > 0) return;
    let left = bytes;
    const kept: Segment[] = [];
    for (const segment of this.#segments) {
      const data = segment.data?.subarray(0, left);
      if (data !== undefined && data.length > 0) kept.push({ data, dueTicks: segment.dueTicks });
      left -= data?.length ?? 0;
    }
    this.#segments = kept;
    this.pendingBytes = bytes - left;
  }

  /** At a reset: hands over a seeded part of what is under way, cut anywhere. */
  deliverSomeLast(): void {
    const path = this.#connection.path(this.#from);
    const bytes = path.isBlocked ? 0 : path.bytesBeforeReset(this.pendingBytes);
    this.keepOnly(bytes);
    const data = Buffer.concat(this.#segments.map((segment) => segment.data ?? Buffer.alloc(0)));
    this.keepOnly(0);
    if (data.length > 0) this.#handOver(new Uint8Array(data));
  }

  #arrive(): void {
    this.#event = null;
    const path = this.#connection.path(this.#from);
    const first = this.#segments[0];
    if (first === undefined || path.isBlocked) return;
    // What this arrival was planned for may have been dropped meanwhile.
    if (first.dueTicks > this.#connection.network.scheduler.nowTicks) return this.pump();
    if (first.data === null) {
      this.#segments = [];
      this.#connection.trace(`end ${this.#arrow}`);
      this.#connection.peerOf(this.#from).receiveEnd();
      this.#connection.endChanged();
      return;
    }
    const isCutUp = path.streamFaults?.chunkBytes !== undefined;
    this.#handOver(isCutUp ? this.#takePiece(first, first.data, path) : this.#takeAllDue());
    this.#connection.endChanged();
    this.pump();
  }

  #handOver(data: Uint8Array): void {
    this.#connection.trace(`${this.#arrow} ${data.length} ${checksum(data)}`);
    this.#connection.peerOf(this.#from).receive(data);
  }

  #takePiece(segment: Segment, data: Uint8Array, path: NetworkPath): Uint8Array {
    const pieceBytes = path.pieceBytes(data.length);
    this.pendingBytes -= pieceBytes;
    if (pieceBytes === data.length) {
      this.#segments.shift();
    } else {
      segment.data = data.subarray(pieceBytes);
      segment.dueTicks = this.#connection.network.scheduler.nowTicks + ticksFor(PIECE_GAP_MS);
    }
    return data.slice(0, pieceBytes);
  }

  /** As a real system does, what has come by now is handed over together. */
  #takeAllDue(): Uint8Array {
    const nowTicks = this.#connection.network.scheduler.nowTicks;
    const parts: Uint8Array[] = [];
    let bytes = 0;
    for (;;) {
      const next = this.#segments[0];
      if (next === undefined || next.data === null || next.dueTicks > nowTicks) break;
      if (bytes > 0 && bytes + next.data.length > MAXIMUM_CHUNK_BYTES) break;
      parts.push(next.data);
      bytes += next.data.length;
      this.#segments.shift();
    }
    this.pendingBytes -= bytes;
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : joined(parts, bytes);
  }

  get #arrow(): string {
    const isFromClient = this.#connection.client === this.#from;
    return isFromClient ? ">" : "<";
  }
}

function joined(parts: readonly Uint8Array[], bytes: number): Uint8Array {
  const whole = new Uint8Array(bytes);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
