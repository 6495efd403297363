// `tapeline-recorder inspect FILE|ID`: a journal as a person reads it; and, with a configuration,
// everything that there is of the recording, found by any of its three tags (R19, R20, R21).
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { parseJournal, type JournalContent } from "../audio/journal.ts";
import type { RecorderConfig } from "../config.ts";
import { systemCode } from "../errors.ts";
import { gather, type Dossier, type LogLine } from "../inspect/dossier.ts";
import { findRecordings } from "../inspect/find-recordings.ts";
import { journalText } from "../inspect/ladder.ts";
import type { Environment } from "./cli.ts";
import { EXIT } from "./exit-codes.ts";
import { offlineConfig } from "./offline-storage.ts";
import { Progress } from "./progress.ts";
import { placesOf, supportPorts } from "./support-ports.ts";

export interface InspectOptions {
  /** A path, or any of a recording's names. */
  readonly subject: string;
  /** null: none was named on the command line. */
  readonly config: string | null;
  readonly isJson: boolean;
}

/** Where it is when nobody says otherwise. */
const USUAL_CONFIG = "recorder.yaml";

export async function inspectCommand(
  options: InspectOptions,
  environment: Environment,
): Promise<number> {
  const { subject, isJson } = options;
  const file = await readSubject(subject);
  if (file.kind === "absent") return inspectId(options, environment);
  if (file.kind === "unreadable") return refuse(`${subject} cannot be read (${file.code}).`);
  const journal = parseJournal(file.bytes);
  if (journal.lines.length === 0 && journal.unknown.length === 0) {
    return refuse(`${subject} is no journal: it has no line that can be read.`);
  }
  const header = journal.lines.find((line) => line.type === "header");
  const dossiers =
    options.config === null || header === undefined
      ? null
      : await dossiersOf(header.recordingKey, options.config, environment);
  if (dossiers === "refused") return EXIT.usage;
  if (isJson) {
    print({ ...journal, ...(dossiers === null ? {} : { recordings: dossiers.map(asJson) }) });
    return EXIT.ok;
  }
  process.stdout.write(journalText(journal));
  for (const dossier of dossiers ?? []) process.stdout.write(aroundText(dossier));
  return EXIT.ok;
}

async function inspectId(options: InspectOptions, environment: Environment): Promise<number> {
  const { subject, isJson } = options;
  const looksLikeFile = /[/\\]|\.(?:tmp)?vrtx$/.test(subject);
  if (looksLikeFile && options.config === null) {
    return refuse(`${subject} cannot be read (ENOENT).`);
  }
  const dossiers = await dossiersOf(subject, options.config ?? USUAL_CONFIG, environment);
  if (dossiers === "refused") return EXIT.usage;
  if (dossiers.length === 0) {
    return refuse(
      `${subject} is neither a file nor the recordingId, sipCallId or liveStreamId of a recording ` +
        `that is here. Its files may be on a drive that is not mounted, or erased.`,
    );
  }
  if (isJson) print({ version: 1, id: subject, recordings: dossiers.map(asJson) });
  for (const dossier of isJson ? [] : dossiers) {
    const journal = newest(dossier);
    process.stdout.write(journal === null ? NO_JOURNAL : journalText(journal));
    process.stdout.write(aroundText(dossier));
  }
  return EXIT.ok;
}

const NO_JOURNAL = "No journal of it can be read.\n";

/** "refused": the configuration cannot be used, and that has been told. */
async function dossiersOf(
  id: string,
  file: string,
  environment: Environment,
): Promise<readonly Dossier[] | "refused"> {
  const config = await offlineConfig(file, environment);
  return config === null ? "refused" : gatherAll(id, config);
}

async function gatherAll(id: string, config: RecorderConfig): Promise<readonly Dossier[]> {
  const ports = await supportPorts(config);
  const progress = new Progress("journals read", process.stderr);
  try {
    const recordings = await findRecordings(id, {
      places: placesOf(config),
      disks: ports,
      searchCatalog: ports.searchCatalog,
      onProgress: (done, total) => progress.update(done, total),
    });
    return await gather(recordings, {
      disk: ports.disk,
      stateDirectory: config.state.directory,
      logDirectory: config.log.directory,
    });
  } finally {
    progress.end();
    await ports.close();
  }
}

type Subject =
  | { readonly kind: "file"; readonly bytes: Uint8Array }
  | { readonly kind: "absent" }
  | { readonly kind: "unreadable"; readonly code: string };

async function readSubject(subject: string): Promise<Subject> {
  try {
    return { kind: "file", bytes: await readFile(resolve(subject)) };
  } catch (error) {
    const code = systemCode(error) ?? "unknown";
    // A name may also be longer than any file's, or hold what no path may.
    const isNoPath = ["ENOENT", "ENAMETOOLONG", "ENOTDIR", "ERR_INVALID_ARG_VALUE"].includes(code);
    return isNoPath ? { kind: "absent" } : { kind: "unreadable", code };
  }
}

function newest({ journals }: Dossier): JournalContent | null {
  return journals.at(-1)?.content ?? null;
}

// ---- What is around the journal -----------------------------------------------------------------

function asJson({ journals, ...rest }: Dossier): unknown {
  return { ...rest, journals: journals.map(({ path, content }) => ({ path, ...content })) };
}

function aroundText(dossier: Dossier): string {
  const { journals, ul, stored, calls, audit, log, logLinesLeftOut } = dossier;
  const files = [
    ...journals.map(({ path }) => path),
    ...(ul === null ? [] : [`${ul.path}  ${ul.bytes} bytes`]),
    ...stored.map(({ pool, spx, isHeld }) => {
      const held = isHeld ? ", under a legal hold" : "";
      return `${spx === null ? "no audio" : `${spx.path}  ${spx.bytes} bytes`}, pool ${pool}${held}`;
    }),
  ];
  const leftOut = logLinesLeftOut === 0 ? [] : [`… and ${logLinesLeftOut} more`];
  return [
    "",
    ...section("files", files),
    ...section(
      "calls",
      calls.map((row) => JSON.stringify(row)),
    ),
    ...section(
      "audit",
      audit.map((row) => JSON.stringify(row)),
    ),
    ...section("log", [...log.map(logText), ...leftOut]),
    "",
  ].join("\n");
}

function section(title: string, rows: readonly string[]): string[] {
  return rows.length === 0 ? [`${title}: none`] : [`${title}:`, ...rows.map((row) => `  ${row}`)];
}

/** Longest piece of a raw line on a terminal; --json has all of it. */
const SHOWN_CHARACTERS = 240;

function logText({ file, line }: LogLine): string {
  const shown = line.length > SHOWN_CHARACTERS ? `${line.slice(0, SHOWN_CHARACTERS)}…` : line;
  return `${file}  ${shown}`;
}

function refuse(sentence: string): number {
  process.stderr.write(`${sentence}\n`);
  return EXIT.usage;
}

function print(document: unknown): void {
  process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
}
