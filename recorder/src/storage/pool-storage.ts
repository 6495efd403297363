// The storage service: finished live pairs wait in a queue, one after the other is compressed,
// verified and committed to its pool, entered in the catalog, and later released from the live
// directory (design.md §5, "Storage"). Nothing here gives a recording up: what fails is tried again
// with back-off, and the live pair stays until a pool has it.
import { RecorderError, systemCode, type ErrorCode } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { Outcome, Why } from "../outcome.ts";
import type { Catalog, CatalogRow, Clock, Disk, Encoder, Timer } from "../ports/index.ts";
import { withDeadline } from "./deadline.ts";
import { DRIVE_RETRY_MS, DrivePools, type PoolOptions, type StoredPlace } from "./drive-pools.ts";
import { LiveKeeper } from "./live-keeper.ts";
import { readLivePair } from "./live-pair.ts";
import { dayOf } from "./pool-files.ts";
import type {
  DriveStatus,
  FinishedRecording,
  Storage,
  StorageDelegate,
} from "./storage-service.ts";

const RETRY_FIRST_MS = 1000;
/** Longest wait after a failure of the encoder or of the live disk. */
const RETRY_ENCODER_MS = 300_000;
/** Longest wait for a drive: room and mounts may come back at any time. */
const RETRY_DRIVE_MS = 60_000;
/** A catalog that is slower than this holds storing up no longer. */
const CATALOG_CALL_MS = 10_000;
const RELEASE_PERIOD_MS = 3_600_000;
/** Live pairs go before their time below this much free space. */
const LIVE_WATERMARK_BYTES = 1024 * 1024 * 1024;

export interface StorageServiceOptions {
  readonly pools: readonly PoolOptions[];
  /** Speex quality 0–10. */
  readonly quality: number;
  readonly liveDirectory: string;
  readonly keepHours: number;
  /** Recordings compressed at the same time; one when absent. */
  readonly concurrency?: number;
  /** Free space of the live disk below which committed pairs go early; 1 GiB when absent. */
  readonly liveWatermarkBytes?: number;
}

export interface StoragePorts {
  readonly clock: Clock;
  /** The live directory's disk. */
  readonly disk: Disk;
  readonly driveDisk: (drivePath: string) => Disk;
  readonly encoder: Encoder;
  readonly catalog: Catalog;
  readonly log: Logger;
  readonly metrics: Metrics;
}

interface Job {
  readonly recording: FinishedRecording;
  attempts: number;
  /** The catalog shows that the encoder failed. */
  isShown: boolean;
  /** Set while it waits for its next attempt. */
  retry: Timer | null;
}

export class StorageService implements Storage {
  readonly #options: StorageServiceOptions;
  readonly #ports: StoragePorts;
  readonly #delegate: StorageDelegate;
  readonly #pools: DrivePools;
  readonly #keeper: LiveKeeper;
  /** Every recording that is not yet stored, by key. */
  readonly #jobs = new Map<string, Job>();
  readonly #ready: Job[] = [];
  readonly #work = new Set<Promise<void>>();
  readonly #fullPools = new Set<string>();
  #attemptsRunning = 0;
  #liveKeys: ReadonlySet<string> = new Set();
  /** Finished before this start: one of them may be on a drive that is not there yet. */
  #olderKeys: ReadonlySet<string> = new Set();
  #releaseTimer: Timer | null = null;
  #revisitTimer: Timer | null = null;
  #state: "new" | "running" | "closed" = "new";

