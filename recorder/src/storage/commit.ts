// One attempt to put one recording on one drive, in the order that survives every crash
// (design.md §5, "Storage"): `.spx.part`, sync, decode and compare, rename; `.vrtx.part`, sync,
// rename = commit; sync the directory. The directory is also synced between the two renames:
// without it a power loss could keep the second name and lose the first.
import { createHash } from "node:crypto";
import { serializeJournalLine } from "../audio/journal.ts";
import { RecorderError } from "../errors.ts";
import type { Clock, Encoder } from "../ports/index.ts";
import { DriveTrouble, type Committed, type PoolDrive } from "./drive.ts";
import { compareEnvelopes, EnvelopeMeter } from "./envelope.ts";
import type { LivePair } from "./live-pair.ts";
import { ENDINGS } from "./pool-files.ts";

/** Time for encoding or decoding beside the recording's own length. */
const CODING_BASE_MS = 120_000;
const SAMPLES_PER_MS = 8;
/** Bytes hashed at a time. */
const PIECE_BYTES = 256 * 1024;
/** With less room than this a failed encoder is believed to have met a full drive. */
const FULL_BELOW_BYTES = 16 * 1024;
/** Room for the `stored` line and for the file system's own blocks. */
const SLACK_BYTES = 8192;
/** Speex at its best quality takes 3,075 of 8,000 bytes; with Ogg's framing less than half. */
const COMPRESSED_SHARE = 0.5;

export interface CommitJob {
  readonly key: string;
  readonly day: readonly string[];
  readonly live: LivePair;
  readonly quality: number;
}

export interface CommitTools {
  readonly clock: Clock;
  readonly encoder: Encoder;
}

/**
 * Stores the recording on the drive. Rejects with DriveTrouble (try the next drive) or
 * RecorderError (the drive is not to blame).
 */
export async function commitRecording(
  job: CommitJob,
  drive: PoolDrive,
  tools: CommitTools,
): Promise<Committed> {
  const hasAudio = job.live.samples > 0;
  const neededBytes =
    SLACK_BYTES + job.live.journal.length + Math.ceil(job.live.samples * COMPRESSED_SHARE);
  await drive.reserve(neededBytes);
  const directory = await drive.makeDayDirectory(job.day);
  const stem = `${directory}/${job.key}`;
  const audio = hasAudio ? await storeAudio(job, { drive, stem, directory }, tools) : NO_AUDIO;
  const journal = withStoredLine(job, { drive, audio, wallTimeMs: tools.clock.wallTimeMs() });
  await storeJournal(journal, drive, stem);
  await drive.call("sync directory", (disk) => disk.syncDirectory(directory));
  drive.usedBytes += audio.bytes + journal.length;
  return { path: hasAudio ? stem + ENDINGS.audio : null, bytes: audio.bytes };
}

interface StoredAudio {
  readonly bytes: number;
  readonly sha256: string;
  readonly encoder: string;
}

const NO_AUDIO: StoredAudio = { bytes: 0, sha256: "", encoder: "none" };

interface Place {
  readonly drive: PoolDrive;
  readonly stem: string;
  readonly directory: string;
}

async function storeAudio(job: CommitJob, place: Place, tools: CommitTools): Promise<StoredAudio> {
  const { drive, stem, directory } = place;
  const part = stem + ENDINGS.audioPart;
  await touch(drive, part);
  const encoder = await encode(job, { drive, part }, tools.encoder);
  const measured = await syncAndHash(drive, part);
  await verify(job, { drive, part }, tools.encoder);
  await drive.call("rename", (disk) => disk.rename(part, stem + ENDINGS.audio));
  await drive.call("sync directory", (disk) => disk.syncDirectory(directory));
  return { ...measured, encoder };
}

/** A new empty file: the drive proves that it takes files before the encoder could be blamed. */
async function touch(drive: PoolDrive, path: string): Promise<void> {
  await removeLeftover(drive, path);
  await drive.withFile({ path, mode: "create" }, async () => undefined);
}

async function removeLeftover(drive: PoolDrive, path: string): Promise<void> {
  const there = await drive.call("look", (disk) => disk.status(path));
  if (there !== null) await drive.call("remove", (disk) => disk.remove(path));
}

