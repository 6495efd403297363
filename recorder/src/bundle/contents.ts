// What goes into a bundle (R24): which files, under which names, and why each; what a journal names
// and is not there any more, with the `.spx` that stands for it. Looks at names, sizes and
// journals; copies nothing.
import { linesOfType } from "../audio/journal.ts";
import { systemCode } from "../errors.ts";
import { findLogs, LOG_FILES } from "../inspect/log-files.ts";
import { namesOf, readNewestJournal } from "../inspect/find-recordings.ts";
import type { FoundFile, RecordingFiles, Span } from "../inspect/recording-files.ts";
import { readLines } from "../inspect/text-lines.ts";
import type { Disk } from "../ports/index.ts";
import { beganTimeMs, dayOf } from "../storage/pool-files.ts";

/** One file of this machine that is copied. */
export interface Source extends FoundFile {
  /** In the zip. */
  readonly name: string;
  readonly why: string;
  /** Audio goes in as it is; text goes in without secrets, and only the lines of the span. */
  readonly kind: "log" | "rows" | "journal" | "ul" | "spx";
  readonly sizeBytes: number;
  readonly modifiedTimeMs: number;
}

/** An `.ul` that a journal names and that is not there any more. */
export interface ReleasedAudio {
  readonly recordingKey: string;
  /** As the journal names it. */
  readonly file: string;
  /** null: the recorder did not write down when (before this version, or it was erased). */
  readonly releasedAt: string | null;
  /** The stored copy that holds the same audio; null when there is none. */
  readonly standsFor: { readonly path: string; readonly file: string } | null;
  readonly detail: string;
}

export interface MissingFile {
  readonly file: string;
  readonly why: string;
}

export interface Contents {
  readonly sources: readonly Source[];
  readonly released: readonly ReleasedAudio[];
  readonly missing: readonly MissingFile[];
}

const WHY_LOG: Readonly<Record<(typeof LOG_FILES)[number], string>> = {
  "library.log": "the recording library's log (R24); with DEBUG it has everything",
  "server.log": "the server log behind the filter DevLink Active Recording (R24)",
  cd3_log: "the raw DevLink3 stream, enough to replay it (R24)",
  "server_edition/events.log": "one line a DevLink3 record (R24)",
  "server_edition/call_center.log": "one line a change of the call model (R24)",
};

/** The logs with their rotated files, and the rows of state/. */
export async function logSources(
  where: { readonly logDirectory: string; readonly stateDirectory: string },
  disk: Disk,
): Promise<Contents> {
  const sources: Source[] = [];
  const missing: MissingFile[] = [];
  const logs = await findLogs(where.logDirectory, disk);
  for (const { log, name, path } of logs) {
    await addSource(
      sources,
      { path, disk },
      { name: `log/${name}`, why: WHY_LOG[log], kind: "log" },
    );
  }
  for (const log of LOG_FILES.filter((one) => !logs.some((found) => found.log === one))) {
    missing.push({ file: `log/${log}`, why: "nothing has been written to it" });
  }
  const rows = [
    ["calls.jsonl", "a row for each call that the PBX reported, and each discard"],
    ["links.jsonl", "from when to when the events of each IP Office came"],
    ["audit.jsonl", "who listened, exported, paused, deleted, switched a filter"],
  ] as const;
  for (const [name, why] of rows) {
    const file = { path: `${where.stateDirectory}/${name}`, disk };
    const isThere = await addSource(sources, file, { name: `state/${name}`, why, kind: "rows" });
    if (!isThere) missing.push({ file: `state/${name}`, why: "nothing has been written to it" });
  }
  return { sources, released: [], missing };
}

/** Journals of the recordings, and their audio as `.ul` or, where that is released, as `.spx`. */
export async function recordingSources(
  recordings: readonly RecordingFiles[],
  where: {
    readonly span: Span | null;
    readonly liveDirectory: string;
    readonly releases: ReadonlyMap<string, string>;
    readonly onProgress: (done: number, total: number) => void;
  },
): Promise<Contents> {
  const all: { sources: Source[]; released: ReleasedAudio[]; missing: MissingFile[] } = {
    ...{ sources: [], released: [], missing: [] },
  };
  for (const [index, files] of recordings.entries()) {
    await addRecording(all, files, where);
    where.onProgress(index + 1, recordings.length);
  }
  return all;
}

type Draft = { sources: Source[]; released: ReleasedAudio[]; missing: MissingFile[] };

async function addRecording(
  all: Draft,
  files: RecordingFiles,
  where: Parameters<typeof recordingSources>[1],
): Promise<void> {
  const { recordingKey, liveJournal, copies } = files;
  const newest = await readNewestJournal(files);
  const lines = newest?.content.lines ?? [];
  const lastMs = Date.parse(lines.at(-1)?.at ?? "");
  if (where.span !== null && lastMs < where.span.fromTimeMs) return;
  if (liveJournal !== null) {
    const name = `live/${baseName(liveJournal.path)}`;
    const why = "the recording's journal: SIP, media, pauses, gaps, end (R20, R24)";
    const isThere = await addSource(all.sources, liveJournal, { name, why, kind: "journal" });
    if (!isThere) all.missing.push({ file: name, why: "it went while the bundle was made" });
  }
  for (const { journal } of copies) {
    const why = "the journal as it is stored beside the .spx";
    await addSource(all.sources, journal, {
      name: poolName(journal, recordingKey),
      why,
      kind: "journal",
    });
  }
  const header = linesOfType(lines, "header")[0];
  for (const file of new Set([...(header?.files ?? []), `${recordingKey}.ul`])) {
    await addAudio(all, files, {
      ...where,
      file,
      hasEnd: lines.some(({ type }) => type === "end"),
    });
  }
}

