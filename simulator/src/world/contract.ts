// The virtual world as harness and tests see it. Types only; world.ts implements it.
import type {
  Catalog,
  Clock,
  Disk,
  Encoder,
  HttpClient,
  LockDirectory,
  LogFile,
  LogSink,
  Random,
  Tcp,
  Udp,
} from "@tapeline/recorder/ports";

/** Ports of one process in the world. All end with the process. */
export interface ProcessPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly udp: Udp;
  readonly tcp: Tcp;
  readonly disk: Disk;
  readonly driveDisk: (drivePath: string) => Disk;
  readonly encoder: Encoder;
  /** In memory, gone at a crash. */
  readonly catalog: Catalog;
  readonly log: LogSink;
  readonly httpClient: HttpClient;
  readonly lockDirectory: LockDirectory;
}

export interface VirtualProcess {
  readonly name: string;
  /** False after a crash: whatever its code still does goes nowhere. */
  readonly isAlive: boolean;
  readonly ports: ProcessPorts;
  /**
   * `process`: as by kill -9; completed writes stay. `power`: unsynced data and names are lost,
   * torn or reordered, by the seed. Timers, sockets, pending calls are gone; TCP peers get a reset
   * (power: silence).
   */
  crash(kind: "process" | "power"): void;
  /** Open sockets, running timers, open files, unfinished calls: empty when all is quiet. */
  leftovers(): string[];
  /** Delivers `callback` after a seeded delay of at most `maximumMs` (messages between threads). */
  postDelayed(name: string, maximumMs: number, callback: () => void): void;
}

export interface VirtualHost {
  readonly name: string;
  readonly address: string;
  /** False from a power crash to the next boot. */
  readonly isUp: boolean;
  readonly disk: VirtualDiskFaults;
  readonly encoder: VirtualEncoderFaults;
  readonly catalog: VirtualCatalogFaults;
  /** Receivers of this host's outgoing HTTP. */
  readonly http: VirtualHttpReceivers;
  boot(processName: string): VirtualProcess;
  /** Steps the wall clock of this host. */
  stepClock(byMs: number): void;
  wallTimeMs(): number;
  /**
   * What all processes of this host have logged so far, crashed ones too; all files together
   * without `file`.
   */
  logLines(file?: LogFile): readonly string[];
}

/** Before a disk call has done anything, or after it has done all, but nobody has heard of it. */
export interface CrashPoint {
  /** 1 = the next. */
  readonly call: number;
  readonly side: "before" | "after";
}

export interface VirtualDiskFaults {
  /** `crash` is called at one disk call to come, counted from now over all processes. */
  crashAtCall(point: CrashPoint, crash: () => void): void;
  /** Calls under `prefix` take this much longer, until healed. */
  slow(prefix: string, byMs: number): void;
  /** Calls under `prefix` never complete until healed. */
  freeze(prefix: string): void;
  /** Space under `prefix` (a file system), in bytes in all. */
  limitBytes(prefix: string, bytes: number): void;
  /** The share of calls under `prefix` that fail with `code` (EIO when absent), seeded. */
  failRatio(prefix: string, ratio: number, code?: string): void;
  /** The limit of open files is reached: no further one can be opened (EMFILE), until healed. */
  exhaustDescriptors(): void;
  /** Removes all faults of this disk; frozen calls go on. */
  heal(): void;
  /** The same for one prefix. */
  healPrefix(prefix: string): void;
  /** Puts a file (with its parents) on the medium at once, as if it had always been there. */
  plant(path: string, data: Uint8Array): void;
  /** The same for an empty directory, for instance the mount point of a drive. */
  plantDirectory(path: string): void;
  /** Present content, as a completed read would see it; null when missing. */
  peek(path: string): Uint8Array | null;
  /** All paths of files below `prefix`, sorted. */
  paths(prefix: string): string[];
  /** What a loss of power would leave of the file now. */
  durability(path: string): Durability;
  /** `listener` is told of every rename, when it has been done. */
  onRename(listener: (to: string) => void): void;
}

/**
 * `absent`: there is no such file. `unsynced`: some of its bytes are not on the medium. `unnamed`:
 * its bytes are, its name is not. `durable`: it would be there, whole.
 */
export type Durability = "absent" | "unsynced" | "unnamed" | "durable";

export interface VirtualEncoderFaults {
  /** No encoder can be run, until healed. */
  missing(): void;
  /** The next `count` encodes fail. */
  failTimes(count: number): void;
  /** Encodes and decodes that start from now on never end, until healed. */
  hang(): void;
  /** The next `count` encodes report success and write something else. */
  corruptTimes(count: number): void;
  heal(): void;
}

export interface VirtualCatalogFaults {
  /** The next `count` calls fail. */
  failTimes(count: number): void;
  /** All calls fail, until healed. */
  unavailable(): void;
  /** Calls take this much longer, until healed. */
  slow(byMs: number): void;
  heal(): void;
}

/** A request that a receiver has seen, with its answer. */
export interface ReceivedRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly status: number;
}

