// From any of a recording's names to its files: recordingKey, SIP Call-ID, liveStreamId (R19), also
// callKey and deviceCallId, which may name several. The catalog is asked first and never trusted to
// be complete; then the live directory is read, and at last every journal of the pools.
import { linesOfType, parseJournal, type JournalContent } from "../audio/journal.ts";
import { systemCode } from "../errors.ts";
import type { CatalogRow } from "../ports/index.ts";
import {
  allFiles,
  filesOf,
  type FoundFile,
  type PlaceDisks,
  type Places,
  type RecordingFiles,
} from "./recording-files.ts";

/** Recordings of one name that are shown; a conversation has a part for each agent. */
export const MAXIMUM_RECORDINGS_OF_NAME = 1_000;

export interface Lookup {
  readonly places: Places;
  readonly disks: PlaceDisks;
  /** null without one. */
  readonly searchCatalog: ((id: string) => Promise<readonly CatalogRow[]>) | null;
  readonly onProgress: (done: number, total: number) => void;
}

/** What a journal says of whose it is. */
export interface Names {
  readonly sipCallId: string | null;
  readonly liveStreamIds: readonly string[];
  readonly callKeys: readonly string[];
  readonly deviceCallIds: readonly string[];
  readonly endIds: readonly string[];
}

export async function findRecordings(id: string, lookup: Lookup): Promise<RecordingFiles[]> {
  const { places, disks, searchCatalog } = lookup;
  const own = await filesOf(id, places, disks);
  if (own !== null) return [own];
  const found = new Map<string, RecordingFiles>();
  for (const { recordingKey } of (await searchCatalog?.(id)) ?? []) {
    const files = await filesOf(recordingKey, places, disks);
    if (files !== null) found.set(recordingKey, files);
  }
  // The catalog does not know what still runs.
  const live = await allFiles({ ...places, drives: [] }, disks);
  for (const files of await named(live, id, () => undefined)) {
    const { recordingKey } = files;
    found.set(recordingKey, (await filesOf(recordingKey, places, disks)) ?? files);
  }
  if (found.size === 0) {
    const stored = await allFiles(places, disks);
    for (const files of await named(stored, id, lookup.onProgress)) {
      found.set(files.recordingKey, files);
    }
  }
  return [...found.values()].slice(0, MAXIMUM_RECORDINGS_OF_NAME);
}

async function named(
  all: readonly RecordingFiles[],
  id: string,
  onProgress: Lookup["onProgress"],
): Promise<RecordingFiles[]> {
  const hits: RecordingFiles[] = [];
  for (const [index, files] of all.entries()) {
    const journal = await readNewestJournal(files);
    if (journal !== null && isNamed(namesOf(journal.content), id)) hits.push(files);
    onProgress(index + 1, all.length);
  }
  return hits;
}

function isNamed(names: Names, id: string): boolean {
  const { sipCallId, liveStreamIds, callKeys, deviceCallIds } = names;
  return [sipCallId, ...liveStreamIds, ...callKeys, ...deviceCallIds].includes(id);
}

/**
 * The journal of the pool, which has all lines, else the live one; null when neither is readable.
 */
export async function readNewestJournal(
  files: RecordingFiles,
): Promise<{ readonly file: FoundFile; readonly content: JournalContent } | null> {
  const candidates = [...files.copies.map(({ journal }) => journal), files.liveJournal];
  for (const file of candidates) {
    const content = file === null ? null : await readJournal(file);
    if (file !== null && content !== null) return { file, content };
  }
  return null;
}

/** null when it cannot be read. */
export async function readJournal({ disk, path }: FoundFile): Promise<JournalContent | null> {
  try {
    return parseJournal(await disk.readFile(path));
  } catch (error) {
    if (systemCode(error) === null) throw error;
    return null;
  }
}

export function namesOf({ lines }: JournalContent): Names {
  const header = linesOfType(lines, "header")[0];
  const associations = linesOfType(lines, "association");
  const streams = [header?.liveStreamId, ...associations.map(streamOf)];
  return {
    sipCallId: header?.sipCallId ?? null,
    liveStreamIds: distinct(streams),
    callKeys: distinct(associations.map(({ callKey }) => callKey)),
    deviceCallIds: distinct(associations.map(({ deviceCallId }) => deviceCallId)),
    endIds: distinct(associations.map(({ endId }) => endId)),
  };
}

/** Association lines name the stream where it was not known when the header was written. */
function streamOf(line: object): unknown {
  return "liveStreamId" in line ? line.liveStreamId : null;
}

function distinct(values: readonly unknown[]): string[] {
  return [...new Set(values.filter((value) => typeof value === "string"))];
}
