// A finished live pair as storage reads it: the journal's bytes, and of the `.ul` length, SHA-256
// and energy envelope, in one pass of bounded pieces.
import { createHash } from "node:crypto";
import { linesOfType, parseJournal } from "../audio/journal.ts";
import type { EndLine } from "../audio/journal-lines.ts";
import { RecorderError, systemCode } from "../errors.ts";
import type { Disk } from "../ports/index.ts";
import { EnvelopeMeter, type Envelope } from "./envelope.ts";

/** Bytes read of a `.ul` at a time. */
const PIECE_BYTES = 256 * 1024;

export interface LivePair {
  /** Up to and including the last newline. */
  readonly journal: Uint8Array;
  /** The journal's last word; null when it has none (then the recording is not finished). */
  readonly end: EndLine | null;
  readonly source: string;
  readonly samples: number;
  readonly envelope: Envelope;
  /** False when the `.ul` is not the one that the journal's `end` line describes. */
  readonly isAsRecorded: boolean;
}

/** Reads the pair; LIVE_READ_FAILED when it cannot be read. */
export async function readLivePair(
  disk: Disk,
  live: { readonly directory: string; readonly key: string; readonly hasAudio: boolean },
): Promise<LivePair> {
  const source = `${live.directory}/${live.key}.ul`;
  try {
    const bytes = await disk.readFile(`${live.directory}/${live.key}.vrtx`);
    const content = parseJournal(bytes);
    const end = linesOfType(content.lines, "end").at(-1) ?? null;
    const audio = live.hasAudio ? await measure(disk, source) : EMPTY;
    return {
      journal: bytes.subarray(0, content.completeBytes),
      end,
      source,
      samples: audio.envelope.samples,
      envelope: audio.envelope,
      isAsRecorded: !live.hasAudio || end === null || audio.sha256 === end.sha256,
    };
  } catch (error) {
    const code = systemCode(error);
    if (code === null) throw error;
    throw new RecorderError("LIVE_READ_FAILED", `${live.key}: ${code}`, { cause: error });
  }
}

const EMPTY = { envelope: new EnvelopeMeter().flush(), sha256: "" };

async function measure(disk: Disk, path: string): Promise<{ envelope: Envelope; sha256: string }> {
  const meter = new EnvelopeMeter();
  const hash = createHash("sha256");
  const file = await disk.open(path, "read");
  try {
    for (let position = 0; ; position += PIECE_BYTES) {
      const piece = await file.read(position, PIECE_BYTES);
      meter.pushUlaw(piece);
      hash.update(piece);
      if (piece.length < PIECE_BYTES) break;
    }
  } finally {
    await file.close();
  }
  return { envelope: meter.flush(), sha256: hash.digest("hex") };
}
