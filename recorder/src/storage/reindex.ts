// Rebuilds the catalog from what is true: the pools' journals with their holds, and the finished
// pairs of the live directory (formats.md, "State directory"). Audit, keys, not-wanted rows and
// webhooks were never in the catalog: they are files of the state directory and stay as they are.
import { parseJournal, type JournalContent } from "../audio/journal.ts";
import { systemCode } from "../errors.ts";
import type { Catalog, CatalogRow, Disk } from "../ports/index.ts";
import type { DrivePools, StoredPlace } from "./drive-pools.ts";
import { DriveTrouble } from "./drive.ts";
import { directoryOf, ENDINGS } from "./pool-files.ts";

/** Rows of the old catalog looked at in one go. */
const PAGE_ROWS = 1000;

export interface ReindexSource {
  readonly pools: DrivePools;
  readonly liveDirectory: string;
  readonly disk: Disk;
  readonly catalog: Catalog;
  readonly rowFromJournal: (journal: JournalContent) => CatalogRow | null;
}

export interface ReindexResult {
  /** Rows written. */
  readonly rows: number;
  /** Of them under a legal hold. */
  readonly held: number;
  /** Rows of recordings that are nowhere. */
  readonly removed: number;
  /** Keys whose journal could not be read or has no end. */
  readonly unreadable: readonly string[];
  /** Drives that could not be read; their rows were left as they are. */
  readonly unknownDrives: readonly string[];
}

export interface ReindexProgress {
  onProgress(done: number, total: number): void;
  mayGoOn(): boolean;
}

/** Rejects with the catalog's error; a journal that cannot be read is told in the result. */
export async function reindex(
  source: ReindexSource,
  progress: ReindexProgress,
): Promise<ReindexResult> {
  const { pools, catalog } = source;
  const live = await finishedInLive(source);
  const stored = [...pools.entries()];
  const unstored = live.filter((key) => pools.committed(key) === null);
  const keys = new Set([...stored.map(([key]) => key), ...unstored]);
  const unreadable: string[] = [];
  let [rows, held, done] = [0, 0, 0];
  const enter = async (key: string, row: CatalogRow | null): Promise<void> => {
    done += 1;
    if (row === null) unreadable.push(key);
    else {
      await catalog.put(row);
      rows += 1;
      if (row.isHeld === true) held += 1;
    }
    progress.onProgress(done, keys.size);
  };
  for (const [key, place] of stored) {
    if (!progress.mayGoOn()) break;
    await enter(key, await storedRow(source, key, place));
  }
  for (const key of unstored) {
    if (!progress.mayGoOn()) break;
    await enter(key, await liveRow(source, key));
  }
  const unknownDrives = pools.unknownDrives();
  const removed =
    unknownDrives.length > 0 || !progress.mayGoOn() ? 0 : await removeStale(catalog, keys, live);
  return { rows, held, removed, unreadable, unknownDrives };
}

/** The catalog's row of a stored recording. */
async function storedRow(
  source: Pick<ReindexSource, "pools" | "rowFromJournal">,
  key: string,
  place: StoredPlace,
): Promise<CatalogRow | null> {
  const { drive, path, bytes } = place;
  const journal = `${directoryOf(drive.path, key)}/${key}${ENDINGS.journal}`;
  try {
    const content = await drive.call("read journal", (disk) => disk.readFile(journal));
    const row = source.rowFromJournal(parseJournal(content));
    if (row === null) return null;
    const isHeld = source.pools.held.has(key);
    return { ...row, pool: drive.pool, drive: drive.path, path, bytes, isHeld };
  } catch (error) {
    if (!(error instanceof DriveTrouble)) throw error;
    return null;
  }
}

/** The catalog's row of a finished live pair. */
export async function liveRow(
  source: Pick<ReindexSource, "disk" | "liveDirectory" | "rowFromJournal">,
  key: string,
): Promise<CatalogRow | null> {
  const stem = `${source.liveDirectory}/${key}`;
  try {
    const bytes = await source.disk.readFile(stem + ENDINGS.journal);
    return source.rowFromJournal(parseJournal(bytes));
  } catch (error) {
    if (systemCode(error) === null) throw error;
    return null;
  }
}

async function finishedInLive({ disk, liveDirectory }: ReindexSource): Promise<string[]> {
  try {
    return (await disk.list(liveDirectory))
      .filter(({ name, kind }) => kind === "file" && name.endsWith(ENDINGS.journal))
      .map(({ name }) => name.slice(0, -ENDINGS.journal.length));
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw error;
    return [];
  }
}

async function removeStale(
  catalog: Catalog,
  keys: ReadonlySet<string>,
  live: readonly string[],
): Promise<number> {
  const known = new Set([...keys, ...live]);
  const stale: string[] = [];
  for (let offset = 0; ; offset += PAGE_ROWS) {
    const page = await catalog.search({ limit: PAGE_ROWS, offset });
    for (const { recordingKey } of page) if (!known.has(recordingKey)) stale.push(recordingKey);
    if (page.length < PAGE_ROWS) break;
  }
  for (const key of stale) await catalog.remove(key);
  return stale.length;
}
