// The catalog is an index of the pool and agrees with it: one row a stored recording, no other row,
// every field as the files have it (formats.md, "State directory").
import { count, entries, type RecordedFile, type RunRecord } from "../record/run-record.ts";
import { standingCopies } from "./stored-copy.ts";

export function checkCatalog(record: RunRecord): string[] {
  const rows = record.catalog as readonly Readonly<Record<string, unknown>>[];
  const keys = new Set(record.recordings.map(({ recordingKey }) => recordingKey));
  const strangers = rows
    .filter((row) => !keys.has(String(row["recordingKey"])))
    .map((row) => `the catalog has a row of ${String(row["recordingKey"])}, which has no files`);
  const complaints = record.recordings
    .filter(({ stored }) => stored.length > 0)
    .flatMap((recording) => {
      const own = rows.filter((row) => row["recordingKey"] === recording.recordingKey);
      const [row] = own;
      const found =
        row === undefined || own.length > 1
          ? [`has ${own.length} rows in the catalog`]
          : differences(record, recording, row);
      return found.map((text) => `${recording.recordingKey}: ${text}`);
    });
  return [...strangers, ...complaints];
}

function differences(
  record: RunRecord,
  recording: RecordedFile,
  row: Readonly<Record<string, unknown>>,
): readonly string[] {
  const header = entries(recording, "header")[0];
  const association = entries(recording, "association").at(-1);
  const end = entries(recording, "end")[0];
  const [copy] = standingCopies(record, recording);
  const stored = copy?.journal.at(-1);
  if (end === undefined || copy === undefined) return [];
  const files: Readonly<Record<string, unknown>> = {
    samples: count(end, "samples"),
    outcome: end["outcome"],
    why: end["why"] ?? null,
    endReason: end["reason"],
    recovered: end["recovered"] === true,
    callKey: association?.["callKey"] ?? null,
    part: association?.["part"] ?? null,
    agent: association?.["agent"] ?? null,
    extension: association?.["extension"] ?? null,
    parties: association?.["parties"] ?? [],
    // A call that is associated after its header was written has it in that line alone.
    liveStreamId: header?.["liveStreamId"] ?? association?.["liveStreamId"] ?? null,
    sipCallId: header?.["sipCallId"],
    pool: stored?.["pool"],
    drive: stored?.["drive"],
    path: copy.spx === null ? null : copy.path.replace(/\.vrtx$/, ".spx"),
    bytes: copy.spx?.length ?? 0,
  };
  return Object.entries(files)
    .filter(([field, value]) => JSON.stringify(row[field]) !== JSON.stringify(value))
    .map(
      ([field, value]) =>
        `${field} is ${JSON.stringify(row[field])} in the catalog, ${JSON.stringify(value)} on disk`,
    );
}
