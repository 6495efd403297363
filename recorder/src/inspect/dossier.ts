// Everything that there is of a recording: journals, stored copy, rows of calls and audit, and the
// lines of all logs that name it (R19). Found by its three tags, its callKey and its deviceCallId;
// the DevLink3 logs, which know none of them, by the end id while the call ran.
import type { JournalContent } from "../audio/journal.ts";
import type { Disk } from "../ports/index.ts";
import { namesOf, readJournal } from "./find-recordings.ts";
import { findLogs } from "./log-files.ts";
import type { RecordingFiles } from "./recording-files.ts";
import { readLines, timeOfLine } from "./text-lines.ts";

/** Log lines of one recording that are gathered; more are counted. */
export const MAXIMUM_LOG_LINES = 50_000;
/** Before and after the recording, for lines that name only a call or an end. */
const MARGIN_MS = 60_000;

export interface LogLine {
  readonly file: string;
  readonly line: string;
}

export interface Dossier {
  readonly recordingKey: string;
  readonly sipCallId: string | null;
  readonly liveStreamIds: readonly string[];
  readonly callKeys: readonly string[];
  readonly deviceCallIds: readonly string[];
  /** The live one first; the pool's has all lines. */
  readonly journals: readonly { readonly path: string; readonly content: JournalContent }[];
  /** null: it was released, or there never was audio. */
  readonly ul: { readonly path: string; readonly bytes: number } | null;
  readonly stored: readonly {
    readonly pool: string;
    readonly path: string;
    readonly spx: { readonly path: string; readonly bytes: number } | null;
    readonly isHeld: boolean;
  }[];
  /** Of calls.jsonl: the call, discards, erasures. */
  readonly calls: readonly unknown[];
  readonly audit: readonly unknown[];
  readonly log: readonly LogLine[];
  /** Beyond MAXIMUM_LOG_LINES. */
  readonly logLinesLeftOut: number;
}

export interface DossierSource {
  readonly disk: Disk;
  readonly stateDirectory: string;
  readonly logDirectory: string;
}

/** One pass over the logs for all of them. */
export async function gather(
  recordings: readonly RecordingFiles[],
  source: DossierSource,
): Promise<Dossier[]> {
  const drafts = await Promise.all(recordings.map(draftOf));
  const { disk, stateDirectory, logDirectory } = source;
  for (const file of ["calls", "audit"] as const) {
    await eachLine({ disk, path: `${stateDirectory}/${file}.jsonl` }, (line) => {
      for (const draft of drafts) if (draft.isNamedIn(line)) draft[file].push(rowOf(line));
    });
  }
  for (const found of await findLogs(logDirectory, disk)) {
    const { log, name } = found;
    await eachLine(found, (line) => {
      for (const draft of drafts) {
        const isOurs = log === "cd3_log" ? draft.isInRaw(line) : draft.isInLog(line);
        if (isOurs) draft.addLog({ file: name, line });
      }
    });
  }
  return drafts.map((draft) => draft.dossier());
}

async function eachLine(
  file: { readonly disk: Disk; readonly path: string },
  take: (line: string) => void,
): Promise<void> {
  if ((await file.disk.status(file.path)) === null) return;
  for await (const line of readLines(file)) take(line);
}

async function draftOf(files: RecordingFiles): Promise<Draft> {
  const journals: { path: string; content: JournalContent }[] = [];
  for (const file of [files.liveJournal, ...files.copies.map(({ journal }) => journal)]) {
    const content = file === null ? null : await readJournal(file);
    if (file !== null && content !== null) journals.push({ path: file.path, content });
  }
  const sizeOf = async (file: { disk: Disk; path: string } | null) => {
    const bytes = file === null ? null : ((await file.disk.status(file.path))?.sizeBytes ?? null);
    return file === null || bytes === null ? null : { path: file.path, bytes };
  };
  const stored = await Promise.all(
    files.copies.map(async ({ pool, journal, spx, isHeld }) => ({
      ...{ pool, path: journal.path, spx: await sizeOf(spx), isHeld },
    })),
  );
  return new Draft(files.recordingKey, { journals, stored, ul: await sizeOf(files.ul) });
}

type Found = Pick<Dossier, "journals" | "stored" | "ul">;

