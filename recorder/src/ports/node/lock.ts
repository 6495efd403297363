// A real lock on a directory: SQLite's own lock on a small file in it. The kernel holds it for the
// process and lets go when the process ends, so that kill -9 leaves none behind; Node itself offers
// no file locks. The file stays: removing it would race with the next starter.
import { DatabaseSync } from "node:sqlite";
import type { LockDirectory } from "../lock.ts";

export const LOCK_FILE = ".recorder.lock";

/** SQLITE_BUSY and SQLITE_LOCKED. */
const TAKEN_CODES: readonly number[] = [5, 6];

/** Locks of this machine (and of file systems that keep POSIX locks). */
export function nodeLockDirectory(): LockDirectory {
  return async (path) => {
    const database = new DatabaseSync(`${path}/${LOCK_FILE}`, { timeout: 0 });
    try {
      database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY;");
      database.exec("BEGIN EXCLUSIVE");
    } catch (error) {
      database.close();
      if (isTaken(error)) return null;
      throw error;
    }
    return {
      async release() {
        if (database.isOpen) database.close();
      },
    };
  };
}

function isTaken(error: unknown): boolean {
  if (typeof error !== "object" || error === null || !("errcode" in error)) return false;
  return typeof error.errcode === "number" && TAKEN_CODES.includes(error.errcode & 0xff);
}
