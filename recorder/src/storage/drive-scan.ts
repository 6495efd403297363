// What a drive holds, learnt at start and when a drive comes back: committed = `.vrtx` and its
// `.spx` under their final names. Leftovers of unfinished attempts are removed; a file that might
// be the only copy of anything (its live pair is gone) never is.
import { linesOfType, parseJournal } from "../audio/journal.ts";
import type { DiskEntry } from "../ports/index.ts";
import type { Committed, PoolDrive } from "./drive.ts";
import { ENDINGS, MARKS, parsePoolFile, type Ending } from "./pool-files.ts";

export interface DriveContent {
  readonly committed: ReadonlyMap<string, Committed>;
  readonly usedBytes: number;
  /** Recordings under a legal hold. */
  readonly held: ReadonlySet<string>;
  /** Recordings whose erasure has begun; they are not among the committed ones. */
  readonly erasing: ReadonlySet<string>;
  /** Files removed because their attempt was not complete. */
  readonly removed: readonly string[];
}

/**
 * Reads the whole drive. `isLive` tells whether the live pair of a recording is still there. Beside
 * a recorder at work (`isReadOnly`) what looks like a leftover may be its attempt: nothing goes.
 */
export async function scanDrive(
  drive: PoolDrive,
  isLive: (recordingKey: string) => boolean,
  isReadOnly = false,
): Promise<DriveContent> {
  const committed = new Map<string, Committed>();
  const removed: string[] = [];
  const held = new Set<string>();
  const erasing = new Set<string>();
  let usedBytes = 0;
  for (const directory of await dayDirectories(drive)) {
    const groups = groupByKey(await list(drive, directory));
    for (const [key, endings] of groups) {
      if (endings.has(MARKS.hold)) held.add(key);
      if (endings.has(MARKS.erase)) {
        erasing.add(key);
        continue;
      }
      const found = await settleFiles(drive, {
        directory,
        key,
        endings,
        isLive: isLive(key),
        isReadOnly,
      });
      removed.push(...found.removed);
      usedBytes += found.bytesUsed;
      if (found.committed !== null) committed.set(key, found.committed);
    }
  }
  return { committed, usedBytes, held, erasing, removed };
}

/** Looks again at one recording of one drive, after calls of unknown result. */
export async function scanRecording(
  drive: PoolDrive,
  place: { readonly directory: string; readonly key: string; readonly isLive: boolean },
): Promise<Committed | null> {
  const exists = await drive.call("look", (disk) => disk.status(place.directory));
  if (exists === null) return null;
  const groups = groupByKey(await list(drive, place.directory));
  const endings = groups.get(place.key);
  if (endings === undefined) return null;
  return (await settleFiles(drive, { ...place, endings })).committed;
}

/** Removes all that a drive holds of a recording, the commit mark first; a hold stays. */
export async function removeRecording(
  drive: PoolDrive,
  place: { readonly directory: string; readonly key: string },
): Promise<void> {
  const { journal, journalPart, audio, audioPart } = ENDINGS;
  const exists = await drive.call("look", (disk) => disk.status(place.directory));
  if (exists === null) return;
  const endings = groupByKey(await list(drive, place.directory)).get(place.key) ?? new Set();
  for (const ending of [journal, journalPart, audio, audioPart]) {
    if (!endings.has(ending)) continue;
    await remove(drive, `${place.directory}/${place.key}${ending}`);
    // Never an audio file gone with its commit mark still there after a loss of power.
    if (ending === journal) await drive.call("sync", (disk) => disk.syncDirectory(place.directory));
  }
}

interface Settled {
  readonly committed: Committed | null;
  readonly bytesUsed: number;
  readonly removed: readonly string[];
}

async function settleFiles(
  drive: PoolDrive,
  place: {
    readonly directory: string;
    readonly key: string;
    readonly endings: ReadonlySet<Ending>;
    readonly isLive: boolean;
    readonly isReadOnly?: boolean;
  },
): Promise<Settled> {
  const path = (ending: Ending): string => `${place.directory}/${place.key}${ending}`;
  const isKept = place.isReadOnly === true;
  const { audioPart, journalPart } = ENDINGS;
  const doomed: Ending[] = isKept
    ? []
    : [audioPart, journalPart].filter((ending) => place.endings.has(ending));
  const hasAudio = place.endings.has(ENDINGS.audio);
  const hasJournal = place.endings.has(ENDINGS.journal);
  const isWhole =
    hasJournal && (hasAudio || (await isStoredWithoutAudio(drive, path(ENDINGS.journal))));
  // Half of a pair is an unfinished attempt, as long as the live pair is there to begin again.
  if (!isWhole && place.isLive && !isKept) {
    if (hasJournal) doomed.push(ENDINGS.journal);
    if (hasAudio) doomed.push(ENDINGS.audio);
  }
  for (const ending of doomed) await remove(drive, path(ending));
  const audioBytes =
    hasAudio && !doomed.includes(ENDINGS.audio) ? await size(drive, path(ENDINGS.audio)) : 0;
  const journalBytes =
    hasJournal && !doomed.includes(ENDINGS.journal) ? await size(drive, path(ENDINGS.journal)) : 0;
  return {
    committed: isWhole ? { path: hasAudio ? path(ENDINGS.audio) : null, bytes: audioBytes } : null,
    bytesUsed: audioBytes + journalBytes,
    removed: doomed.map(path),
  };
}

/** A recording without a packet has no `.spx`: its `stored` line says 0 bytes. */
async function isStoredWithoutAudio(drive: PoolDrive, path: string): Promise<boolean> {
  const bytes = await drive.call("read journal", (disk) => disk.readFile(path));
  return linesOfType(parseJournal(bytes).lines, "stored").some((line) => line.bytes === 0);
}

async function dayDirectories(drive: PoolDrive): Promise<string[]> {
  let paths = [drive.path];
  for (const pattern of [/^\d{4}$/, /^\d{2}$/, /^\d{2}$/]) {
    const below: string[] = [];
    for (const path of paths) {
      for (const entry of await list(drive, path)) {
        if (entry.kind === "directory" && pattern.test(entry.name)) {
          below.push(`${path}/${entry.name}`);
        }
      }
    }
    paths = below;
  }
  return paths;
}

function list(drive: PoolDrive, path: string): Promise<DiskEntry[]> {
  return drive.call("list", (disk) => disk.list(path));
}

async function size(drive: PoolDrive, path: string): Promise<number> {
  return (await drive.call("look", (disk) => disk.status(path)))?.sizeBytes ?? 0;
}

async function remove(drive: PoolDrive, path: string): Promise<void> {
  await drive.call("remove", (disk) => disk.remove(path));
}

function groupByKey(entries: readonly DiskEntry[]): Map<string, Set<Ending>> {
  const groups = new Map<string, Set<Ending>>();
  for (const entry of entries) {
    const file = entry.kind === "file" ? parsePoolFile(entry.name) : null;
    if (file === null) continue;
    const endings = groups.get(file.key) ?? new Set<Ending>();
    endings.add(file.ending);
    groups.set(file.key, endings);
  }
  return groups;
}