  constructor(options: StorageServiceOptions, ports: StoragePorts, delegate: StorageDelegate) {
    this.#options = options;
    this.#ports = ports;
    this.#delegate = delegate;
    this.#keeper = new LiveKeeper(
      {
        liveDirectory: options.liveDirectory,
        keepHours: options.keepHours,
        watermarkBytes: options.liveWatermarkBytes ?? LIVE_WATERMARK_BYTES,
      },
      ports,
    );
    this.#pools = new DrivePools(
      {
        pools: options.pools,
        isLive: (key) => this.#jobs.has(key) || this.#liveKeys.has(key),
      },
      ports,
    );
  }

  async start(): Promise<void> {
    const live = await this.#keeper.list();
    this.#liveKeys = live.all;
    this.#olderKeys = live.finished;
    await this.#pools.scan();
    if (this.#state === "closed") return;
    this.#state = "running";
    await this.#release();
    this.#watchDrives();
    this.#pump();
  }

  committed(recordingKey: string): { readonly pool: string; readonly drive: string } | null {
    const place = this.#pools.committed(recordingKey);
    return place === null ? null : { pool: place.drive.pool, drive: place.drive.path };
  }

  store(recording: FinishedRecording): void {
    if (this.#state === "closed" || this.#jobs.has(recording.recordingKey)) return;
    const job: Job = { recording, attempts: 0, isShown: false, retry: null };
    this.#jobs.set(recording.recordingKey, job);
    this.#ready.push(job);
    this.#pump();
  }

  pending(): number {
    return this.#jobs.size;
  }

  drives(): readonly DriveStatus[] {
    return this.#pools.statuses();
  }

  async close(): Promise<void> {
    this.#state = "closed";
    this.#releaseTimer?.cancel();
    this.#revisitTimer?.cancel();
    for (const job of this.#jobs.values()) job.retry?.cancel();
    this.#ready.length = 0;
    while (this.#work.size > 0) await Promise.all(this.#work);
    this.#jobs.clear();
    this.#ports.metrics.set("storage_queue", 0);
  }

  // ---- The queue --------------------------------------------------------------------------------

  #pump(): void {
    this.#ports.metrics.set("storage_queue", this.#jobs.size);
    while (
      this.#state === "running" &&
      this.#attemptsRunning < (this.#options.concurrency ?? 1) &&
      this.#ready.length > 0
    ) {
      const job = this.#ready.shift();
      if (job === undefined) return;
      this.#attemptsRunning += 1;
      this.#run(this.#attempt(job));
    }
  }

  /** Work under way, for which `close` waits. */
  #run(work: Promise<void>): void {
    const tracked = work.finally(() => {
      this.#work.delete(tracked);
    });
    this.#work.add(tracked);
  }

  async #attempt(job: Job): Promise<void> {
    const { recordingKey } = job.recording;
    try {
      const known = this.#pools.committed(recordingKey);
      if (known === null) await this.#finish(job, await this.#storeInPool(job));
      else await this.#finishKnown(job, known);
      this.#jobs.delete(recordingKey);
    } catch (error) {
      if (!(error instanceof RecorderError)) throw error;
      await this.#showFailure(job, error.code);
      this.#retryLater(job, error);
    } finally {
      this.#attemptsRunning -= 1;
    }
    this.#watchDrives();
    this.#pump();
  }

  async #storeInPool(job: Job): Promise<StoredPlace> {
    const { recordingKey, liveDirectory, row } = job.recording;
    const unknown = this.#pools.unknownDrives();
    if (this.#olderKeys.has(recordingKey) && unknown.length > 0) {
      const detail = `the recording may already be on ${unknown.join(", ")}, which cannot be read`;
      throw new RecorderError("DRIVE_FAILED", detail);
    }
    const live = await readLivePair(this.#ports.disk, {
      directory: liveDirectory,
      key: recordingKey,
      hasAudio: row.samples > 0,
    });
    if (!live.isAsRecorded) {
      this.#ports.log.warn("a live file differs from its journal; it is stored as it is", {
        recordingId: recordingKey,
        code: "JOURNAL_DAMAGED",
      });
    }
    const day = dayOf(recordingKey, row.startTimeMs);
    return this.#pools.store(
      this.#pools.poolName(job.recording.pool),
      { key: recordingKey, day, live, quality: this.#options.quality },
      () => this.#state === "running",
    );
  }

  /** Complete, but not to be compressed: the outcome says so until it could be. */
  async #showFailure(job: Job, code: ErrorCode): Promise<void> {
    if (job.isShown || !ENCODER_CODES.has(code)) return;
    job.isShown = true;
    const { row } = job.recording;
    const outcome = row.outcome === "ok" ? ENCODER_FAILED : {};
    await this.#enter({ ...row, ...outcome, pool: null, drive: null, path: null, bytes: 0 });
  }

  #retryLater(job: Job, error: RecorderError): void {
    const { recordingKey } = job.recording;
    if (this.#state === "closed") return;
    job.attempts += 1;
    const longestMs = isDriveCode(error.code) ? RETRY_DRIVE_MS : RETRY_ENCODER_MS;
    const delayMs = Math.min(RETRY_FIRST_MS * 2 ** (job.attempts - 1), longestMs);
    job.retry = this.#ports.clock.setTimer("storage.retry", delayMs, () => this.#wake(job));
    this.#ports.metrics.increment("storage_failures_total");
    this.#ports.log.warn("a recording could not be stored; it is tried again", {
      recordingId: recordingKey,
      code: error.code,
      detail: error.detail,
      remedy: error.remedy,
      retryInMs: delayMs,
    });
    this.#delegate.onStoreFailed(recordingKey, error.code, error.detail);
    if (error.code === "POOL_FULL") this.#setFull(this.#pools.poolName(job.recording.pool), true);
  }

  #wake(job: Job): void {
    job.retry?.cancel();
    job.retry = null;
    this.#ready.push(job);
    this.#pump();
  }

  // ---- After the commit -------------------------------------------------------------------------

  async #finish(job: Job, place: StoredPlace): Promise<void> {
    const row = rowOf(job.recording, place);
    await this.#enter(row);
    this.#ports.metrics.increment("storage_stored_total");
    this.#setFull(place.drive.pool, false);
    this.#delegate.onStored(row);
    await this.#releaseIfShort();
  }

  /** Committed by an earlier attempt or process: only what comes after the commit is missing. */
  async #finishKnown(job: Job, place: StoredPlace): Promise<void> {
    const row = rowOf(job.recording, place);
    const entered = await this.#entered(row.recordingKey);
    if (entered?.drive === row.drive && entered.path === row.path) return;
    await this.#enter(row);
    this.#delegate.onStored(row);
  }

  async #entered(recordingKey: string): Promise<CatalogRow | null> {
    try {
      return await this.#inTime(this.#ports.catalog.get(recordingKey));
    } catch (error) {
      this.#catalogFailed(recordingKey, error);
      return null;
    }
  }

  /** The catalog is an index: without it the recording is stored all the same. */
  async #enter(row: CatalogRow): Promise<void> {
    try {
      await this.#inTime(this.#ports.catalog.put(row));
    } catch (error) {
      this.#catalogFailed(row.recordingKey, error);
    }
  }

  #inTime<T>(work: Promise<T>): Promise<T> {
    const deadline = { name: "storage.catalogCall", limitMs: CATALOG_CALL_MS };
    return withDeadline(this.#ports.clock, deadline, work);
  }

  #catalogFailed(recordingKey: string, error: unknown): void {
    if (!(error instanceof RecorderError) && systemCode(error) === null) throw error;
    this.#ports.log.warn("the catalog could not be used", {
      recordingId: recordingKey,
      code: "CATALOG_FAILED",
      detail: error instanceof Error ? error.message : String(error),
    });
  }

  #setFull(pool: string, isFull: boolean): void {
    if (this.#fullPools.has(pool) === isFull) return;
    if (isFull) this.#fullPools.add(pool);
    else this.#fullPools.delete(pool);
    this.#delegate.onPoolFull(pool, isFull);
  }

  // ---- Periodic work ----------------------------------------------------------------------------

  async #release(): Promise<void> {
    await this.#keeper.release((key) => this.#pools.committed(key) !== null);
    if (this.#state !== "running") return;
    this.#releaseTimer = this.#ports.clock.setTimer("storage.release", RELEASE_PERIOD_MS, () =>
      this.#run(this.#release()),
    );
  }

  async #releaseIfShort(): Promise<void> {
    await this.#keeper.release((key) => this.#pools.committed(key) !== null);
  }

  /** While a drive is in trouble it is looked at again and again. */
  #watchDrives(): void {
    if (this.#state !== "running" || this.#revisitTimer !== null || !this.#pools.hasTrouble()) {
      return;
    }
    this.#revisitTimer = this.#ports.clock.setTimer("storage.revisit", DRIVE_RETRY_MS, () =>
      this.#run(this.#revisit()),
    );
  }

  async #revisit(): Promise<void> {
    const better = await this.#pools.revisit();
    this.#revisitTimer = null;
    for (const pool of better) {
      this.#setFull(pool, false);
      for (const job of this.#jobs.values()) {
        const isOfPool = this.#pools.poolName(job.recording.pool) === pool;
        if (job.retry !== null && isOfPool && this.#state === "running") this.#wake(job);
      }
    }
    this.#watchDrives();
  }
}

function isDriveCode(code: ErrorCode): boolean {
  return code === "POOL_FULL" || code === "DRIVE_FAILED";
}

const ENCODER_CODES: ReadonlySet<ErrorCode> = new Set([
  "ENCODER_MISSING",
  "ENCODER_FAILED",
  "VERIFICATION_FAILED",
]);
const ENCODER_FAILED: { outcome: Outcome; why: Why } = {
  outcome: "degraded",
  why: "encoder-failed",
};

function rowOf(recording: FinishedRecording, place: StoredPlace): CatalogRow {
  return {
    ...recording.row,
    pool: place.drive.pool,
    drive: place.drive.path,
    path: place.path,
    bytes: place.bytes,
  };
}
