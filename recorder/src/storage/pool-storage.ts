// The storage service: finished live pairs wait in a queue, one after the other is compressed,
// verified and committed to its pool, entered in the catalog, and later released from the live
// directory (design.md §5, "Storage"). Nothing here gives a recording up: what fails is tried again
// with back-off, and the live pair stays until a pool has it.
import type { JournalContent } from "../audio/journal.ts";
import { RecorderError, systemCode, type ErrorCode } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { Outcome, Why } from "../outcome.ts";
import type { Catalog, CatalogRow, Clock, Disk, Encoder, Timer } from "../ports/index.ts";
import { CatalogWriter } from "./catalog-writer.ts";
import { Custody } from "./custody.ts";
import { DriveMemory } from "./drive-memory.ts";
import { DriveTrouble } from "./drive.ts";
import { DRIVE_RETRY_MS, DrivePools, type PoolOptions, type StoredPlace } from "./drive-pools.ts";
import { LiveKeeper } from "./live-keeper.ts";
import { readLivePair } from "./live-pair.ts";
import { dayOf, isRecordingKey } from "./pool-files.ts";
import { liveRow, reindex, type ReindexProgress, type ReindexResult } from "./reindex.ts";
import { expired } from "./retention.ts";
import { SpaceWatch } from "./space-watch.ts";
import { StateFile } from "./state-file.ts";
import type {
  AdminAnswer,
  Deed,
  Hold,
  LiveSpaceStatus,
  PoolStatus,
  VerificationReport,
} from "./storage-admin.ts";
import type {
  DriveStatus,
  FinishedRecording,
  Storage,
  StorageDelegate,
} from "./storage-service.ts";
import { verifyRecording } from "./verification.ts";

