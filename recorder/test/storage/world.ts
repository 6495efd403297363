// The storage service in a small world of its own: one medium, a stand-in encoder whose files can
// be decoded again, a catalog in memory, and live pairs on demand.
import { createHash } from "node:crypto";
import { encodeUlaw, decodeUlawBytes } from "../../src/audio/g711.ts";
import { serializeJournalLine } from "../../src/audio/journal.ts";
import { createLogger } from "../../src/log.ts";
import { Metrics } from "../../src/metrics.ts";
import type { Catalog, CatalogQuery, CatalogRow, Disk, Encoder } from "../../src/ports/index.ts";
import { rowFromJournal } from "../../src/recording/journal-row.ts";
import { StorageService, type StorageServiceOptions } from "../../src/storage/pool-storage.ts";
import type { FinishedRecording } from "../../src/storage/storage-service.ts";
import { CrashDisk, CrashMedium, type CallHook } from "./crash-disk.ts";
import { ManualClock } from "./manual-clock.ts";

export const LIVE = "/live";
export const START_TIME_MS = 1_795_366_801_234;

/** µ-law whose loudness goes up and down, another for each seed. */
export function talk(samples: number, seed: number): Uint8Array {
  return Uint8Array.from({ length: samples }, (_, index) => {
    const loudness = Math.abs(Math.sin(index / (400 + seed))) * 9000;
    return encodeUlaw(Math.round(loudness * Math.sin(index * (0.7 + seed / 50))));
  });
}

export interface EncoderFaults {
  describe?: () => Error | null;
  encode?: () => Error | null;
  /** Changes what the decoder gives back. */
  decode?: (samples: Int16Array) => Int16Array;
}

/** Keeps every byte behind a mark; goes through the disk, so that its faults hit here too. */
export function standInEncoder(disk: Disk, faults: EncoderFaults): Encoder {
  return {
    async describe() {
      const error = faults.describe?.() ?? null;
      if (error !== null) throw error;
      return "stand-in 1";
    },
    async encode({ source, target }) {
      const error = faults.encode?.() ?? null;
      if (error !== null) throw error;
      const audio = await disk.readFile(source);
      const file = await disk.open(target, "append");
      await file.write(Uint8Array.of(0x53), 0);
      await file.write(audio, 1);
      await file.truncate(audio.length + 1);
      await file.close();
    },
    async decode(path, onSamples) {
      const bytes = await disk.readFile(path);
      if (bytes[0] !== 0x53) throw new Error("not a file of the stand-in");
      const samples = decodeUlawBytes(bytes.subarray(1));
      onSamples(faults.decode?.(samples) ?? samples);
    },
  };
}

export class MemoryCatalog implements Catalog {
  readonly rows = new Map<string, CatalogRow>();
  failure: Error | null = null;

  async put(row: CatalogRow): Promise<void> {
    if (this.failure !== null) throw this.failure;
    this.rows.set(row.recordingKey, row);
  }

  async get(recordingKey: string): Promise<CatalogRow | null> {
    if (this.failure !== null) throw this.failure;
    return this.rows.get(recordingKey) ?? null;
  }

  async search({ limit, offset }: CatalogQuery): Promise<CatalogRow[]> {
    if (this.failure !== null) throw this.failure;
    return [...this.rows.values()].slice(offset, offset + limit);
  }

  async count(): Promise<number> {
    if (this.failure !== null) throw this.failure;
    return this.rows.size;
  }

  async remove(recordingKey: string): Promise<void> {
    if (this.failure !== null) throw this.failure;
    this.rows.delete(recordingKey);
  }

  async close(): Promise<void> {}
}

export interface BuildOptions extends Partial<StorageServiceOptions> {
  readonly medium?: CrashMedium;
  readonly hook?: CallHook;
  readonly encoder?: EncoderFaults;
  readonly clock?: ManualClock;
  readonly catalog?: MemoryCatalog;
}

