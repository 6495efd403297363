// Looks at the free space of the live directory and of every pool once a minute, and raises the
// alarm in hours of recording at the present load (space.ts). Live first: it is what calls need.
import { systemCode } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { Clock, Disk, Timer } from "../ports/index.ts";
import type { DrivePools, PoolOptions } from "./drive-pools.ts";
import { hoursLeft, isSpaceLow, Load } from "./space.ts";
import type { LiveSpaceStatus, PoolStatus } from "./storage-admin.ts";

const PERIOD_MS = 60_000;
/** What the alarm of the live directory is called. */
export const LIVE_PLACE = "live";

export interface SpaceWatchOptions {
  readonly liveDirectory: string;
  readonly liveAlarmHours: number;
  readonly pools: readonly PoolOptions[];
}

export interface SpaceWatchPorts {
  readonly clock: Clock;
  /** The live directory's disk. */
  readonly disk: Disk;
  readonly log: Logger;
  readonly metrics: Metrics;
}

export class SpaceWatch {
  readonly load = new Load();
  readonly #options: SpaceWatchOptions;
  readonly #ports: SpaceWatchPorts;
  readonly #pools: DrivePools;
  readonly #onLow: (place: string, isLow: boolean, hours: number) => void;
  readonly #low = new Set<string>();
  #live: { readonly freeBytes: number } | null = null;
  #timer: Timer | null = null;
  #looking: Promise<void> | null = null;
  #isClosed = false;

  constructor(
    options: SpaceWatchOptions,
    parts: { readonly ports: SpaceWatchPorts; readonly pools: DrivePools },
    onLow: (place: string, isLow: boolean, hours: number) => void,
  ) {
    this.#options = options;
    this.#ports = parts.ports;
    this.#pools = parts.pools;
    this.#onLow = onLow;
  }

  /** Looks now, and then every minute. */
  start(): void {
    if (this.#isClosed) return;
    this.#timer = this.#ports.clock.setTimer("storage.space", PERIOD_MS, () => this.start());
    // A disk that does not answer is not asked again until it has.
    if (this.#looking !== null) return;
    this.#looking = this.#look().finally(() => {
      this.#looking = null;
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    await this.#looking;
  }

  live(waiting: number): LiveSpaceStatus | null {
    if (this.#live === null) return null;
    const { freeBytes } = this.#live;
    return {
      directory: this.#options.liveDirectory,
      freeBytes,
      hoursLeft: hoursLeft(freeBytes, this.load.recordings),
      isLow: this.#low.has(LIVE_PLACE),
      waiting,
    };
  }

  pools(isFull: (pool: string) => boolean): PoolStatus[] {
    const counts = new Map<string, number>();
    for (const [, { drive }] of this.#pools.entries()) {
      counts.set(drive.pool, (counts.get(drive.pool) ?? 0) + 1);
    }
    return this.#options.pools.map(({ name }) => {
      const drives = this.#pools.statuses().filter(({ pool }) => pool === name);
      const freeBytes = this.#freeOf(name);
      return {
        pool: name,
        drives,
        freeBytes,
        recordings: counts.get(name) ?? 0,
        hoursLeft: hoursLeft(freeBytes, this.load.recordings, this.load.share),
        isFull: isFull(name),
        isLow: this.#low.has(name),
      };
    });
  }

  /** What is free on the drives that can be used. */
  #freeOf(pool: string): number {
    return this.#pools
      .statuses()
      .filter((drive) => drive.pool === pool && (drive.state === "ok" || drive.state === "full"))
      .reduce((sum, { freeBytes }) => sum + freeBytes, 0);
  }

  async #look(): Promise<void> {
    if (this.#isClosed) return;
    const { clock, metrics, log } = this.#ports;
    this.load.push(clock.nowMs(), metrics.get("recordings_open"));
    try {
      this.#live = { freeBytes: await this.#ports.disk.freeBytes(this.#options.liveDirectory) };
      const hours = hoursLeft(this.#live.freeBytes, this.load.recordings);
      metrics.set("live_hours_left", hours);
      this.#judge(LIVE_PLACE, hours, this.#options.liveAlarmHours);
      await this.#pools.measure();
      this.#lookAtPools();
    } catch (error) {
      if (systemCode(error) === null) throw error;
      const detail = error instanceof Error ? error.message : String(error);
      log.warn("free space could not be learnt", { code: "LIVE_WRITE_FAILED", detail });
    }
  }

  #lookAtPools(): void {
    let least = Number.POSITIVE_INFINITY;
    for (const { name, alarmHours = 0 } of this.#options.pools) {
      const hours = hoursLeft(this.#freeOf(name), this.load.recordings, this.load.share);
      least = Math.min(least, hours);
      this.#judge(name, hours, alarmHours);
    }
    if (Number.isFinite(least)) this.#ports.metrics.set("pool_hours_left", least);
  }

  #judge(place: string, hours: number, alarmHours: number): void {
    if (this.#isClosed) return;
    const wasLow = this.#low.has(place);
    const isLow = isSpaceLow(wasLow, hours, alarmHours);
    if (wasLow === isLow) return;
    if (isLow) this.#low.add(place);
    else this.#low.delete(place);
    this.#ports.metrics.set("space_alarms", this.#low.size);
    this.#onLow(place, isLow, hours);
  }
}
