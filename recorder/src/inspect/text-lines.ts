// Files line by line, read in bounded pieces: logs and state files may be larger than memory. What
// is added while we read is left out; a line that is longer than any of ours is cut into pieces.
import type { DiskFile } from "../ports/index.ts";
import type { FoundFile } from "./recording-files.ts";

/** Bytes read at a time. */
const PIECE_BYTES = 256 * 1024;
/** A chunk of a DevLink3 stream as hex is the longest that a log has. */
export const LONGEST_LINE_BYTES = 8 * 1024 * 1024;
const NEWLINE = 0x0a;

export interface LineOptions {
  /** Told how many bytes have been read, piece by piece. */
  readonly onRead?: (bytes: number) => void;
  /** Bytes of the file that are read; all when absent. */
  readonly limitBytes?: number;
}

/** The bytes of the file, in pieces. Rejects with the system's error. */
export async function* readPieces(
  { disk, path }: FoundFile,
  { onRead, limitBytes = Number.MAX_SAFE_INTEGER }: LineOptions = {},
): AsyncGenerator<Uint8Array> {
  const file: DiskFile = await disk.open(path, "read");
  try {
    for (let position = 0; position < limitBytes;) {
      const piece = await file.read(position, Math.min(PIECE_BYTES, limitBytes - position));
      if (piece.length === 0) return;
      position += piece.length;
      onRead?.(piece.length);
      yield piece;
    }
  } finally {
    await file.close();
  }
}

/** Lines with their newline, which the last one may lack: a torn line is to stay one. */
export async function* readWholeLines(
  file: FoundFile,
  options?: LineOptions,
): AsyncGenerator<string> {
  let rest: Uint8Array = new Uint8Array(0);
  for await (const piece of readPieces(file, options)) {
    const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      yield decode(bytes.subarray(start, end + 1));
      start = end + 1;
    }
    rest = bytes.slice(start);
    if (rest.length > LONGEST_LINE_BYTES) {
      yield decode(rest);
      rest = new Uint8Array(0);
    }
  }
  if (rest.length > 0) yield decode(rest);
}

/** Lines without their newline. */
export async function* readLines(file: FoundFile, options?: LineOptions): AsyncGenerator<string> {
  for await (const line of readWholeLines(file, options)) yield line.replace(/\n$/, "");
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** When a line of a log or state file was written; null when it does not say. */
export function timeOfLine(line: string): number | null {
  const text = line.startsWith("{")
    ? /"(?:at|endedAt|startedAt)":"([^"]{20,30})"/.exec(line)?.[1]
    : /^(\d{4}-\d\d-\d\dT[\d:.]{8,15}Z) /.exec(line)?.[1];
  const timeMs = Date.parse(text ?? "");
  return Number.isNaN(timeMs) ? null : timeMs;
}
