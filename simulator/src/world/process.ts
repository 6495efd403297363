// A process in the virtual world: its ports, what it holds open, and how it dies.
import type { Disk } from "@tapeline/recorder/ports";
import type { ProcessPorts, SeededRandom, VirtualProcess } from "./contract.ts";
import type { CrashKind, ProcessScope } from "./process-scope.ts";
import type { Trace } from "./trace.ts";

export interface WorldProcessOptions {
  readonly scope: ProcessScope;
  readonly trace: Trace;
  readonly ports: ProcessPorts;
  readonly random: (name: string) => SeededRandom;
  /** Tells the host, which knows what else a loss of power takes along. */
  readonly onCrash: (kind: CrashKind) => void;
}

export class WorldProcess implements VirtualProcess {
  readonly name: string;
  readonly ports: ProcessPorts;
  readonly #options: WorldProcessOptions;
  readonly #posts = new Map<string, { readonly random: SeededRandom; lastTicks: number }>();

  constructor(options: WorldProcessOptions) {
    this.name = options.scope.name;
    this.ports = options.ports;
    this.#options = options;
  }

  get isAlive(): boolean {
    return this.#options.scope.isAlive;
  }

  crash(kind: CrashKind): void {
    if (!this.isAlive) return;
    this.#options.trace.add(`crash ${kind} ${this.name}`);
    this.#options.onCrash(kind);
  }

  leftovers(): string[] {
    return this.#options.scope.leftovers();
  }

  /** Messages of the same name stay in order, as between threads. */
  postDelayed(name: string, maximumMs: number, callback: () => void): void {
    const { scope, trace, random } = this.#options;
    if (!scope.isAlive) return;
    let post = this.#posts.get(name);
    if (post === undefined) {
      this.#posts.set(name, (post = { random: random(`post ${name}`), lastTicks: 0 }));
    }
    const holding = { describe: () => `post ${name}`, abandon: () => undefined, heldAt: -1 };
    scope.hold(holding);
    const delayMs = post.random.fraction() * maximumMs;
    const event = scope.scheduler.afterAtLeast(delayMs, post.lastTicks, () => {
      if (!scope.isAlive) return;
      scope.release(holding);
      trace.add(`post ${scope.name}/${name}`);
      callback();
    });
    post.lastTicks = event.ticks;
  }
}

/** One disk port for each drive path, so that the calls of one drive queue together. */
export function drivesOf(makeDisk: (drivePath: string) => Disk): (drivePath: string) => Disk {
  const drives = new Map<string, Disk>();
  return (drivePath) => {
    let disk = drives.get(drivePath);
    if (disk === undefined) drives.set(drivePath, (disk = makeDisk(drivePath)));
    return disk;
  };
}