function codingLimitMs(samples: number): number {
  return CODING_BASE_MS + samples / SAMPLES_PER_MS;
}

async function encode(
  job: CommitJob,
  place: { readonly drive: PoolDrive; readonly part: string },
  encoder: Encoder,
): Promise<string> {
  const { drive, part } = place;
  const name = await describe(encoder);
  try {
    await drive.within("encode", codingLimitMs(job.live.samples), () =>
      encoder.encode({ source: job.live.source, target: part, quality: job.quality }),
    );
  } catch (error) {
    throw await blame(drive, "ENCODER_FAILED", error);
  }
  return name;
}

async function describe(encoder: Encoder): Promise<string> {
  try {
    return await encoder.describe();
  } catch (error) {
    if (error instanceof RecorderError) throw error;
    throw new RecorderError("ENCODER_MISSING", messageOf(error), { cause: error });
  }
}

/** Encoders do not always say what went wrong: a full drive is found by asking the drive. */
async function blame(
  drive: PoolDrive,
  code: "ENCODER_FAILED" | "VERIFICATION_FAILED",
  error: unknown,
): Promise<Error> {
  // A failure with the system's own code came from the files, a plain one from the program.
  const isProgram = !(error instanceof DriveTrouble) || !hasSystemCode(error.cause);
  if (!isProgram && error instanceof Error) return error;
  const freeBytes = await drive.call("free space", (disk) => disk.freeBytes(drive.path));
  if (freeBytes < FULL_BELOW_BYTES) return new DriveTrouble("full", messageOf(error));
  if (error instanceof RecorderError) return error;
  return new RecorderError(code, messageOf(error), { cause: error });
}

function hasSystemCode(error: unknown): boolean {
  return error instanceof Error && "code" in error && typeof error.code === "string";
}

function syncAndHash(drive: PoolDrive, path: string): Promise<{ bytes: number; sha256: string }> {
  return drive.withFile({ path, mode: "update" }, async (file) => {
    await drive.call("sync", () => file.sync());
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

async function verify(
  job: CommitJob,
  place: { readonly drive: PoolDrive; readonly part: string },
  encoder: Encoder,
): Promise<void> {
  const { drive, part } = place;
  const meter = new EnvelopeMeter();
  try {
    await drive.within("decode", codingLimitMs(job.live.samples), () =>
      encoder.decode(part, (samples) => meter.push(samples)),
    );
  } catch (error) {
    throw await blame(drive, "VERIFICATION_FAILED", error);
  }
  const verdict = compareEnvelopes(job.live.envelope, meter.flush());
  if (verdict.same) return;
  throw await blame(
    drive,
    "VERIFICATION_FAILED",
    new RecorderError("VERIFICATION_FAILED", `${part}: ${verdict.detail}`),
  );
}

/** The pool's copy of the journal: the live one and the `stored` line. */
function withStoredLine(
  job: CommitJob,
  stored: { drive: PoolDrive; audio: StoredAudio; wallTimeMs: number },
): Uint8Array {
  const line = serializeJournalLine({
    at: new Date(stored.wallTimeMs).toISOString(),
    // The header's monotonic clock may have ended with an earlier process: the journal's own
    // last word is the latest that is known.
    elapsedMs: job.live.end?.elapsedMs ?? 0,
    sample: job.live.samples,
    type: "stored",
    pool: stored.drive.pool,
    drive: stored.drive.path,
    ...stored.audio,
  });
  const tail = new TextEncoder().encode(line);
  const whole = new Uint8Array(job.live.journal.length + tail.length);
  whole.set(job.live.journal);
  whole.set(tail, job.live.journal.length);
  return whole;
}

async function storeJournal(journal: Uint8Array, drive: PoolDrive, stem: string): Promise<void> {
  const part = stem + ENDINGS.journalPart;
  await removeLeftover(drive, part);
  await drive.withFile({ path: part, mode: "create" }, async (file) => {
    await drive.call("write", () => file.write(journal, 0));
    await drive.call("sync", () => file.sync());
  });
  await drive.call("commit", (disk) => disk.rename(part, stem + ENDINGS.journal));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