class Draft {
  readonly calls: unknown[] = [];
  readonly audit: unknown[] = [];
  readonly #recordingKey: string;
  readonly #found: Found;
  readonly #names: ReturnType<typeof namesOf>;
  /** Anywhere in a line they mean this recording. */
  readonly #tags: readonly RegExp[];
  /** As bytes of the DevLink3 stream. */
  readonly #rawTags: readonly string[];
  readonly #rawEnds: readonly string[];
  readonly #fromMs: number;
  readonly #toMs: number;
  readonly #log: LogLine[] = [];
  #leftOut = 0;

  constructor(recordingKey: string, found: Found) {
    this.#recordingKey = recordingKey;
    this.#found = found;
    const content = found.journals.at(-1)?.content ?? NO_JOURNAL;
    this.#names = namesOf(content);
    const { sipCallId, liveStreamIds, endIds } = this.#names;
    const own = sipCallId === null ? [] : [sipCallId];
    this.#tags = [recordingKey, ...own, ...liveStreamIds].map(wholeWord);
    const rawTags = [...own, ...liveStreamIds].filter((tag) => tag.length >= SHORTEST_RAW_TAG);
    this.#rawTags = rawTags.flatMap(hexForms);
    this.#rawEnds = endIds.flatMap(hexForms);
    // Not spread into Math.min: a long call on a bad line has more lines than that takes arguments.
    const times = content.lines.map(({ at }) => Date.parse(at));
    const firstMs = times.reduce((least, time) => Math.min(least, time), Number.MAX_SAFE_INTEGER);
    this.#fromMs = firstMs - MARGIN_MS;
    this.#toMs = times.reduce((most, time) => Math.max(most, time), 0) + MARGIN_MS;
  }

  /** A row of state/: the call's row names the recording in its parts. */
  isNamedIn(line: string): boolean {
    return this.#tags.some((tag) => tag.test(line));
  }

  isInLog(line: string): boolean {
    if (this.isNamedIn(line)) return true;
    const { callKeys, deviceCallIds, endIds } = this.#names;
    const isNamed = [...callKeys, ...deviceCallIds, ...endIds].some((id) =>
      line.includes(JSON.stringify(id)),
    );
    return (isNamed || this.#isRecordOfCall(line)) && this.#isInSpan(line);
  }

  /** A line of cd3_log. */
  isInRaw(line: string): boolean {
    if (this.#rawTags.some((hex) => line.includes(hex))) return true;
    return this.#rawEnds.some((hex) => line.includes(hex)) && this.#isInSpan(line);
  }

  addLog(line: LogLine): void {
    if (this.#log.length < MAXIMUM_LOG_LINES) this.#log.push(line);
    else this.#leftOut += 1;
  }

  dossier(): Dossier {
    const { sipCallId, liveStreamIds, callKeys, deviceCallIds } = this.#names;
    return {
      recordingKey: this.#recordingKey,
      ...{ sipCallId, liveStreamIds, callKeys, deviceCallIds },
      ...this.#found,
      ...{ calls: this.calls, audit: this.audit, log: this.#log },
      logLinesLeftOut: this.#leftOut,
    };
  }

  /** events.log has node and CallID as fields of the record. */
  #isRecordOfCall(line: string): boolean {
    return this.#names.deviceCallIds.some((id) => {
      const [, node, callId] = /^(.*)-(\d+)$/.exec(id) ?? [];
      return line.includes(`"node":${JSON.stringify(node)},"callId":${callId},`);
    });
  }

  #isInSpan(line: string): boolean {
    const timeMs = timeOfLine(line);
    return timeMs !== null && timeMs >= this.#fromMs && timeMs <= this.#toMs;
  }
}

const NO_JOURNAL: JournalContent = {
  ...{ lines: [], unknown: [], problems: [], tornTail: false, completeBytes: 0 },
};

/** Shorter ones are found in any stream of bytes, by chance. */
const SHORTEST_RAW_TAG = 4;

/** Not as a piece of another name. */
function wholeWord(tag: string): RegExp {
  const escaped = tag.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
  return new RegExp(`(?<![\\w.-])${escaped}(?![\\w.-])`);
}

/** DevLink3 has texts of one and of two bytes a character. */
function hexForms(text: string): string[] {
  const wide = Buffer.from(text, "utf16le");
  return [Buffer.from(text, "utf8"), wide, Buffer.from(wide).swap16()].map((bytes) =>
    bytes.toString("hex"),
  );
}

function rowOf(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return line;
    throw error;
  }
}
