// One recording in a pool: in the folder of its day, its journal the live one with `stored` behind
// its end, its `.spx` as described there and of the same audio.
import { createHash } from "node:crypto";
import { parseStandInSpeex } from "@tapeline/simulator/world";
import { count, entries, type RecordedFile, type RunRecord } from "../record/run-record.ts";
import { lastMissing } from "./audio-length.ts";

type StoredCopy = RecordedFile["stored"][number];

/** After a failure the recorder leaves a drive alone for so long. */
const DRIVE_RETRY_MS = 30_000;

/**
 * The copies that count. A drive may fail between a copy's last rename and the sync behind it: then
 * the recording is stored on another, and the first copy goes when the drive is looked at again.
 */
export function standingCopies(
  { log }: Pick<RunRecord, "log">,
  { stored }: Pick<RecordedFile, "stored">,
): readonly StoredCopy[] {
  if (stored.length < 2) return stored;
  const standing = stored.filter(({ journal }) => !isLeftAlone(log, journal.at(-1)?.["drive"]));
  return standing.length === 0 ? stored : standing;
}

/** It failed so shortly before the log's end that nobody has looked at it since. */
function isLeftAlone(log: readonly string[], drive: unknown): boolean {
  const failed = log.findLast(
    (line) =>
      line.includes('"DRIVE_FAILED"') && line.includes(`"drive":${JSON.stringify(drive) ?? ""},`),
  );
  const last = log.at(-1);
  if (failed === undefined || last === undefined) return false;
  return timeOf(last) - timeOf(failed) < DRIVE_RETRY_MS;
}

function timeOf(line: string): number {
  return Date.parse(/"at":"([^"]+)"/.exec(line)?.[1] ?? "");
}

export function checkCopy(record: RunRecord, recording: RecordedFile, copy: StoredCopy): string[] {
  const complaints: string[] = [];
  const { recordingKey, journal } = recording;
  const stored = copy.journal.at(-1);
  if (stored?.type !== "stored") return ["its pool copy does not end with a stored line"];
  const rest = copy.journal.slice(0, -1);
  const isSame = JSON.stringify(rest) === JSON.stringify(journal.filter(isLive));
  if (!isSame) complaints.push("its pool copy has another journal than its live pair");
  const folder = dayFolder(recordingKey);
  if (!copy.path.endsWith(`${folder}/${recordingKey}.vrtx`)) {
    complaints.push(`${copy.path} is not in the folder of its day, ${folder}`);
  }
  return [...complaints, ...checkAudio(record, recording, { copy, stored })];
}

function isLive({ type }: { readonly type: string }): boolean {
  return type !== "stored";
}

/** Directory dates are UTC (formats.md); the start stands in the key. */
function dayFolder(recordingKey: string): string {
  const startMs = Number(/-(\d+)$/.exec(recordingKey)?.[1]);
  return new Date(startMs).toISOString().slice(0, 10).replaceAll("-", "/");
}

function checkAudio(
  record: RunRecord,
  recording: RecordedFile,
  { copy, stored }: { readonly copy: StoredCopy; readonly stored: StoredCopy["journal"][number] },
): string[] {
  const end = entries(recording, "end")[0];
  const samples = end === undefined ? 0 : count(end, "samples");
  const { spx } = copy;
  if (spx === null) return samples > 0 ? ["has no .spx"] : [];
  const complaints: string[] = [];
  const sum = createHash("sha256").update(spx).digest("hex");
  if (stored["bytes"] !== spx.length || stored["sha256"] !== sum) {
    complaints.push("its .spx is not the one that its stored line tells of");
  }
  if (record.mode === "live") {
    const isOgg = new TextDecoder("latin1").decode(spx.subarray(0, 4)) === "OggS";
    return isOgg ? complaints : [...complaints, "its .spx is no Ogg file"];
  }
  const decoded = parseStandInSpeex(spx);
  if (!decoded.ok) return [...complaints, `its .spx does not decode: ${decoded.problem}`];
  const { audio } = recording;
  if (decoded.muLaw.length !== samples) {
    const { length } = decoded.muLaw;
    const missing = lastMissing(samples - length);
    complaints.push(`its .spx has ${length} samples instead of ${samples}${missing}`);
  } else if (audio !== null && Buffer.compare(decoded.muLaw, audio) !== 0) {
    complaints.push("its .spx holds other audio than its .ul");
  }
  return complaints;
}