const RETRY_FIRST_MS = 1000;
/** Longest wait after a failure of the encoder or of the live disk. */
const RETRY_ENCODER_MS = 300_000;
/** Longest wait for a drive: room and mounts may come back at any time. */
const RETRY_DRIVE_MS = 60_000;
/** A stop waits so long for drives that do not answer; the next start settles what they did. */
const CLOSE_PATIENCE_MS = 5_000;
/** Erasures of one hourly pass of retention. */
const RETENTION_BATCH = 10_000;
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
  /** Fewer hours of recording left in the live directory than this raise the alarm. */
  readonly liveAlarmHours?: number;
  /** state/drives.jsonl; without it an unmounted drive is taken for a new one. */
  readonly drivesFile?: string;
  /** The catalog's row of a finished journal; null when it has no header or no end. */
  readonly rowFromJournal: (journal: JournalContent) => CatalogRow | null;
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
  readonly #catalog: CatalogWriter;
  readonly #custody: Custody;
  readonly #space: SpaceWatch;
  readonly #memory: DriveMemory | null;
  /** Attempts under way, by key. */
  readonly #attempts = new Map<string, Promise<void>>();
  #isReindexing = false;
  #isBeginning = false;
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
        onReleased: (key) => delegate.onReleased?.(key),
      },
      ports,
    );
    this.#catalog = new CatalogWriter(ports);
    this.#memory = memoryOf(options, ports);
    this.#pools = new DrivePools(
      {
        pools: options.pools,
        isLive: (key) => this.#jobs.has(key) || this.#liveKeys.has(key),
        onErasing: (drive, key) => this.#custody.finishErasure(drive, key),
        ...(this.#memory === null ? {} : { memory: this.#memory }),
      },
      ports,
    );
    this.#custody = this.#createCustody();
    this.#space = new SpaceWatch(
      {
        liveDirectory: options.liveDirectory,
        liveAlarmHours: options.liveAlarmHours ?? 0,
        pools: options.pools,
      },
      { ports, pools: this.#pools },
      (place, isLow, hours) => delegate.onSpaceLow?.(place, isLow, hours),
    );
  }

  #createCustody(): Custody {
    const { liveDirectory, rowFromJournal, pools } = this.#options;
    const days = new Map(pools.map(({ name, keepAtLeastDays = 0 }) => [name, keepAtLeastDays]));
    return new Custody(
      { liveDirectory, rowFromJournal, keepAtLeastDays: (pool) => days.get(pool) ?? 0 },
      { ports: this.#ports, pools: this.#pools },
      {
        withdraw: (key) => this.#withdraw(key),
        onErased: async (erasure) => {
          this.#ports.metrics.increment("storage_erased_total");
          await this.#catalog.remove(erasure.recordingKey);
          await this.#delegate.onErased?.(erasure);
        },
        onHeld: (key, isHeld) => this.#catalog.markHeld(key, isHeld),
      },
    );
  }

  /**
   * `start`, and then every finished pair that an earlier run left is stored. `onKnown` hears of
   * those that are in a pool already.
   */
  async begin(onKnown: (row: CatalogRow) => Promise<void>): Promise<void> {
    this.#isBeginning = true;
    try {
      await this.start();
      await this.#storeLeftovers(onKnown);
    } finally {
      this.#isBeginning = false;
    }
  }

  async #storeLeftovers(onKnown: (row: CatalogRow) => Promise<void>): Promise<void> {
    const { liveDirectory, rowFromJournal } = this.#options;
    for (const key of this.#olderKeys) {
      if (this.#state !== "running") return;
      const row = await liveRow({ ...this.#ports, liveDirectory, rowFromJournal }, key);
      const place = this.#pools.committed(key);
      if (row === null) {
        const what = { code: "JOURNAL_DAMAGED", recordingId: key } as const;
        if (place === null) this.#ports.log.error("a journal without end", what);
      } else if (place === null) {
        this.store({ recordingKey: key, liveDirectory, pool: null, row });
      } else {
        const isHeld = await this.#takeHold(key, place);
        await onKnown({ ...rowOf({ row }, place), ...(isHeld ? { isHeld } : {}) });
      }
    }
  }

  async start(): Promise<void> {
    await this.#custody.finishLiveErasures(await this.#keeper.marks());
    const live = await this.#keeper.list();
    this.#liveKeys = live.all;
    this.#olderKeys = live.finished;
    await this.#pools.scan();
    if (this.#state === "closed") return;
    this.#state = "running";
    this.#run(this.#reindexIfEmpty());
    this.#space.start();
    await this.#upkeep();
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
    const { recordingKey: recordingId, sipCallId, liveStreamId } = recording.row;
    this.#ports.log.debug("recording waits to be stored", { recordingId, sipCallId, liveStreamId });
    this.#jobs.set(recording.recordingKey, job);
    this.#ready.push(job);
    this.#pump();
  }

  /** The same as rows, while the catalog may not have them. */
  unstored(): readonly CatalogRow[] {
    return [...this.#jobs.values()].map(({ recording }) => recording.row);
  }

  pending(): number {
    return this.#jobs.size + (this.#isReindexing || this.#isBeginning ? 1 : 0);
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
    await this.#workEnded();
    await this.#memory?.close();
    this.#jobs.clear();
    this.#ports.metrics.set("storage_queue", 0);
  }

  /** All work has ended, or what is left of it waits for a drive that does not answer. */
  async #workEnded(): Promise<void> {
    const ended = (async () => {
      await this.#space.close();
      while (this.#work.size > 0) await Promise.all(this.#work);
    })();
    await new Promise<void>((resolve, reject) => {
      const patience = this.#ports.clock.setTimer("storage.close", CLOSE_PATIENCE_MS, () => {
        if (this.#pools.isHung()) resolve();
      });
      ended.then(resolve, reject).finally(() => patience.cancel());
    });
  }

  // ---- For people -------------------------------------------------------------------------------

  hold(recordingKey: string, deed: Deed): Promise<AdminAnswer> {
    return this.#custody.hold(recordingKey, deed);
  }

  releaseHold(recordingKey: string): Promise<AdminAnswer> {
    return this.#custody.releaseHold(recordingKey);
  }

  holdOf(recordingKey: string): Promise<Hold | null> {
    return this.#custody.holdOf(recordingKey);
  }

  erase(recordingKey: string, deed: Deed): Promise<AdminAnswer> {
    return this.#custody.erase(recordingKey, deed);
  }

  verify(recordingKey: string): Promise<VerificationReport> {
    const { liveDirectory } = this.#options;
    const key = isRecordingKey(recordingKey) ? recordingKey : "unknown";
    return verifyRecording({ key, place: this.#pools.committed(key), liveDirectory }, this.#ports);
  }

  pools(): readonly PoolStatus[] {
    return this.#space.pools((pool) => this.#fullPools.has(pool));
  }

  liveSpace(): LiveSpaceStatus | null {
    return this.#space.live(this.#jobs.size);
  }

  /** Every recording that is committed on a drive. */
  storedKeys(): string[] {
    return [...this.#pools.entries()].map(([key]) => key).sort();
  }

  /** Fills the catalog again from the files. */
  reindex(progress: ReindexProgress): Promise<ReindexResult> {
    const { liveDirectory, rowFromJournal } = this.#options;
    const { disk, catalog } = this.#ports;
    const source = { pools: this.#pools, liveDirectory, disk, catalog, rowFromJournal };
    return reindex(source, progress);
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
      const { recordingKey } = job.recording;
      const attempt = this.#attempt(job).finally(() => this.#attempts.delete(recordingKey));
      this.#attempts.set(recordingKey, attempt);
      this.#run(attempt);
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
      this.#ports.log.debug("storing begins", { recordingId: recordingKey, attempt: job.attempts });
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
    await this.#catalog.enter({
      ...row,
      ...outcome,
      pool: null,
      drive: null,
      path: null,
      bytes: 0,
    });
  }

  #retryLater(job: Job, error: RecorderError): void {
    const { recordingKey } = job.recording;
    if (this.#state === "closed" || !this.#jobs.has(recordingKey)) return;
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

  /** Takes a recording out of the queue, for it is to be erased. */
  async #withdraw(recordingKey: string): Promise<void> {
    const job = this.#jobs.get(recordingKey);
    this.#jobs.delete(recordingKey);
    job?.retry?.cancel();
    const at = job === undefined ? -1 : this.#ready.indexOf(job);
    if (at >= 0) this.#ready.splice(at, 1);
    await this.#attempts.get(recordingKey);
  }

  #wake(job: Job): void {
    job.retry?.cancel();
    job.retry = null;
    this.#ready.push(job);
    this.#pump();
  }

  // ---- After the commit -------------------------------------------------------------------------

  async #finish(job: Job, place: StoredPlace): Promise<void> {
    const isHeld = await this.#takeHold(job.recording.recordingKey, place);
    const row = { ...rowOf(job.recording, place), ...(isHeld ? { isHeld } : {}) };
    await this.#catalog.enter(row);
    this.#ports.metrics.increment("storage_stored_total");
    this.#space.load.stored(row.samples, row.bytes);
    this.#setFull(place.drive.pool, false);
    await this.#delegate.onStored(row);
    await this.#releaseCommitted();
  }

  /** Committed by an earlier attempt or process: only what comes after the commit is missing. */
  async #finishKnown(job: Job, place: StoredPlace): Promise<void> {
    const isHeld = await this.#takeHold(job.recording.recordingKey, place);
    const row = { ...rowOf(job.recording, place), ...(isHeld ? { isHeld } : {}) };
    const entered = await this.#catalog.entered(row.recordingKey);
    if (entered?.drive === row.drive && entered.path === row.path) return;
    await this.#catalog.enter(row);
    await this.#delegate.onStored(row);
  }

  /** A hold that cannot be moved now stays beside the live pair, where it holds as well. */
  async #takeHold(recordingKey: string, place: StoredPlace): Promise<boolean> {
    try {
      return await this.#custody.takeHoldAlong(recordingKey, place);
    } catch (error) {
      if (!(error instanceof DriveTrouble) && systemCode(error) === null) throw error;
      const detail = error instanceof Error ? error.message : String(error);
      const code = "DRIVE_FAILED";
      this.#ports.log.warn("a hold stays in the live directory", {
        code,
        recordingId: recordingKey,
        detail,
      });
      return true;
    }
  }

  #setFull(pool: string, isFull: boolean): void {
    if (this.#fullPools.has(pool) === isFull) return;
    if (isFull) this.#fullPools.add(pool);
    else this.#fullPools.delete(pool);
    this.#ports.metrics.set("pools_full", this.#fullPools.size);
    this.#delegate.onPoolFull(pool, isFull);
  }

  // ---- Periodic work ----------------------------------------------------------------------------

  /** Every hour: the live pairs whose time is over, and the recordings whose time is over. */
  async #upkeep(): Promise<void> {
    await this.#releaseCommitted();
    await this.#retain();
    if (this.#state !== "running") return;
    this.#releaseTimer = this.#ports.clock.setTimer("storage.release", RELEASE_PERIOD_MS, () =>
      this.#run(this.#upkeep()),
    );
  }

  async #releaseCommitted(): Promise<void> {
    await this.#keeper.release((key) => this.#pools.committed(key) !== null);
  }

  /** deleteAfterDays; holds and keepAtLeastDays are looked at again when it is done. */
  async #retain(): Promise<void> {
    const rules = new Map(
      this.#options.pools.map(({ name, deleteAfterDays = 0, keepAtLeastDays = 0 }) => [
        name,
        { deleteAfterDays, keepAtLeastDays },
      ]),
    );
    const entries = [...this.#pools.entries()].map(([recordingKey, { drive }]) => ({
      recordingKey,
      pool: drive.pool,
      isHeld: this.#pools.held.has(recordingKey),
    }));
    const due = expired(entries, rules, this.#ports.clock.wallTimeMs());
    for (const key of due.slice(0, RETENTION_BATCH)) {
      if (this.#state !== "running") return;
      const pool = this.#pools.committed(key)?.drive.pool ?? "";
      const reason = `deleteAfterDays ${rules.get(pool)?.deleteAfterDays ?? 0} of pool ${pool}`;
      const answer = await this.#custody.erase(key, { by: "retention", reason }, "retention");
      if (answer.ok) continue;
      const detail = `${answer.code}: ${answer.detail}`;
      const code = "RETENTION_FAILED";
      this.#ports.log.warn("retention left a recording", { recordingId: key, code, detail });
    }
  }

  /** A catalog that was lost is filled again at once. */
  async #reindexIfEmpty(): Promise<void> {
    if (this.#pools.entries().next().done === true) return;
    this.#isReindexing = true;
    try {
      if (!(await this.#catalog.isEmpty())) return;
      const mayGoOn = (): boolean => this.#state === "running";
      const { rows, unreadable } = await this.reindex({ onProgress: () => undefined, mayGoOn });
      this.#ports.log.info("the catalog was empty; it is rebuilt", {
        rows,
        unreadable: unreadable.length,
      });
    } catch (error) {
      if (!(error instanceof RecorderError) && systemCode(error) === null) throw error;
      const detail = error instanceof Error ? error.message : String(error);
      this.#ports.log.warn("the catalog could not be rebuilt", { code: "CATALOG_FAILED", detail });
    } finally {
      this.#isReindexing = false;
    }
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

function memoryOf(options: StorageServiceOptions, ports: StoragePorts): DriveMemory | null {
  if (options.drivesFile === undefined) return null;
  const file = new StateFile(options.drivesFile, ports, {
    onProblem: (code, detail) =>
      ports.log.error("a state file cannot be written", { code, detail }),
  });
  return new DriveMemory(file, ports.clock);
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

function rowOf(recording: Pick<FinishedRecording, "row">, place: StoredPlace): CatalogRow {
  return {
    ...recording.row,
    pool: place.drive.pool,
    drive: place.drive.path,
    path: place.path,
    bytes: place.bytes,
  };
}
