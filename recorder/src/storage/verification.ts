// Verifies one recording, for people: the stored copy against its own journal (length and SHA-256
// of the `.spx`, samples that it decodes to), and the live pair against the same journal while it is
// there. Reads only.
import { createHash } from "node:crypto";
import { linesOfType, parseJournal } from "../audio/journal.ts";
import type { EndLine, StoredLine } from "../audio/journal-lines.ts";
import { RecorderError, systemCode } from "../errors.ts";
import type { Disk, Encoder } from "../ports/index.ts";
import { compareEnvelopes, EnvelopeMeter, LENGTH_TOLERANCE_SAMPLES } from "./envelope.ts";
import type { StoredPlace } from "./drive-pools.ts";
import { DriveTrouble, type PoolDrive } from "./drive.ts";
import { readLivePair, type LivePair } from "./live-pair.ts";
import { directoryOf, ENDINGS } from "./pool-files.ts";
import type { VerificationReport, VerificationState } from "./storage-admin.ts";

/** Bytes hashed at a time. */
const PIECE_BYTES = 256 * 1024;
/** Time for decoding beside the recording's own length. */
const DECODE_BASE_MS = 120_000;
const SAMPLES_PER_MS = 8;

export interface VerificationPorts {
  /** The live directory's disk. */
  readonly disk: Disk;
  readonly encoder: Encoder;
}

/** `place`: where it is committed, or null. Never rejects for what files or drives do. */
export async function verifyRecording(
  recording: {
    readonly key: string;
    readonly place: StoredPlace | null;
    readonly liveDirectory: string;
  },
  ports: VerificationPorts,
): Promise<VerificationReport> {
  const { key, place } = recording;
  const problems: string[] = [];
  const live = await livePairOf(recording, ports.disk, problems);
  if (place === null) return unstored(key, live, problems);
  const checks: Checks = { samples: 0, bytes: place.bytes, isAsStored: false, isDecodable: false };
  let state: VerificationState = "ok";
  try {
    await checkStored({ key, place, live }, ports.encoder, { checks, problems });
  } catch (error) {
    if (!(error instanceof DriveTrouble)) throw error;
    problems.push(error.message);
    state = "unreadable";
  }
  if (live !== null && !live.isAsRecorded) problems.push("the .ul differs from its journal");
  if (state === "ok" && problems.length > 0) state = "damaged";
  return {
    ...{ recordingKey: key, state, pool: place.drive.pool, drive: place.drive.path },
    path: place.path,
    ...checks,
    isLiveAsRecorded: live === null ? null : live.isAsRecorded,
    problems,
  };
}

interface Checks {
  samples: number;
  bytes: number;
  isAsStored: boolean;
  isDecodable: boolean;
}

function unstored(key: string, live: LivePair | null, problems: string[]): VerificationReport {
  if (live !== null && !live.isAsRecorded) problems.push("the .ul differs from its journal");
  const state = problems.length > 0 ? "damaged" : live === null ? "missing" : "not-stored";
  if (state === "missing") problems.push("no drive and no finished live pair has this recording");
  return {
    ...{ recordingKey: key, state, pool: null, drive: null, path: null },
    ...{ samples: live?.samples ?? 0, bytes: 0, isAsStored: false, isDecodable: false },
    isLiveAsRecorded: live === null ? null : live.isAsRecorded,
    problems,
  };
}

/** null when there is none; a pair that cannot be read is a problem. */
async function livePairOf(
  recording: { readonly key: string; readonly liveDirectory: string },
  disk: Disk,
  problems: string[],
): Promise<LivePair | null> {
  const { key, liveDirectory: directory } = recording;
  try {
    if ((await disk.status(`${directory}/${key}${ENDINGS.journal}`)) === null) return null;
    const hasAudio = (await disk.status(`${directory}/${key}.ul`)) !== null;
    return await readLivePair(disk, { directory, key, hasAudio });
  } catch (error) {
    if (!(error instanceof RecorderError) && systemCode(error) === null) throw error;
    problems.push(`the live pair cannot be read: ${messageOf(error)}`);
    return null;
  }
}

async function checkStored(
  stored: { readonly key: string; readonly place: StoredPlace; readonly live: LivePair | null },
  encoder: Encoder,
  into: { readonly checks: Checks; readonly problems: string[] },
): Promise<void> {
  const { key, place, live } = stored;
  const { drive } = place;
  const path = `${directoryOf(drive.path, key)}/${key}${ENDINGS.journal}`;
  const journal = parseJournal(await drive.call("read journal", (disk) => disk.readFile(path)));
  const end = linesOfType(journal.lines, "end").at(-1);
  const line = linesOfType(journal.lines, "stored").at(-1);
  if (journal.problems.length > 0) into.problems.push("the journal has lines that cannot be read");
  if (end === undefined || line === undefined) {
    into.problems.push(`the journal has no ${end === undefined ? "end" : "stored"} line`);
    return;
  }
  into.checks.samples = end.samples;
  await checkAudio({ place, end, line, live }, encoder, into);
}

async function checkAudio(
  facts: {
    readonly place: StoredPlace;
    readonly end: EndLine;
    readonly line: StoredLine;
    readonly live: LivePair | null;
  },
  encoder: Encoder,
  { checks, problems }: { readonly checks: Checks; readonly problems: string[] },
): Promise<void> {
  const { place, end, line, live } = facts;
  if (place.path === null) {
    checks.isAsStored = line.bytes === 0;
    checks.isDecodable = end.samples === 0;
    if (end.samples > 0) problems.push("the .spx is gone");
    return;
  }
  const found = await hashOf(place.drive, place.path);
  checks.bytes = found.bytes;
  checks.isAsStored = found.bytes === line.bytes && found.sha256 === line.sha256;
  if (!checks.isAsStored) problems.push("the .spx is not the one that was stored");
  const meter = new EnvelopeMeter();
  try {
    const limitMs = DECODE_BASE_MS + end.samples / SAMPLES_PER_MS;
    const path = place.path;
    await place.drive.within("decode", limitMs, () =>
      encoder.decode(path, (samples) => meter.push(samples)),
    );
  } catch (error) {
    // The drive's trouble or the encoder's: `within` lets nothing else through.
    problems.push(`the .spx does not decode: ${messageOf(error)}`);
    return;
  }
  const envelope = meter.flush();
  checks.isDecodable = Math.abs(envelope.samples - end.samples) <= LENGTH_TOLERANCE_SAMPLES;
  if (!checks.isDecodable) {
    problems.push(`the .spx has ${envelope.samples} samples instead of ${end.samples}`);
  }
  if (live === null || !live.isAsRecorded || live.samples === 0) return;
  const verdict = compareEnvelopes(live.envelope, envelope);
  if (!verdict.same) problems.push(`the .spx holds other audio than the .ul: ${verdict.detail}`);
}

function hashOf(drive: PoolDrive, path: string): Promise<{ bytes: number; sha256: string }> {
  return drive.withFile({ path, mode: "read" }, async (file) => {
    const hash = createHash("sha256");
    for (let bytes = 0; ;) {
      const position = bytes;
      const piece = await drive.call("read", () => file.read(position, PIECE_BYTES));
      hash.update(piece);
      bytes += piece.length;
      if (piece.length < PIECE_BYTES) return { bytes, sha256: hash.digest("hex") };
    }
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
