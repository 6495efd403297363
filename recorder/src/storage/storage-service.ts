// Storage as the composition root and recording/ see it. Types only.
import type { CatalogRow } from "../ports/index.ts";

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

export interface DriveStatus {
  readonly pool: string;
  readonly path: string;
  readonly usedBytes: number;
  readonly freeBytes: number;
  readonly state: "ok" | "full" | "failed" | "missing";
}

export interface StorageDelegate {
  /** Committed: `.spx` and `.vrtx` are in the pool and in the catalog. */
  onStored(row: CatalogRow): void;
  /** An attempt failed; it is tried again. `code` from errors.ts. */
  onStoreFailed(recordingKey: string, code: string, detail: string): void;
  /** All drives of a pool are full, or room has returned. */
  onPoolFull(pool: string, full: boolean): void;
}

export interface Storage {
  /** Removes `.part` leftovers, learns what is committed on which drive. */
  start(): Promise<void>;
  /** Where a recording is committed, or null. */
  committed(recordingKey: string): { readonly pool: string; readonly drive: string } | null;
  /** Queues for compression; retried with back-off until it succeeds. */
  store(recording: FinishedRecording): void;
  /** Recordings that are not yet stored. */
  pending(): number;
  drives(): readonly DriveStatus[];
  /**
   * Waits for the attempt under way, drops the queue (the live pairs remain for the next start).
   */
  close(): Promise<void>;
}
