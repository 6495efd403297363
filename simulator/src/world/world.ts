// The virtual world: hosts on a network, under one seed and one clock. The same seed and the same
// code give the same trace, byte for byte. design.md §4
import type { SeededRandom, VirtualHost, VirtualWorld, WorldOptions } from "./contract.ts";
import { DatagramSockets } from "./datagrams.ts";
import { WorldHost } from "./host.ts";
import type { WorldParts } from "./host.ts";
import { Network } from "./network.ts";
import { Scheduler } from "./scheduler.ts";
import { seededRandom } from "./seeded-random.ts";
import { Streams } from "./streams.ts";
import { Trace } from "./trace.ts";

export class World implements VirtualWorld {
  readonly seed: string;
  readonly network: Network;
  readonly #scheduler = new Scheduler();
  readonly #trace: Trace;
  readonly #parts: WorldParts;
  readonly #hosts = new Map<string, WorldHost>();
  readonly #randoms = new Map<string, SeededRandom>();
  #lastTimerId = 0;

  constructor(options: WorldOptions) {
    this.seed = options.seed;
    const scheduler = this.#scheduler;
    this.#trace = new Trace(options.trace, () => scheduler.nowTicks);
    const random = (name: string): SeededRandom => this.random(`world ${name}`);
    this.network = new Network({ scheduler, trace: this.#trace, random });
    this.#parts = {
      scheduler,
      trace: this.#trace,
      datagrams: new DatagramSockets(this.network),
      streams: new Streams(this.network),
      random,
      nextTimerId: () => (this.#lastTimerId += 1),
    };
  }

  nowMs(): number {
    return this.#scheduler.nowMs;
  }

  /** Events so far, to tell how fast the world is. */
  eventCount(): number {
    return this.#scheduler.eventCount;
  }

  random(name: string): SeededRandom {
    let random = this.#randoms.get(name);
    if (random === undefined) this.#randoms.set(name, (random = seededRandom(this.seed, name)));
    return random;
  }

  host(name: string, address: string): VirtualHost {
    const known = this.#hosts.get(name);
    if (known !== undefined) {
      if (known.address !== address) throw new Error(`${name} has the address ${known.address}`);
      return known;
    }
    const host = new WorldHost(name, address, this.#parts);
    this.network.addHost(host);
    this.#hosts.set(name, host);
    return host;
  }

  runUntil(condition: () => boolean, limitMs: number): Promise<boolean> {
    return this.#scheduler.wait({ condition, limitMs, drives: true });
  }

  async runFor(ms: number): Promise<void> {
    await this.#scheduler.wait({ condition: null, limitMs: ms, drives: true });
  }

  async waitFor(condition: () => boolean, limitMs: number, name: string): Promise<boolean> {
    const held = await this.#scheduler.wait({ condition, limitMs, drives: false });
    if (!held) this.note(`waited in vain for ${name}`);
    return held;
  }

  async sleep(ms: number): Promise<void> {
    await this.#scheduler.wait({ condition: null, limitMs: ms, drives: false });
  }

  heal(): void {
    this.note("heal");
    this.network.heal();
    for (const host of this.#hosts.values()) host.heal();
  }

  note(text: string): void {
    this.#trace.add(`note ${text.replaceAll("\n", " ")}`);
  }

  traceLines(): readonly string[] {
    return this.#trace.lines();
  }

  recentLines(count: number): readonly string[] {
    return this.#trace.recent(count);
  }

  traceHash(): string {
    return this.#trace.hash();
  }
}
