// All pools and their drives: what is committed where, and on which drive a recording goes.
// Drives are taken in order; a full or failed one is passed over and tried again later. A recording
// is committed on one drive only: what an interrupted call left elsewhere is removed as soon as
// that drive answers again (design.md §5, "Storage").
import { unreachable } from "../assert.ts";
import { RecorderError } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { Clock, Disk, Encoder } from "../ports/index.ts";
import { makeDurableDirectory } from "./durable-directory.ts";
import { commitRecording, type CommitJob } from "./commit.ts";
import { removeRecording, scanDrive, scanRecording } from "./drive-scan.ts";
import { DriveTrouble, PoolDrive, type Committed, type PoolDriveOptions } from "./drive.ts";
import { DriveMissing, type DriveMemory } from "./drive-memory.ts";
import { directoryOf } from "./pool-files.ts";
import type { DriveStatus } from "./storage-service.ts";

/** A failed drive is left alone for so long before it is tried again. */
export const DRIVE_RETRY_MS = 30_000;

export interface PoolOptions {
  readonly name: string;
  readonly drives: readonly Omit<PoolDriveOptions, "pool">[];
  /** Older recordings go; 0 or absent = never. */
  readonly deleteAfterDays?: number;
  /** Younger ones nobody may delete. */
  readonly keepAtLeastDays?: number;
  /** Fewer hours of recording left than this raise the alarm; none when absent. */
  readonly alarmHours?: number;
}

export interface PoolPorts {
  readonly clock: Clock;
  readonly driveDisk: (drivePath: string) => Disk;
  readonly encoder: Encoder;
  readonly log: Logger;
}

export interface DrivePoolsOptions {
  readonly pools: readonly PoolOptions[];
  /** Keys whose live pair is in the live directory. */
  readonly isLive: (recordingKey: string) => boolean;
  /** An erasure that a crash interrupted was found on a drive: it is to be finished. */
  readonly onErasing?: (drive: PoolDrive, recordingKey: string) => Promise<void>;
  /** Only looks: no file of a drive is made, changed or removed. */
  readonly isReadOnly?: true;
  /** Which drives have been in use before; without it an empty directory is a new drive. */
  readonly memory?: DriveMemory;
}

/** Where a recording is committed. */
export interface StoredPlace extends Committed {
  readonly drive: PoolDrive;
}

interface Pool {
  readonly name: string;
  readonly drives: readonly PoolDrive[];
}

export class DrivePools {
  readonly #pools: readonly Pool[];
  readonly #ports: PoolPorts;
  readonly #options: DrivePoolsOptions;
  /** Recordings under a legal hold. */
  readonly held = new Set<string>();
  readonly #committed = new Map<string, StoredPlace>();
  /** Recordings that are being committed now. */
  readonly #busy = new Set<string>();
  readonly #readying = new Map<PoolDrive, Promise<DriveTrouble | null>>();
  readonly #retryAtMs = new Map<PoolDrive, number>();

