// Which files there are of a recording: the live pair, and the copy in a pool. Reads names only, so
// that whole pools can be walked; the recordingKey is in the name, and tells when it began.
// formats.md, "The live pair" and "Drive pool".
import { systemCode } from "../errors.ts";
import type { Disk, DiskEntry } from "../ports/index.ts";
import { beganTimeMs, directoryOf, isRecordingKey, parsePoolFile } from "../storage/pool-files.ts";

/** Where recordings lie. */
export interface Places {
  readonly liveDirectory: string;
  readonly drives: readonly { readonly pool: string; readonly path: string }[];
}

/** How to get at them: a drive may hang, so each has a disk of its own. */
export interface PlaceDisks {
  readonly disk: Disk;
  readonly driveDisk: (drivePath: string) => Disk;
}

export interface FoundFile {
  readonly path: string;
  readonly disk: Disk;
}

export interface StoredCopy {
  readonly pool: string;
  readonly drive: string;
  readonly journal: FoundFile;
  readonly spx: FoundFile | null;
  readonly isHeld: boolean;
}

export interface RecordingFiles {
  readonly recordingKey: string;
  /** `.tmpvrtx` while it runs, then `.vrtx`. */
  readonly liveJournal: FoundFile | null;
  readonly ul: FoundFile | null;
  readonly copies: readonly StoredCopy[];
}

/** Recordings that may have run in it; ends unknown here, so a little too many. */
export interface Span {
  readonly fromTimeMs: number;
  readonly toTimeMs: number;
}

/** No call runs longer than this, for the choice of days. */
const LONGEST_CALL_MS = 2 * 24 * 3_600_000;
const DAY_MS = 24 * 3_600_000;
const EVERYTHING: Span = { fromTimeMs: 0, toTimeMs: Number.MAX_SAFE_INTEGER };

/** The files of this recording, where they must be; null when there is none. */
export async function filesOf(
  recordingKey: string,
  places: Places,
  disks: PlaceDisks,
): Promise<RecordingFiles | null> {
  if (!isRecordingKey(recordingKey)) return null;
  const found = new Map<string, Draft>();
  await addLive(found, places.liveDirectory, disks.disk, (key) => key === recordingKey);
  for (const drive of places.drives) {
    const day = directoryOf(drive.path, recordingKey);
    await addDay(found, { drive, day }, disks, (key) => key === recordingKey);
  }
  return found.get(recordingKey) ?? null;
}

/** All recordings with a journal or an `.ul`, oldest first. A drive that is away is passed over. */
export async function allFiles(
  places: Places,
  disks: PlaceDisks,
  span: Span = EVERYTHING,
): Promise<RecordingFiles[]> {
  const mayRun = (key: string): boolean => {
    const began = beganTimeMs(key);
    if (began === null) return true;
    return began <= span.toTimeMs && began + LONGEST_CALL_MS >= span.fromTimeMs;
  };
  const found = new Map<string, Draft>();
  await addLive(found, places.liveDirectory, disks.disk, mayRun);
  for (const drive of places.drives) {
    for (const day of await daysOf(drive.path, disks.driveDisk(drive.path), span)) {
      await addDay(found, { drive, day }, disks, mayRun);
    }
  }
  const began = (one: RecordingFiles): number => beganTimeMs(one.recordingKey) ?? 0;
  return [...found.values()].sort((one, other) => began(one) - began(other));
}

interface Draft {
  readonly recordingKey: string;
  liveJournal: FoundFile | null;
  ul: FoundFile | null;
  readonly copies: StoredCopy[];
}

function draftOf(found: Map<string, Draft>, recordingKey: string): Draft {
  const draft = found.get(recordingKey) ?? {
    recordingKey,
    liveJournal: null,
    ul: null,
    copies: [],
  };
  found.set(recordingKey, draft);
  return draft;
}

async function addLive(
  found: Map<string, Draft>,
  directory: string,
  disk: Disk,
  isWanted: (recordingKey: string) => boolean,
): Promise<void> {
  for (const { name, kind } of await entries(disk, directory)) {
    const [, key, ending] = /^(.+)\.(ul|tmpvrtx|vrtx)$/.exec(name) ?? [];
    if (kind !== "file" || key === undefined || !isWanted(key)) continue;
    const file = { path: `${directory}/${name}`, disk };
    if (ending === "ul") draftOf(found, key).ul = file;
    else draftOf(found, key).liveJournal = file;
  }
}

async function addDay(
  found: Map<string, Draft>,
  where: { readonly drive: Places["drives"][number]; readonly day: string },
  disks: PlaceDisks,
  isWanted: (recordingKey: string) => boolean,
): Promise<void> {
  const { drive, day } = where;
  const disk = disks.driveDisk(drive.path);
  const names = new Set((await entries(disk, day)).map(({ name }) => name));
  for (const name of names) {
    const file = parsePoolFile(name);
    if (file === null || file.ending !== ".vrtx" || !isWanted(file.key)) continue;
    const { key } = file;
    const spx = names.has(`${key}.spx`) ? { path: `${day}/${key}.spx`, disk } : null;
    draftOf(found, key).copies.push({
      pool: drive.pool,
      drive: drive.path,
      journal: { path: `${day}/${name}`, disk },
      spx,
      isHeld: names.has(`${key}.hold`),
    });
  }
}

/** "<drive>/yyyy/mm/dd" of the span. */
async function daysOf(drive: string, disk: Disk, span: Span): Promise<string[]> {
  const days: string[] = [];
  for (const year of await numbered(disk, drive, 4)) {
    for (const month of await numbered(disk, `${drive}/${year}`, 2)) {
      for (const day of await numbered(disk, `${drive}/${year}/${month}`, 2)) {
        const beginMs = Date.parse(`${year}-${month}-${day}T00:00:00Z`);
        const isEarly = beginMs + DAY_MS + LONGEST_CALL_MS < span.fromTimeMs;
        if (!isEarly && beginMs <= span.toTimeMs) days.push(`${drive}/${year}/${month}/${day}`);
      }
    }
  }
  return days;
}

async function numbered(disk: Disk, path: string, digits: number): Promise<string[]> {
  const all = await entries(disk, path);
  return all
    .filter(
      ({ name, kind }) => kind === "directory" && /^\d+$/.test(name) && name.length === digits,
    )
    .map(({ name }) => name)
    .sort();
}

/** None when the directory cannot be read: what is away has nothing to show. */
async function entries(disk: Disk, path: string): Promise<DiskEntry[]> {
  try {
    return await disk.list(path);
  } catch (error) {
    if (systemCode(error) === null) throw error;
    return [];
  }
}