async function addAudio(
  all: Draft,
  files: RecordingFiles,
  about: {
    readonly file: string;
    readonly liveDirectory: string;
    readonly releases: ReadonlyMap<string, string>;
    readonly hasEnd: boolean;
  },
): Promise<void> {
  const { recordingKey, copies, liveJournal, ul } = files;
  const disk = liveJournal?.disk ?? ul?.disk ?? null;
  // A journal is a file that others may have written: its names lead nowhere else.
  const file = baseName(about.file);
  const why = "audio that the journal names (R24)";
  if (disk !== null) {
    const found = { path: `${about.liveDirectory}/${file}`, disk };
    const isThere = await addSource(all.sources, found, { name: `live/${file}`, why, kind: "ul" });
    if (isThere) return;
  }
  const spx = copies.find((copy) => copy.spx !== null)?.spx ?? null;
  const name = spx === null ? null : poolName(spx, recordingKey);
  if (spx !== null && name !== null && !all.sources.some((source) => source.name === name)) {
    await addSource(all.sources, spx, { name, why: `stands for ${file}, released`, kind: "spx" });
  }
  const releasedAt = about.releases.get(recordingKey) ?? null;
  const standsFor = spx === null || name === null ? null : { path: spx.path, file: name };
  const detail = detailOf({ standsFor, releasedAt, hasCopy: copies.length > 0 });
  all.released.push({ recordingKey, file, releasedAt, standsFor, detail });
}

function detailOf(about: {
  readonly standsFor: object | null;
  readonly releasedAt: string | null;
  readonly hasCopy: boolean;
}): string {
  const { standsFor, releasedAt, hasCopy } = about;
  if (standsFor !== null) {
    const when = releasedAt === null ? "at a time that is not written down" : `at ${releasedAt}`;
    return `the live pair was released ${when}; the .spx holds the same audio`;
  }
  return hasCopy ? "the recording is stored without audio" : "no packet of audio has come";
}

/** When live pairs were released, by recordingKey: state/released.jsonl. */
export async function readReleases(
  stateDirectory: string,
  disk: Disk,
): Promise<Map<string, string>> {
  const releases = new Map<string, string>();
  const file = { path: `${stateDirectory}/released.jsonl`, disk };
  if ((await disk.status(file.path)) === null) return releases;
  for await (const line of readLines(file)) {
    const [, at, key] = /"at":"([^"]{20,30})","recordingKey":"([^"]{1,100})"/.exec(line) ?? [];
    if (at !== undefined && key !== undefined) releases.set(key, at);
  }
  return releases;
}

/** The span of the recordings, with a margin for what led to them. */
export async function spanOf(
  recordings: readonly RecordingFiles[],
  marginMs: number,
): Promise<Span | null> {
  let [fromTimeMs, toTimeMs] = [Infinity, -Infinity];
  for (const files of recordings) {
    const lines = (await readNewestJournal(files))?.content.lines ?? [];
    const began = beganTimeMs(files.recordingKey);
    for (const time of [
      began,
      Date.parse(lines[0]?.at ?? ""),
      Date.parse(lines.at(-1)?.at ?? ""),
    ]) {
      if (time === null || Number.isNaN(time)) continue;
      fromTimeMs = Math.min(fromTimeMs, time);
      toTimeMs = Math.max(toTimeMs, time);
    }
  }
  if (fromTimeMs > toTimeMs) return null;
  return { fromTimeMs: fromTimeMs - marginMs, toTimeMs: toTimeMs + marginMs };
}

/** What a reader of the manifest finds a recording by. */
export async function recordingFacts(files: RecordingFiles): Promise<Record<string, unknown>> {
  const { recordingKey } = files;
  const journal = await readNewestJournal(files);
  if (journal === null) return { recordingKey };
  const { sipCallId, liveStreamIds, callKeys } = namesOf(journal.content);
  const end = linesOfType(journal.content.lines, "end").at(-1);
  return {
    recordingKey,
    sipCallId,
    liveStreamIds,
    callKeys,
    outcome: end?.outcome ?? null,
    why: end?.why ?? null,
    samples: end?.samples ?? null,
  };
}

async function addSource(
  sources: Source[],
  { path, disk }: FoundFile,
  as: { readonly name: string; readonly why: string; readonly kind: Source["kind"] },
): Promise<boolean> {
  try {
    const status = await disk.status(path);
    if (status === null || status.kind !== "file") return false;
    const { sizeBytes, modifiedTimeMs } = status;
    sources.push({ path, disk, ...as, sizeBytes, modifiedTimeMs });
    return true;
  } catch (error) {
    if (systemCode(error) === null) throw error;
    return false;
  }
}

function poolName({ path }: FoundFile, recordingKey: string): string {
  return ["pool", ...dayOf(recordingKey, 0), baseName(path)].join("/");
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