export interface VirtualHttpReceivers {
  /** From now on there is a receiver at exactly this URL; it answers 200. */
  serve(url: string): void;
  /** Another answer, until healed. */
  answers(url: string, status: number): void;
  /** Requests are never answered, until healed. */
  hangs(url: string): void;
  /** Connections are reset, until healed. */
  resets(url: string): void;
  /** Requests that were answered, in order. */
  received(): readonly ReceivedRequest[];
  heal(): void;
}

export interface DatagramFaults {
  /** Gilbert-Elliott: chance to enter and to leave the bad state a packet, and loss in it. */
  readonly loss?: { readonly enter: number; readonly leave: number; readonly lossInBad: number };
  readonly delayMs?: readonly [minimum: number, maximum: number];
  /**
   * Jitter as RFC 3550 §6.4.1 measures it, on top of the delay: each datagram takes up to 2.85
   * times this longer by itself, and may overtake.
   */
  readonly jitterMs?: number;
  /** Share of datagrams that are held back so that later ones overtake. */
  readonly reorderRatio?: number;
  readonly duplicateRatio?: number;
  readonly corruptRatio?: number;
  /** Longer ones travel in fragments, and those are dropped on the way. */
  readonly maximumBytes?: number;
  /** A narrow link: bits a second each way, with a queue of QUEUE_MS before it. */
  readonly rateBitsPerSecond?: number;
}

/** What a firewall lets through: to this port of this host, and the answers from it. */
export interface AllowedFlow {
  readonly host: string;
  readonly protocol: "udp" | "tcp";
  readonly port: number;
}

export interface StreamFaults {
  /** Every chunk is cut into pieces of 1 to this many bytes. */
  readonly chunkBytes?: number;
  readonly stalled?: boolean;
  readonly delayMs?: readonly [minimum: number, maximum: number];
}

/** One datagram's fate, told to observers in the order of sending. */
export interface DatagramFate {
  readonly sentMs: number;
  readonly from: { readonly host: string; readonly port: number };
  readonly to: { readonly host: string; readonly port: number };
  readonly data: Uint8Array;
  /** Virtual times at which copies arrive; empty = lost or nobody bound. */
  readonly arrivalsMs: readonly number[];
  readonly corrupted: boolean;
}

/** Bytes of a stream: written at one end, or handed over at the other. */
export interface StreamBytes {
  readonly atMs: number;
  readonly what: "written" | "arrived";
  /** Its number in this world. */
  readonly connection: number;
  readonly from: { readonly host: string; readonly port: number };
  readonly to: { readonly host: string; readonly port: number };
  readonly isSecure: boolean;
  readonly data: Uint8Array;
}

export interface VirtualNetwork {
  /** Faults for datagrams between the two hosts, both ways; undefined heals. */
  datagramFaults(hostA: string, hostB: string, faults: DatagramFaults | undefined): void;
  streamFaults(hostA: string, hostB: string, faults: StreamFaults | undefined): void;
  /** Resets all streams between the hosts now. */
  resetStreams(hostA: string, hostB: string): void;
  /** While cut, streams stall, connects time out, datagrams vanish. */
  cut(hostA: string, hostB: string, isCut: boolean): void;
  /** Times are told on a clock that read `originMs` when virtual time was 0. */
  observe(onDatagram: (fate: DatagramFate) => void, originMs?: number): void;
  /** The same of streams: what arrives is the beginning of what was written. */
  observeStreams(onBytes: (bytes: StreamBytes) => void, originMs?: number): void;
  /** Everything between the hosts is denied but these flows; undefined = no firewall. */
  firewall(hostA: string, hostB: string, allowed: readonly AllowedFlow[] | undefined): void;
}

export interface VirtualWorld {
  readonly seed: string;
  readonly network: VirtualNetwork;
  nowMs(): number;
  /** A random source of its own for `name`, the same for the same seed. */
  random(name: string): SeededRandom;
  host(name: string, address: string): VirtualHost;
  /**
   * Moves time until `condition` holds (checked after each event) or `limitMs` has passed;
   * true = it held.
   */
  runUntil(condition: () => boolean, limitMs: number): Promise<boolean>;
  runFor(ms: number): Promise<void>;
  /**
   * As runUntil, but does not move time: resolves when a runUntil or runFor of somebody else has
   * brought it about. `name` stands in the trace when it was in vain.
   */
  waitFor(condition: () => boolean, limitMs: number, name: string): Promise<boolean>;
  /** Resolves when a runUntil or runFor of somebody else has moved time by `ms`. */
  sleep(ms: number): Promise<void>;
  /** Removes every fault. */
  heal(): void;
  /** Notes for the trace by people and harness ("step: agent 2001 answers"). */
  note(text: string): void;
  /** Every datagram, stream chunk, timer and disk call with its virtual time, one line each. */
  traceLines(): readonly string[];
  /** The last lines, also where the trace keeps only its hash: for failure messages. */
  recentLines(count: number): readonly string[];
  /** SHA-256 of the trace. */
  traceHash(): string;
}

export interface WorldOptions {
  readonly seed: string;
  /** `full` keeps all lines in memory; the hash is the same. */
  readonly trace: "hash" | "full";
}

export interface SeededRandom extends Random {
  /** 0 ≤ x < 1. */
  fraction(): number;
  /** An integer in [minimum, maximum]. */
  integer(minimum: number, maximum: number): number;
  chance(ratio: number): boolean;
}
