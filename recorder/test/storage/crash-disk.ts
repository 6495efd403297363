// A disk in memory that can fail, freeze and crash: of the process (completed calls stay) and of
// power (unsynced data and names are lost in part, chosen by the test). Implements the whole port
// and refuses what it was not told about.
import type { Disk, DiskEntry, DiskFile, DiskStatus } from "../../src/ports/index.ts";

interface Inode {
  data: Uint8Array;
  /** What survives a power loss for certain. */
  synced: Uint8Array;
  modifiedTimeMs: number;
}

type NameChange =
  | { readonly type: "link"; readonly path: string; readonly inode: Inode }
  | { readonly type: "unlink"; readonly path: string }
  | { readonly type: "rename"; readonly from: string; readonly to: string; readonly inode: Inode };

export type CallHook = (call: { readonly op: string; readonly path: string }) => {
  readonly before?: "fail" | "freeze" | "crash";
  readonly after?: "crash";
  readonly code?: string;
} | null;

const NEVER = new Promise<never>(() => undefined);

export function diskError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

/** The medium: what is there now, and what of it is durable. Outlives crashes. */
export class CrashMedium {
  files = new Map<string, Inode>();
  directories = new Set<string>(["/"]);
  #durable = new Map<string, Inode>();
  #changes: NameChange[] = [];
  freeBytes = 1_000_000_000;
  wallTimeMs = (): number => 1_795_366_801_234;

  link(path: string, inode: Inode): void {
    this.files.set(path, inode);
    this.#changes.push({ type: "link", path, inode });
  }

  unlink(path: string): void {
    this.files.delete(path);
    this.#changes.push({ type: "unlink", path });
  }

  rename(from: string, to: string, inode: Inode): void {
    this.files.delete(from);
    this.files.set(to, inode);
    this.#changes.push({ type: "rename", from, to, inode });
  }

