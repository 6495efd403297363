// A real lock on a directory: SQLite's own lock on a small file beside it, or in it where nothing
// can be made beside it. The kernel holds it for the process and lets go when the process ends, so
// that kill -9 leaves none behind; Node itself offers no file locks. The file stays: removing it
// would race with the next starter.
import { access } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import type { DirectoryLock, LockDirectory } from "../lock.ts";

/** SQLITE_BUSY and SQLITE_LOCKED. */
const TAKEN_CODES: readonly number[] = [5, 6];
/** SQLITE_READONLY and SQLITE_CANTOPEN. */
const REFUSED_CODES: readonly number[] = [8, 14];

/** Locks of this machine (and of file systems that keep POSIX locks). */
export function nodeLockDirectory(): LockDirectory {
  return async (path) => {
    await access(path);
    const taken = take(`${path}.lock`);
    return taken === "refused" ? inside(path) : taken;
  };
}

/** Who may not write beside it finds everybody with the same rights here. */
function inside(path: string): DirectoryLock | null {
  const taken = take(`${path}/.recorder.lock`);
  if (taken === "refused") throw new Error(`unable to open a lock file beside or in ${path}`);
  return taken;
}

function take(file: string): DirectoryLock | null | "refused" {
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(file, { timeout: 0 });
    database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY;");
    database.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    database?.close();
    if (hasCode(error, TAKEN_CODES)) return null;
    if (hasCode(error, REFUSED_CODES)) return "refused";
    throw error;
  }
  const open = database;
  return {
    async release() {
      if (open.isOpen) open.close();
    },
  };
}

function hasCode(error: unknown, codes: readonly number[]): boolean {
  if (typeof error !== "object" || error === null || !("errcode" in error)) return false;
  return typeof error.errcode === "number" && codes.includes(error.errcode & 0xff);
}
