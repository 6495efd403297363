// The real disk over node:fs/promises. Its calls share the process's few I/O threads, so it serves
// the live and state directories; pool drives have processes of their own (drive-disk.ts).
import { constants } from "node:fs";
import * as fs from "node:fs/promises";
import { systemCode } from "../../errors.ts";
import type { Disk, DiskEntry, DiskFile, DiskStatus } from "../disk.ts";
import { makeDirectory } from "./make-directory.ts";
import { WriteThread } from "./write-thread.ts";

const FLAGS = {
  create: constants.O_RDWR | constants.O_CREAT | constants.O_EXCL,
  update: constants.O_RDWR,
  read: constants.O_RDONLY,
  // Not O_APPEND: Linux would then ignore the position of every write.
  append: constants.O_RDWR | constants.O_CREAT,
} as const;

/** Files of this machine. */
export function nodeDisk(): Disk {
  return diskOf((path, handle) => file(path, handle));
}

/** For many live files at once: a thread of its own does the writes. */
export function nodeLiveDisk(): Disk {
  const writes = new WriteThread();
  return diskOf((path, handle) => fileOfThread(path, handle, writes));
}

function diskOf(fileOf: (path: string, handle: fs.FileHandle) => DiskFile): Disk {
  return {
    makeDirectory,
    open: async (path, mode) => fileOf(path, await fs.open(path, FLAGS[mode], 0o640)),
    readFile: (path) => fs.readFile(path),
    rename: (from, to) => fs.rename(from, to),
    remove: (path) => fs.unlink(path),
    list,
    status,
    syncDirectory,
    freeBytes: async (path) => {
      const { bavail, bsize } = await fs.statfs(path);
      return bavail * bsize;
    },
  };
}

function file(path: string, handle: fs.FileHandle): DiskFile {
  return {
    path,
    async write(data, position) {
      let done = 0;
      while (done < data.length) {
        const { bytesWritten } = await handle.write(
          data,
          done,
          data.length - done,
          position + done,
        );
        done += bytesWritten;
      }
    },
    async read(position, length) {
      const data = new Uint8Array(length);
      let done = 0;
      while (done < length) {
        const { bytesRead } = await handle.read(data, done, length - done, position + done);
        if (bytesRead === 0) break;
        done += bytesRead;
      }
      return done === length ? data : data.slice(0, done);
    },
    truncate: (length) => handle.truncate(length),
    sync: () => handle.datasync(),
    close: () => handle.close(),
  };
}

function fileOfThread(path: string, handle: fs.FileHandle, writes: WriteThread): DiskFile {
  let newest: Promise<void> = Promise.resolve();
  return {
    ...file(path, handle),
    write(data, position) {
      newest = writes.write(handle.fd, data, position);
      return newest;
    },
    async close() {
      // The system gives the number to the next file that is opened.
      await newest.catch(() => undefined);
      await handle.close();
    },
  };
}

type Kind = DiskEntry["kind"];

function kindOf(entry: { isFile(): boolean; isDirectory(): boolean }): Kind {
  if (entry.isFile()) return "file";
  return entry.isDirectory() ? "directory" : "other";
}

async function list(path: string): Promise<DiskEntry[]> {
  const entries = await fs.readdir(path, { withFileTypes: true });
  // The system's order is chance; callers get one order on every machine.
  return entries
    .map((entry) => ({ name: entry.name, kind: kindOf(entry) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function status(path: string): Promise<DiskStatus | null> {
  try {
    const found = await fs.stat(path);
    return { sizeBytes: found.size, kind: kindOf(found), modifiedTimeMs: found.mtimeMs };
  } catch (error) {
    const code = systemCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    throw error;
  }
}

async function syncDirectory(path: string): Promise<void> {
  // Windows cannot open a directory for this; names are durable there with the file's own sync.
  if (process.platform === "win32") return;
  const handle = await fs.open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
