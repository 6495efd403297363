// A machine in the virtual world: an address, a disk, a wall clock, and the processes that run on
// it.
import type { DirectoryLock, LogFile } from "@tapeline/recorder/ports";
import type { ProcessPorts, SeededRandom, VirtualHost, VirtualProcess } from "./contract.ts";
import { HostCatalog } from "./catalog.ts";
import type { DatagramSockets } from "./datagrams.ts";
import { HostDisk } from "./disk.ts";
import { HostEncoder } from "./encoder.ts";
import { HostHttp } from "./http.ts";
import { HostLog } from "./log-sink.ts";
import type { NetworkHost } from "./network.ts";
import { drivesOf, WorldProcess } from "./process.ts";
import { ProcessScope } from "./process-scope.ts";
import type { CrashKind } from "./process-scope.ts";
import type { Scheduler } from "./scheduler.ts";
import type { Streams } from "./streams.ts";
import type { Trace } from "./trace.ts";
import { VirtualClock } from "./virtual-clock.ts";
import { WALL_EPOCH_MS } from "./virtual-time.ts";

/** The monotonic clock of a process begins somewhere below this, about 11 days. */
const MAXIMUM_ORIGIN_MS = 1_000_000_000;

/** How long it takes to lock a directory. */
const LOCK_MS = 0.2;

/** What the hosts of one world share. */
export interface WorldParts {
  readonly scheduler: Scheduler;
  readonly trace: Trace;
  readonly datagrams: DatagramSockets;
  readonly streams: Streams;
  readonly random: (name: string) => SeededRandom;
  readonly nextTimerId: () => number;
}

export class WorldHost implements VirtualHost, NetworkHost {
  readonly name: string;
  readonly address: string;
  readonly disk: HostDisk;
  readonly encoder: HostEncoder;
  readonly catalog: HostCatalog;
  readonly http: HostHttp;
  /** As the network sees it; set by the host alone. */
  isUp = true;
  readonly #parts: WorldParts;
  readonly #log = new HostLog();
  readonly #scopes = new Set<ProcessScope>();
  readonly #bootCounts = new Map<string, number>();
  /** Who holds which directory. */
  readonly #locks = new Map<string, ProcessScope>();
  #clockStepMs = 0;

  constructor(name: string, address: string, parts: WorldParts) {
    const { scheduler, trace, random } = parts;
    this.name = name;
    this.address = address;
    this.#parts = parts;
    const wallTimeMs = (): number => this.wallTimeMs();
    this.disk = new HostDisk({ hostName: name, scheduler, trace, random, wallTimeMs });
    this.encoder = new HostEncoder(name, trace);
    this.catalog = new HostCatalog(name, trace, random(`catalog ${name}`));
    this.http = new HostHttp(name, trace, random(`http ${name}`));
  }

  boot(processName: string): VirtualProcess {
    const bootCount = (this.#bootCounts.get(processName) ?? 0) + 1;
    this.#bootCounts.set(processName, bootCount);
    this.isUp = true;
    const { scheduler, trace } = this.#parts;
    trace.add(`boot ${this.name}/${processName} ${bootCount}`);
    const scope = new ProcessScope(`${this.name}/${processName}`, scheduler);
    this.#scopes.add(scope);
    const random = (name: string): SeededRandom =>
      this.#parts.random(`process ${scope.name} ${bootCount} ${name}`);
    const onCrash = (kind: CrashKind): void => this.#crash(scope, kind);
    return new WorldProcess({ scope, trace, random, onCrash, ports: this.#ports(scope, random) });
  }

  stepClock(byMs: number): void {
    this.#parts.trace.add(`fault clock ${this.name} ${byMs}`);
    this.#clockStepMs += byMs;
  }

  wallTimeMs(): number {
    return Math.floor(WALL_EPOCH_MS + this.#parts.scheduler.nowMs + this.#clockStepMs);
  }

  logLines(file?: LogFile): readonly string[] {
    return this.#log.lines(file);
  }

  /** Clock steps stay: nobody steps them back on a real machine either. */
  heal(): void {
    this.disk.heal();
    this.encoder.heal();
    this.catalog.heal();
    this.http.heal();
  }

  /** The kernel lets go of a dead process's locks. */
  #lock(scope: ProcessScope, path: string): Promise<DirectoryLock | null> {
    return scope.call(`lock ${path}`, LOCK_MS, () => {
      if (this.#locks.get(path)?.isAlive === true) return null;
      this.#locks.set(path, scope);
      const release = async (): Promise<void> => {
        if (this.#locks.get(path) === scope) this.#locks.delete(path);
      };
      return { release };
    });
  }

  #crash(scope: ProcessScope, kind: CrashKind): void {
    if (kind === "process") {
      this.#scopes.delete(scope);
      scope.crash(kind);
      return;
    }
    // Power is lost by the machine, not by one of its processes.
    this.isUp = false;
    for (const victim of this.#scopes) victim.crash(kind);
    this.#scopes.clear();
    this.disk.losePower();
  }

  #ports(scope: ProcessScope, random: (name: string) => SeededRandom): ProcessPorts {
    const { trace, datagrams, streams, nextTimerId } = this.#parts;
    const wallTimeMs = (): number => this.wallTimeMs();
    const originMs = random("clock origin").integer(0, MAXIMUM_ORIGIN_MS);
    return {
      clock: new VirtualClock({ scope, trace, originMs, wallTimeMs, nextTimerId }),
      random: random("random port"),
      udp: datagrams.portFor(this, scope),
      tcp: streams.portFor({ host: this, scope, wallTimeMs }),
      disk: this.disk.portFor(scope, "disk"),
      driveDisk: drivesOf((path) => this.disk.portFor(scope, `drive ${path} `)),
      encoder: this.encoder.portFor(scope, this.disk.portFor(scope, "encoder")),
      catalog: this.catalog.portFor(scope),
      log: this.#log.portFor(scope),
      httpClient: this.http.portFor(scope),
      lockDirectory: (path) => this.#lock(scope, path),
    };
  }
}
