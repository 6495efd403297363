// The port that keeps a second recorder off a directory. The system itself lets go of the lock when
// its process ends, however it ends: no stale lock can keep a recorder from starting.

export interface DirectoryLock {
  release(): Promise<void>;
}

/** null when another process holds the directory. Rejects with the system's error. */
export type LockDirectory = (path: string) => Promise<DirectoryLock | null>;
