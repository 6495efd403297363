// Storage as the composition root and recording/ see it. Types only.
import type { CatalogRow } from "../ports/index.ts";
import type { DriveStatus, StorageAdmin } from "./storage-admin.ts";

export type { DriveStatus } from "./storage-admin.ts";

/** A finished live pair, ready for the pool. */
export interface FinishedRecording {
  readonly recordingKey: string;
  /** Directory of the live pair. */
  readonly liveDirectory: string;
  /** Pool by name; null = the first. */
  readonly pool: string | null;
  /** pool, drive, path and bytes still null. */
  readonly row: CatalogRow;
}

/** A recording that is gone for good, and by whom. */
export interface Erasure {
  readonly recordingKey: string;
  /** What was known of it; null when its journal could not be read. */
  readonly row: CatalogRow | null;
  readonly by: string;
  readonly reason: string;
  /** `asked`: whoever asked for it leaves a trace of the asking; else nobody else tells of it. */
  readonly origin: "asked" | "retention" | "restart";
}

export interface StorageDelegate {
  /**
   * Committed: `.spx` and `.vrtx` are in the pool and in the catalog. The live pair may be released
   * once the promise, if any, has resolved.
   */
  onStored(row: CatalogRow): Promise<void> | void;
  /** An attempt failed; it is tried again. `code` from errors.ts. */
  onStoreFailed(recordingKey: string, code: string, detail: string): void;
  /** All drives of a pool are full, or room has returned. */
  onPoolFull(pool: string, full: boolean): void;
  /** Space for few hours is left, or for enough again; `place` is a pool or the live directory. */
  onSpaceLow?(place: string, isLow: boolean, hoursLeft: number): void;
  /** Resolves when the trace of it is safe. */
  onErased?(erasure: Erasure): Promise<void>;
  /** The live pair is gone, for the pool has the recording. */
  onReleased?(recordingKey: string): void;
}

export interface Storage extends StorageAdmin {
  /** Removes `.part` leftovers, learns what is committed on which drive. */
  start(): Promise<void>;
  /** `start`, and then what an earlier run left in the live directory is stored. */
  begin(onKnown: (row: CatalogRow) => Promise<void>): Promise<void>;
  /** Where a recording is committed, or null. */
  committed(recordingKey: string): { readonly pool: string; readonly drive: string } | null;
  /** Queues for compression; retried with back-off until it succeeds. */
  store(recording: FinishedRecording): void;
  /** Recordings that are not yet stored; one more while begin() or a reindex is at work. */
  pending(): number;
  /** Rows of what is complete and in no pool yet. */
  unstored(): readonly CatalogRow[];
  drives(): readonly DriveStatus[];
  /**
   * Waits for the attempt under way, drops the queue (the live pairs remain for the next start).
   */
  close(): Promise<void>;
}
