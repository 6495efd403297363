// A disk in memory: files as bytes, directories by the paths of their files, calls that fail where
// the test says so. Refuses what is not there, as the port promises.
import { dirname } from "node:path";
import type { Disk, DiskEntry, DiskFile } from "../src/ports/index.ts";

export class MemoryDisk implements Disk {
  readonly files = new Map<string, Uint8Array>();
  readonly directories = new Set<string>(["/"]);
  /** "rename /a" → the code that this call fails with. */
  readonly failures = new Map<string, string>();
  /** Calls that change something, in order. */
  readonly calls: string[] = [];

  text(path: string): string {
    return new TextDecoder().decode(this.#bytes(path));
  }

  put(path: string, content: string | Uint8Array): void {
    this.#make(dirname(path));
    this.files.set(path, typeof content === "string" ? Buffer.from(content) : content);
  }

  makeDirectory(path: string): Promise<void> {
    return this.#call("makeDirectory", path, () => this.#make(path));
  }

  open(path: string, mode: "create" | "update" | "read" | "append"): Promise<DiskFile> {
    return this.#call(`open-${mode}`, path, () => {
      if (!MODES.has(mode)) throw failure("EINVAL");
      const isThere = this.files.has(path);
      if (mode === "create" && isThere) throw failure("EEXIST");
      if ((mode === "update" || mode === "read") && !isThere) throw failure("ENOENT");
      if (!this.directories.has(dirname(path))) throw failure("ENOENT");
      if (!isThere) this.files.set(path, new Uint8Array(0));
      return this.#file(path, mode !== "read");
    });
  }

  readFile(path: string): Promise<Uint8Array> {
    return this.#call("readFile", path, () => this.#bytes(path).slice());
  }

  rename(from: string, to: string): Promise<void> {
    return this.#call("rename", from, () => {
      this.files.set(to, this.#bytes(from));
      this.files.delete(from);
    });
  }

  remove(path: string): Promise<void> {
    return this.#call("remove", path, () => {
      if (!this.files.delete(path)) throw failure("ENOENT");
    });
  }

  list(path: string): Promise<DiskEntry[]> {
    return this.#call("list", path, () => {
      if (!this.directories.has(path)) throw failure("ENOENT");
      const within = (all: Iterable<string>): string[] =>
        [...all]
          .filter((one) => one !== path && dirname(one) === path)
          .map((one) => one.slice(path.length + 1));
      return [
        ...within(this.files.keys()).map((name) => ({ name, kind: "file" as const })),
        ...within(this.directories).map((name) => ({ name, kind: "directory" as const })),
      ];
    });
  }

  status(path: string) {
    return this.#call("status", path, () => {
      const bytes = this.files.get(path);
      if (bytes === undefined) return null;
      return { sizeBytes: bytes.length, kind: "file" as const, modifiedTimeMs: 0 };
    });
  }

  syncDirectory(path: string): Promise<void> {
    return this.#call("syncDirectory", path, () => undefined);
  }

  freeBytes(): Promise<number> {
    return Promise.resolve(2 ** 40);
  }

  #file(path: string, isWritable: boolean): DiskFile {
    return {
      path,
      write: (data, position) =>
        this.#call("write", path, () => {
          if (!isWritable) throw failure("EBADF");
          const before = this.#bytes(path);
          const after = new Uint8Array(Math.max(before.length, position + data.length));
          after.set(before);
          after.set(data, position);
          this.files.set(path, after);
        }),
      read: (position, length) =>
        Promise.resolve(this.#bytes(path).slice(position, position + length)),
      truncate: (length) =>
        this.#call("truncate", path, () => {
          this.files.set(path, this.#bytes(path).slice(0, length));
        }),
      sync: () => this.#call("sync", path, () => undefined),
      close: () => Promise.resolve(),
    };
  }

  #call<T>(name: string, path: string, action: () => T): Promise<T> {
    const code = this.failures.get(`${name} ${path}`);
    if (code !== undefined) return Promise.reject(failure(code));
    if (!QUERIES.has(name)) this.calls.push(`${name} ${path}`);
    return new Promise((resolve) => {
      resolve(action());
    });
  }

  #bytes(path: string): Uint8Array {
    const bytes = this.files.get(path);
    if (bytes === undefined) throw failure("ENOENT");
    return bytes;
  }

  #make(path: string): void {
    this.directories.add(path);
    if (path !== dirname(path)) this.#make(dirname(path));
  }
}

const MODES: ReadonlySet<string> = new Set(["create", "update", "read", "append"]);
const QUERIES: ReadonlySet<string> = new Set(["readFile", "list", "status", "open-read"]);

function failure(code: string): Error {
  return Object.assign(new Error(`${code}: said by the test`), { code });
}

/** How many reads of files that are opened from now on there have been. */
export function countReads(disk: MemoryDisk): () => number {
  const open = disk.open.bind(disk);
  let reads = 0;
  disk.open = async (path, mode) => {
    const file = await open(path, mode);
    return {
      ...file,
      path,
      read: (position, length) => {
        reads += 1;
        return file.read(position, length);
      },
    };
  };
  return () => reads;
}
