// What a loss of power has torn out of a journal: lines that were written, but not yet synced, may
// come back as zeros. Line by line the file is still read (journal.ts), but it would be no JSON for
// anybody else: before it goes on, what cannot be read becomes white space before the next line
// (formats.md, "The journal": one JSON object a line).
import type { Disk } from "../ports/index.ts";

const NEWLINE = 0x0a;
const SPACE = 0x20;

/** Mends the journal where it is; answers what then stands there, null = it had no hole. */
export async function mendTornJournal(
  disk: Disk,
  path: string,
  bytes: Uint8Array,
): Promise<Uint8Array | null> {
  const mended = withoutHoles(bytes);
  if (mended === null) return null;
  const file = await disk.open(path, "update");
  try {
    await file.write(mended, 0);
    await file.sync();
  } finally {
    await file.close();
  }
  return mended;
}

/**
 * A line with zeros, which JSON never has, becomes spaces, but for a whole one behind them. A last
 * one without its end is left to whoever appends. null = there are no such lines.
 */
export function withoutHoles(bytes: Uint8Array): Uint8Array | null {
  if (!bytes.includes(0)) return null;
  const mended = bytes.slice();
  let hasChanged = false;
  let start = 0;
  for (let end = mended.indexOf(NEWLINE); end >= 0; end = mended.indexOf(NEWLINE, start)) {
    const line = mended.subarray(start, end + 1);
    start = end + 1;
    if (!line.includes(0)) continue;
    hasChanged = true;
    const rest = line.lastIndexOf(0) + 1;
    line.fill(SPACE, 0, isObject(line.subarray(rest)) ? rest : line.length);
  }
  return hasChanged ? mended : null;
}

function isObject(bytes: Uint8Array): boolean {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return typeof value === "object" && value !== null;
  } catch (error) {
    // The two that decoding foreign bytes can raise; anything else is our mistake.
    if (error instanceof SyntaxError || error instanceof TypeError) return false;
    throw error;
  }
}