  constructor(options: DrivePoolsOptions, ports: PoolPorts) {
    this.#ports = ports;
    this.#options = options;
    this.#pools = options.pools.map(({ name, drives }) => ({
      name,
      drives: drives.map(
        (drive) =>
          new PoolDrive(
            { pool: name, ...drive },
            { clock: ports.clock, disk: ports.driveDisk(drive.path) },
          ),
      ),
    }));
  }

  /** Learns what every drive holds, in order. */
  async scan(): Promise<void> {
    for (const drive of this.#drives()) await this.#learn(drive);
  }

  committed(recordingKey: string): StoredPlace | null {
    return this.#committed.get(recordingKey) ?? null;
  }

  /** Every committed recording with its place. */
  entries(): IterableIterator<[string, StoredPlace]> {
    return this.#committed.entries();
  }

  /** After its files are gone. */
  forget(recordingKey: string): void {
    this.#committed.delete(recordingKey);
    this.held.delete(recordingKey);
  }

  /** Asks each drive that answers how much more fits. */
  async measure(): Promise<void> {
    for (const drive of this.#drives()) {
      if (drive.isHung || drive.state === "missing" || drive.state === "failed") continue;
      try {
        await drive.measure();
      } catch (error) {
        this.#note(drive, troubleOf(error));
      }
    }
  }

  statuses(): DriveStatus[] {
    return this.#drives().map((drive) => drive.status());
  }

  /** The pool of that name, or the first when null or no longer configured. */
  poolName(wanted: string | null): string {
    const pool = this.#pools.find(({ name }) => name === wanted) ?? this.#pools[0];
    return pool?.name ?? "";
  }

  /** Drives whose content is not known, so that nobody can say what is committed there. */
  unknownDrives(): string[] {
    return this.#drives()
      .filter((drive) => !drive.isScanned)
      .map(({ path }) => path);
  }

  /** A call to some drive has not come back in time. */
  isHung(): boolean {
    return this.#drives().some((drive) => drive.isHung || drive.isBusy);
  }

  /** True while some drive needs another look. */
  hasTrouble(): boolean {
    return this.#drives().some(
      (drive) => drive.state !== "ok" || drive.isHung || drive.suspects.size > 0,
    );
  }

  /**
   * Commits the recording on the first drive of the pool that takes it. Rejects with
   * RecorderError: POOL_FULL, DRIVE_FAILED, or the encoder's.
   */
  async store(pool: string, job: CommitJob, mayGoOn: () => boolean): Promise<StoredPlace> {
    const troubles: DriveTrouble[] = [];
    this.#busy.add(job.key);
    try {
      for (const drive of this.#pools.find(({ name }) => name === pool)?.drives ?? []) {
        if (!mayGoOn()) throw new RecorderError("DRIVE_FAILED", "the recorder is stopping");
        const result = await this.#storeOn(drive, job);
        if (!(result instanceof DriveTrouble)) return result;
        troubles.push(result);
      }
    } finally {
      this.#busy.delete(job.key);
    }
    const detail = troubles.map(({ message }) => message).join("; ");
    const isFull = troubles.length > 0 && troubles.every(({ kind }) => kind === "full");
    throw new RecorderError(isFull ? "POOL_FULL" : "DRIVE_FAILED", `pool ${pool}: ${detail}`);
  }

  /**
   * Looks again at drives in trouble. Answers the pools in which something has become better, so
   * that waiting recordings can be tried at once.
   */
  async revisit(): Promise<ReadonlySet<string>> {
    const better = new Set<string>();
    for (const drive of this.#drives()) {
      const wasWell = drive.state === "ok";
      if (wasWell && drive.suspects.size === 0) continue;
      if ((await this.#ready(drive, null)) !== null) continue;
      if (!wasWell && (await this.#hasRoom(drive))) better.add(drive.pool);
    }
    return better;
  }

  #drives(): PoolDrive[] {
    return this.#pools.flatMap(({ drives }) => drives);
  }

  async #storeOn(drive: PoolDrive, job: CommitJob): Promise<StoredPlace | DriveTrouble> {
    const obstacle = await this.#ready(drive, job.key);
    if (obstacle !== null) return obstacle;
    // A suspect that proved to be committed after all.
    const known = this.#committed.get(job.key);
    if (known !== undefined) return known;
    try {
      await this.#options.memory?.check(drive);
      const place = { drive, ...(await commitRecording(job, drive, this.#ports)) };
      drive.state = "ok";
      await this.#options.memory?.remember(drive);
      await this.#take(drive, job.key, place);
      return this.#committed.get(job.key) ?? place;
    } catch (error) {
      drive.suspects.add(job.key);
      if (error instanceof DriveTrouble) this.#note(drive, error);
      await this.#cleanUp(drive, job.key);
      if (error instanceof DriveTrouble) return error;
      throw error;
    }
  }

  /**
   * null when the drive can be tried; its content is known then. One caller at a time a drive, so
   * that no scan takes another's attempt for a leftover.
   */
  async #ready(drive: PoolDrive, own: string | null): Promise<DriveTrouble | null> {
    const before = this.#readying.get(drive) ?? Promise.resolve(null);
    const turn = before.then(() => this.#makeReady(drive, own));
    this.#readying.set(drive, turn);
    return turn;
  }

  async #makeReady(drive: PoolDrive, own: string | null): Promise<DriveTrouble | null> {
    const waitsMs =
      (this.#retryAtMs.get(drive) ?? Number.NEGATIVE_INFINITY) - this.#ports.clock.nowMs();
    if (drive.isHung || waitsMs > 0) {
      return new DriveTrouble("failed", `${drive.path} is ${drive.state} and will be tried again`);
    }
    if (!drive.isScanned && !(await this.#learn(drive))) {
      return new DriveTrouble("failed", `${drive.path} is ${drive.state}`);
    }
    for (const key of Array.from(drive.suspects)) {
      // Another attempt at that recording is under way; its end decides.
      if (key !== own && this.#busy.has(key)) continue;
      const trouble = await this.#resolve(drive, key);
      if (trouble !== null) return trouble;
    }
    return null;
  }

  async #hasRoom(drive: PoolDrive): Promise<boolean> {
    try {
      await drive.reserveAgain();
      drive.state = "ok";
      return true;
    } catch (error) {
      this.#note(drive, troubleOf(error));
      return false;
    }
  }

  /** Scans a drive; false when that is not possible now. */
  async #learn(drive: PoolDrive): Promise<boolean> {
    const { memory, isReadOnly } = this.#options;
    try {
      if (isReadOnly === true) {
        const there = await drive.call("look", (disk) => disk.status(drive.path));
        if (there === null) throw new DriveMissing(drive.path);
      } else {
        await memory?.check(drive);
        // Its own name is made durable too: else a loss of power takes the drive with all on it.
        await drive.call("make directory", (disk) => makeDurableDirectory(disk, drive.path));
      }
    } catch (error) {
      this.#note(drive, troubleOf(error));
      drive.state = "missing";
      return false;
    }
    const { isLive } = this.#options;
    try {
      const content = await scanDrive(drive, isLive, isReadOnly === true);
      drive.usedBytes = content.usedBytes;
      for (const key of content.held) this.held.add(key);
      for (const [key, found] of content.committed) await this.#take(drive, key, found);
      if (content.committed.size > 0) await memory?.remember(drive);
      for (const key of content.erasing) await this.#options.onErasing?.(drive, key);
      drive.isScanned = true;
      drive.state = "ok";
      if (content.removed.length > 0) {
        const { removed } = content;
        this.#ports.log.info("unfinished files of a pool were removed", { removed });
      }
      await drive.reserve(0);
      return true;
    } catch (error) {
      this.#note(drive, troubleOf(error));
      return drive.isScanned;
    }
  }

  /** A committed recording was found; a second copy of one is removed. */
  async #take(drive: PoolDrive, key: string, found: Committed): Promise<void> {
    const known = this.#committed.get(key);
    if (known === undefined || known.drive === drive) {
      this.#committed.set(key, { drive, ...found });
      return;
    }
    if (this.#options.isReadOnly === true) return;
    this.#ports.log.warn("a recording is on two drives; the second copy is removed", {
      recordingId: key,
      kept: known.drive.path,
      removed: drive.path,
    });
    await removeRecording(drive, { key, directory: directoryOf(drive.path, key) });
  }

  /** Removes what an attempt left, when the drive answers; else it stays a suspect. */
  async #cleanUp(drive: PoolDrive, key: string): Promise<void> {
    if (drive.isHung) return;
    try {
      await removeRecording(drive, { key, directory: directoryOf(drive.path, key) });
      drive.suspects.delete(key);
    } catch (error) {
      this.#note(drive, troubleOf(error));
    }
  }

  /** Finds out what an interrupted attempt came to. */
  async #resolve(drive: PoolDrive, key: string): Promise<DriveTrouble | null> {
    const directory = directoryOf(drive.path, key);
    try {
      const known = this.#committed.get(key);
      if (known !== undefined && known.drive !== drive) {
        await removeRecording(drive, { key, directory });
      } else {
        const found = await scanRecording(drive, {
          key,
          directory,
          isLive: this.#options.isLive(key),
        });
        if (found !== null) this.#committed.set(key, { drive, ...found });
      }
      drive.suspects.delete(key);
      return null;
    } catch (error) {
      const trouble = troubleOf(error);
      this.#note(drive, trouble);
      return trouble;
    }
  }

  #note(drive: PoolDrive, trouble: DriveTrouble): void {
    const before = drive.state;
    drive.state = trouble instanceof DriveMissing ? "missing" : trouble.kind;
    // What comes back in its place is looked at as if it were new.
    if (trouble instanceof DriveMissing) drive.isScanned = false;
    drive.forget();
    switch (trouble.kind) {
      case "full":
        this.#retryAtMs.delete(drive);
        break;
      case "failed":
        this.#retryAtMs.set(drive, this.#ports.clock.nowMs() + DRIVE_RETRY_MS);
        break;
      default:
        unreachable(trouble.kind);
    }
    if (before === drive.state) return;
    this.#ports.log.warn("a drive is in trouble", {
      code: trouble.kind === "full" ? "DRIVE_FULL" : "DRIVE_FAILED",
      drive: drive.path,
      detail: trouble.message,
    });
  }
}

/** What it is, if the drive is in trouble; anything else is a mistake of ours and goes on. */
function troubleOf(error: unknown): DriveTrouble {
  if (error instanceof DriveTrouble) return error;
  throw error;
}