/** A storage service over a medium; by default one pool with two roomy drives. */
export function build(options: BuildOptions = {}) {
  const medium = options.medium ?? new CrashMedium();
  const clock = options.clock ?? new ManualClock();
  medium.wallTimeMs = () => clock.wallTimeMs();
  const disk = new CrashDisk(medium, options.hook);
  const catalog = options.catalog ?? new MemoryCatalog();
  const metrics = new Metrics();
  const news: string[] = [];
  const released: string[] = [];
  const logLines: string[] = [];
  const log = createLogger(
    { file: "library.log", level: "debug" },
    { clock, log: { write: (_file, line) => logLines.push(line), close: async () => undefined } },
  );
  const storage = new StorageService(
    {
      pools: options.pools ?? [twoDrives()],
      quality: 8,
      liveDirectory: LIVE,
      rowFromJournal,
      keepHours: options.keepHours ?? 24,
      liveWatermarkBytes: options.liveWatermarkBytes ?? 0,
      ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
      ...(options.drivesFile === undefined ? {} : { drivesFile: options.drivesFile }),
      ...(options.liveAlarmHours === undefined ? {} : { liveAlarmHours: options.liveAlarmHours }),
    },
    {
      clock,
      disk,
      driveDisk: () => disk,
      encoder: standInEncoder(disk, options.encoder ?? {}),
      catalog,
      log,
      metrics,
    },
    {
      onStored: (row) => void news.push(`stored ${row.recordingKey} ${row.drive}`),
      onStoreFailed: (key, code) => news.push(`failed ${key} ${code}`),
      onPoolFull: (pool, full) => news.push(`${pool} ${full ? "full" : "has room"}`),
      onSpaceLow: (place, isLow) => news.push(`${place} ${isLow ? "low" : "not low"}`),
      onReleased: (key) => void released.push(key),
      onErased: async ({ recordingKey, by, origin }) => {
        news.push(`erased ${recordingKey} ${by} ${origin}`);
      },
    },
  );
  return { storage, medium, clock, disk, catalog, metrics, news, released, logLines };
}

export function twoDrives(maxBytes = 1_000_000) {
  return {
    name: "main",
    drives: [
      { path: "/one", maxBytes },
      { path: "/two", maxBytes },
    ],
  };
}

export const keyOf = (seed: number): string =>
  `00000000-0000-4000-8000-${String(seed).padStart(12, "0")}-${START_TIME_MS}`;

export const DAY = "2026/11/22";

/** Puts a finished live pair on the medium, synced, as the media plane leaves it. */
export function finishedPair(medium: CrashMedium, seed: number, samples = 1600): FinishedRecording {
  const recordingKey = keyOf(seed);
  const audio = talk(samples, seed);
  const sha256 = createHash("sha256").update(audio).digest("hex");
  const stamps = { at: new Date(START_TIME_MS).toISOString(), elapsedMs: 0, sample: 0 };
  const lines = [
    {
      ...stamps,
      type: "header",
      format: "tapeline-vrtx",
      version: 1,
      recordingKey,
      recorder: "r",
      files: [`${recordingKey}.ul`],
      codec: "PCMU",
      sampleRate: 8000,
      sipCallId: `call-${seed}`,
    },
    {
      ...stamps,
      elapsedMs: 900,
      sample: samples,
      type: "end",
      reason: "remote-bye",
      outcome: "ok",
      samples,
      sha256,
    },
  ];
  if (samples > 0) medium.put(`${LIVE}/${recordingKey}.ul`, audio);
  const journal = lines.map((line) => serializeJournalLine(line)).join("");
  medium.put(`${LIVE}/${recordingKey}.vrtx`, new TextEncoder().encode(journal));
  return { recordingKey, liveDirectory: LIVE, pool: null, row: rowOf(recordingKey, samples) };
}

function rowOf(recordingKey: string, samples: number): CatalogRow {
  return {
    recordingKey,
    callKey: null,
    part: null,
    startTimeMs: START_TIME_MS,
    samples,
    outcome: "ok",
    why: null,
    endReason: "remote-bye",
    recovered: false,
    agent: null,
    extension: null,
    parties: [],
    liveStreamId: null,
    sipCallId: "call",
    pool: null,
    drive: null,
    path: null,
    bytes: 0,
    loss: 0,
    mos: null,
  };
}