  syncNames(directory: string): void {
    const [mine, others] = [[] as NameChange[], [] as NameChange[]];
    for (const change of this.#changes) {
      const path = change.type === "rename" ? change.to : change.path;
      (parentOf(path) === directory ? mine : others).push(change);
    }
    for (const change of mine) applyTo(this.#durable, change);
    this.#changes = others;
  }

  /** `keeps` decides, one at a time, whether an unsynced change or an inode's data survived. */
  losePower(keeps: () => boolean): void {
    for (const change of this.#changes) if (keeps()) applyTo(this.#durable, change);
    this.#changes = [];
    this.files = new Map(this.#durable);
    for (const inode of new Set(this.files.values())) {
      if (inode.data === inode.synced || keeps()) continue;
      const isTorn = keeps();
      inode.data = isTorn ? inode.data.slice(0, inode.data.length >> 1) : inode.synced;
      inode.synced = inode.data;
    }
  }

  /** Content for a test's set-up, durable at once. */
  put(path: string, data: Uint8Array): void {
    const inode = { data, synced: data, modifiedTimeMs: this.wallTimeMs() };
    this.files.set(path, inode);
    this.#durable.set(path, inode);
    for (let at = parentOf(path); !this.directories.has(at); at = parentOf(at)) {
      this.directories.add(at);
    }
  }

  paths(prefix: string): string[] {
    return [...this.files.keys()].filter((path) => path.startsWith(`${prefix}/`)).sort();
  }
}

function applyTo(files: Map<string, Inode>, change: NameChange): void {
  if (change.type === "link") files.set(change.path, change.inode);
  else if (change.type === "unlink") files.delete(change.path);
  else {
    files.delete(change.from);
    files.set(change.to, change.inode);
  }
}

/** One process's view of the medium; after its crash no call ever answers. */
export class CrashDisk implements Disk {
  readonly #medium: CrashMedium;
  readonly #hook: CallHook;
  #hasCrashed = false;
  openFiles = 0;

  constructor(medium: CrashMedium, hook: CallHook = () => null) {
    this.#medium = medium;
    this.#hook = hook;
  }

  get hasCrashed(): boolean {
    return this.#hasCrashed;
  }

  crash(): void {
    this.#hasCrashed = true;
  }

  async call<T>(op: string, path: string, work: () => T): Promise<T> {
    await Promise.resolve();
    if (this.#hasCrashed) return NEVER;
    const fate = this.#hook({ op, path });
    if (fate?.before === "fail") throw diskError(fate.code ?? "EIO", path);
    if (fate?.before === "freeze") return NEVER;
    if (fate?.before === "crash") this.#hasCrashed = true;
    if (this.#hasCrashed) return NEVER;
    const result = work();
    if (fate?.after === "crash") this.#hasCrashed = true;
    return this.#hasCrashed ? NEVER : result;
  }

  makeDirectory(path: string): Promise<void> {
    return this.call("makeDirectory", path, () => {
      for (let at = path; !this.#medium.directories.has(at); at = parentOf(at)) {
        this.#medium.directories.add(at);
      }
    });
  }

  open(path: string, mode: "create" | "update" | "read" | "append"): Promise<DiskFile> {
    return this.call("open", path, () => {
      const there = this.#medium.files.get(path);
      if (mode === "create" && there !== undefined) throw diskError("EEXIST", path);
      const mayCreate = mode === "create" || mode === "append";
      if (there === undefined && !mayCreate) throw diskError("ENOENT", path);
      if (!this.#medium.directories.has(parentOf(path))) throw diskError("ENOENT", path);
      this.openFiles += 1;
      return this.#file(path, there ?? this.#create(path));
    });
  }

  readFile(path: string): Promise<Uint8Array> {
    return this.call("readFile", path, () => this.#inode(path).data.slice());
  }

  rename(from: string, to: string): Promise<void> {
    return this.call("rename", to, () => this.#medium.rename(from, to, this.#inode(from)));
  }

  remove(path: string): Promise<void> {
    return this.call("remove", path, () => {
      this.#inode(path);
      this.#medium.unlink(path);
    });
  }

  list(path: string): Promise<DiskEntry[]> {
    return this.call("list", path, () => {
      if (!this.#medium.directories.has(path)) throw diskError("ENOENT", path);
      const entries: DiskEntry[] = [];
      for (const file of this.#medium.files.keys()) {
        if (parentOf(file) === path) {
          entries.push({ name: file.slice(path.length + 1), kind: "file" });
        }
      }
      for (const directory of this.#medium.directories) {
        if (directory !== path && parentOf(directory) === path) {
          entries.push({ name: directory.slice(path.length + 1), kind: "directory" });
        }
      }
      return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    });
  }

  status(path: string): Promise<DiskStatus | null> {
    return this.call("status", path, () => {
      const inode = this.#medium.files.get(path);
      const { directories } = this.#medium;
      if (inode === undefined) {
        return directories.has(path)
          ? { sizeBytes: 0, kind: "directory", modifiedTimeMs: 0 }
          : null;
      }
      const { modifiedTimeMs } = inode;
      return { sizeBytes: inode.data.length, kind: "file", modifiedTimeMs };
    });
  }

  syncDirectory(path: string): Promise<void> {
    return this.call("syncDirectory", path, () => this.#medium.syncNames(path));
  }

  freeBytes(path: string): Promise<number> {
    return this.call("freeBytes", path, () => this.#medium.freeBytes);
  }

  #inode(path: string): Inode {
    const inode = this.#medium.files.get(path);
    if (inode === undefined) throw diskError("ENOENT", path);
    return inode;
  }

  #create(path: string): Inode {
    const data = new Uint8Array();
    const inode = { data, synced: data, modifiedTimeMs: this.#medium.wallTimeMs() };
    this.#medium.link(path, inode);
    return inode;
  }

  #file(path: string, inode: Inode): DiskFile {
    return {
      path,
      write: (data, position) =>
        this.call("write", path, () => {
          const whole = new Uint8Array(Math.max(inode.data.length, position + data.length));
          whole.set(inode.data);
          whole.set(data, position);
          inode.data = whole;
          inode.modifiedTimeMs = this.#medium.wallTimeMs();
        }),
      read: (position, length) =>
        this.call("read", path, () => inode.data.slice(position, position + length)),
      truncate: (length) =>
        this.call("truncate", path, () => {
          inode.data = inode.data.slice(0, length);
        }),
      sync: () =>
        this.call("sync", path, () => {
          inode.synced = inode.data;
        }),
      close: () =>
        this.call("close", path, () => {
          this.openFiles -= 1;
        }),
    };
  }
}
