// Reads a file of JSON lines from its end: newest rows first, a piece at a time, so that a look at
// the last hours does not read the whole of years (calls.jsonl, audit.jsonl; formats.md).
import { systemCode } from "../errors.ts";
import type { Disk, DiskFile } from "../ports/index.ts";

type Row = Readonly<Record<string, unknown>>;

const PIECE_BYTES = 256 * 1024;
/** One request reads at most so much; older rows need a narrower question. */
export const READ_BACK_LIMIT_BYTES = 256 * 1024 * 1024;
/** A longer line is damage. */
const LINE_LIMIT_BYTES = 1024 * 1024;
const NEWLINE = 0x0a;

/** Rejects with the system's error; a missing file has no rows. Damaged lines are left out. */
export async function visitRowsBackwards(
  disk: Disk,
  path: string,
  visit: (row: Row) => "go-on" | "stop",
): Promise<void> {
  const status = await disk.status(path);
  if (status === null) return;
  let file: DiskFile;
  try {
    file = await disk.open(path, "read");
  } catch (error) {
    if (systemCode(error) === "ENOENT") return;
    throw error;
  }
  try {
    await readBack(file, status.sizeBytes, visit);
  } finally {
    await file.close();
  }
}

async function readBack(
  file: DiskFile,
  sizeBytes: number,
  visit: (row: Row) => "go-on" | "stop",
): Promise<void> {
  const oldest = Math.max(0, sizeBytes - READ_BACK_LIMIT_BYTES);
  /** The beginning of a line whose end has been read. */
  let rest: Uint8Array = new Uint8Array(0);
  for (let end = sizeBytes; end > oldest;) {
    const start = Math.max(oldest, end - PIECE_BYTES);
    const piece = Buffer.concat([await file.read(start, end - start), rest]);
    let lineEnd = piece.length;
    for (;;) {
      const newline = lineEnd === 0 ? -1 : piece.lastIndexOf(NEWLINE, lineEnd - 1);
      if (newline < 0) break;
      if (visitLine(piece.subarray(newline + 1, lineEnd), visit) === "stop") return;
      lineEnd = newline;
    }
    rest = piece.subarray(0, lineEnd > LINE_LIMIT_BYTES ? 0 : lineEnd);
    end = start;
  }
  if (oldest === 0) visitLine(rest, visit);
}

function visitLine(line: Uint8Array, visit: (row: Row) => "go-on" | "stop"): "go-on" | "stop" {
  if (line.length === 0) return "go-on";
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(line));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return "go-on";
  }
  const isRow = typeof value === "object" && value !== null && !Array.isArray(value);
  return isRow ? visit(value as Row) : "go-on";
}
