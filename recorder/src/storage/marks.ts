// Marks beside a recording: `.hold` (a legal hold) and `.erase` (an erasure has begun), each a line
// of JSON that says who and why. The name alone decides: a mark whose content a power loss has torn
// still counts. Works on any Disk: a drive's, or the live directory's.
import { systemCode } from "../errors.ts";
import type { Disk } from "../ports/index.ts";
import type { Deed, Hold } from "./storage-admin.ts";

/** Runs one call to the disk; a drive gives it its deadline. */
export type DiskCall = <T>(what: string, work: (disk: Disk) => Promise<T>) => Promise<T>;

/** The content of a mark. */
export function markOf(recordingKey: string, deed: Deed, wallTimeMs: number): Hold {
  const at = new Date(wallTimeMs).toISOString();
  return { recordingKey, at, by: deed.by, reason: deed.reason };
}

/** Writes a mark durably: data first, then the name. One that is there already stays as it is. */
export async function writeMark(
  call: DiskCall,
  directory: string,
  mark: { readonly name: string; readonly content: Hold },
): Promise<void> {
  const path = `${directory}/${mark.name}`;
  if ((await call("look", (disk) => disk.status(path))) !== null) return;
  const bytes = new TextEncoder().encode(`${JSON.stringify({ version: 1, ...mark.content })}\n`);
  const file = await call("open", (disk) => disk.open(path, "append"));
  try {
    await call("write", () => file.write(bytes, 0));
    await call("sync", () => file.sync());
  } finally {
    await call("close", () => file.close());
  }
  await call("sync directory", (disk) => disk.syncDirectory(directory));
}

/** Removes a mark durably; a missing one is well. */
export async function removeMark(call: DiskCall, directory: string, name: string): Promise<void> {
  const path = `${directory}/${name}`;
  if ((await call("look", (disk) => disk.status(path))) === null) return;
  await call("remove", (disk) => disk.remove(path));
  await call("sync directory", (disk) => disk.syncDirectory(directory));
}

/** The content of a mark; null when it is not there. */
export async function readMark(
  call: DiskCall,
  directory: string,
  name: string,
): Promise<Hold | null> {
  const path = `${directory}/${name}`;
  if ((await call("look", (disk) => disk.status(path))) === null) return null;
  const bytes = await call("read", (disk) => disk.readFile(path));
  return parseMark(bytes, name.replace(/\.[a-z]+$/, ""));
}

/** Never throws: what cannot be read is empty, and the mark counts all the same. */
function parseMark(bytes: Uint8Array, recordingKey: string): Hold {
  let value: unknown = null;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  const fields = (typeof value === "object" && value !== null ? value : {}) as Readonly<
    Record<string, unknown>
  >;
  const text = (name: string): string => (typeof fields[name] === "string" ? fields[name] : "");
  return { recordingKey, at: text("at"), by: text("by"), reason: text("reason") };
}

/** Calls without a deadline, for the live directory. */
export function directCalls(disk: Disk): DiskCall {
  return (_what, work) => work(disk);
}

/** Removes files, missing ones or not, in the order given; then the directory is synced. */
export async function removeFiles(
  call: DiskCall,
  directory: string,
  names: readonly string[],
): Promise<void> {
  for (const name of names) {
    try {
      await call("remove", (disk) => disk.remove(`${directory}/${name}`));
    } catch (error) {
      if (systemCode(error) !== "ENOENT" && systemCode(causeOf(error)) !== "ENOENT") throw error;
    }
  }
  await call("sync directory", (disk) => disk.syncDirectory(directory));
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : null;
}
