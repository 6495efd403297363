// The content of a host's disk, as programs see it (volatile) and as it is on the medium (durable).
// Every change since the last sync is kept as an operation; a loss of power lets each of them be
// whole, torn or lost, by the seed. No time and no ports here: disk.ts gives it latency and faults.
//
// What is promised, as by a careful reading of POSIX: `sync` makes the file's data durable (not its
// name), `syncDirectory` the names in it; a rename is whole or not at all.
import { ByteStore } from "./byte-store.ts";
import type { Durability, SeededRandom } from "./contract.ts";
import { SystemError } from "./system-error.ts";

/** What a disk writes in one piece. */
const SECTOR_BYTES = 512;

export interface FileNode {
  readonly kind: "file";
  readonly volatile: ByteStore;
  readonly durable: ByteStore;
  unsynced: DataOperation[];
  modifiedTimeMs: number;
}

export interface DirectoryNode {
  readonly kind: "directory";
  entries: Map<string, ImageNode>;
  readonly durable: Map<string, ImageNode>;
  modifiedTimeMs: number;
}

export type ImageNode = FileNode | DirectoryNode;

interface WriteOperation {
  readonly kind: "write";
  readonly order: number;
  readonly position: number;
  readonly length: number;
  /** null while the file still holds these bytes: most writes are never written over. */
  data: Uint8Array | null;
}

type DataOperation =
  WriteOperation | { readonly kind: "truncate"; readonly order: number; readonly length: number };

interface NameOperation {
  readonly order: number;
  /** A rename has two, and is applied as a whole. */
  readonly changes: readonly NameChange[];
}

interface NameChange {
  readonly directory: DirectoryNode;
  readonly name: string;
  /** null = the name is removed. */
  readonly node: ImageNode | null;
}

/** How much of the unsynced work a loss of power takes. */
type LossStyle = "nothing" | "everything" | "after-a-moment" | "each-by-itself";

export class DiskImage {
  readonly #root: DirectoryNode;
  readonly #wallTimeMs: () => number;
  #names: NameOperation[] = [];
  #order = 0;

  constructor(wallTimeMs: () => number) {
    this.#wallTimeMs = wallTimeMs;
    this.#root = this.#newDirectory();
  }

  lookup(path: string): ImageNode | null {
    let node: ImageNode = this.#root;
    for (const name of namesOf(path)) {
      if (node.kind !== "directory") return null;
      const next = node.entries.get(name);
      if (next === undefined) return null;
      node = next;
    }
    return node;
  }

  file(path: string, syscall: string): FileNode {
    const node = this.lookup(path);
    if (node === null) throw new SystemError("ENOENT", syscall, `'${path}'`);
    if (node.kind !== "file") throw new SystemError("EISDIR", syscall, `'${path}'`);
    return node;
  }

  directory(path: string, syscall: string): DirectoryNode {
    const node = this.lookup(path);
    if (node === null) throw new SystemError("ENOENT", syscall, `'${path}'`);
    if (node.kind !== "directory") throw new SystemError("ENOTDIR", syscall, `'${path}'`);
    return node;
  }

  makeDirectory(path: string): void {
    let directory = this.#root;
    for (const name of namesOf(path)) {
      let next = directory.entries.get(name);
      if (next === undefined) {
        next = this.#newDirectory();
        this.#change([{ directory, name, node: next }]);
      }
      // As Node says it for a file in the way.
      if (next.kind !== "directory") throw new SystemError("EEXIST", "mkdir", `'${path}'`);
      directory = next;
    }
  }

  create(path: string): FileNode {
    const { directory, name } = this.#place(path, "open");
    if (directory.entries.has(name)) throw new SystemError("EEXIST", "open", `'${path}'`);
    const node: FileNode = {
      kind: "file",
      volatile: new ByteStore(),
      durable: new ByteStore(),
      unsynced: [],
      modifiedTimeMs: this.#wallTimeMs(),
    };
    this.#change([{ directory, name, node }]);
    return node;
  }

  remove(path: string): void {
    this.file(path, "unlink");
    const { directory, name } = this.#place(path, "unlink");
    this.#change([{ directory, name, node: null }]);
  }

  rename(from: string, to: string): void {
    const subject = `'${from}' -> '${to}'`;
    const node = this.lookup(from);
    if (node === null) throw new SystemError("ENOENT", "rename", subject);
    const source = this.#place(from, "rename");
    const target = this.#place(to, "rename");
    const replaced = target.directory.entries.get(target.name);
    if (replaced === node) return;
    if (node.kind === "directory" && (to + "/").startsWith(from + "/")) {
      throw new SystemError("EINVAL", "rename", subject);
    }
    if (replaced?.kind === "directory") {
      if (node.kind === "file") throw new SystemError("EISDIR", "rename", subject);
      if (replaced.entries.size > 0) throw new SystemError("ENOTEMPTY", "rename", subject);
    } else if (replaced !== undefined && node.kind === "directory") {
      throw new SystemError("ENOTDIR", "rename", subject);
    }
    this.#change([
      { ...source, node: null },
      { ...target, node },
    ]);
  }

  write(file: FileNode, data: Uint8Array, position: number): void {
    keepUnsynced(file, position);
    const order = this.#nextOrder();
    file.volatile.write(data, position);
    file.unsynced.push({ kind: "write", order, position, length: data.length, data: null });
    file.modifiedTimeMs = this.#wallTimeMs();
  }

  truncate(file: FileNode, length: number): void {
    keepUnsynced(file, length);
    file.volatile.resize(length);
    file.unsynced.push({ kind: "truncate", order: this.#nextOrder(), length });
    file.modifiedTimeMs = this.#wallTimeMs();
  }

  /** The present moment, for a sync that begins now. */
  mark(): number {
    return this.#order;
  }

  /** What was written before `mark` is durable from now on. */
  sync(file: FileNode, mark: number): void {
    const later = file.unsynced.filter((operation) => operation.order > mark);
    // With nothing written meanwhile the medium has exactly what programs see.
    if (later.length === 0) file.durable.copyFrom(file.volatile);
    else {
      const settled = file.unsynced.filter((operation) => operation.order <= mark);
      for (const operation of settled) applyData(file, operation);
    }
    file.unsynced = later;
  }

  /** The names changed in `directory` before `mark` are durable from now on. */
  syncDirectory(directory: DirectoryNode, mark: number): void {
    // A rename concerns two directories; then what went before it in the other one comes along, so
    // that the order within each directory stays.
    const directories = new Set([directory]);
    const synced = new Set<NameOperation>();
    for (const operation of this.#names.toReversed()) {
      const concerns = operation.changes.some((change) => directories.has(change.directory));
      if (operation.order > mark || !concerns) continue;
      synced.add(operation);
      for (const change of operation.changes) directories.add(change.directory);
    }
    for (const operation of this.#names) if (synced.has(operation)) applyNames(operation);
    this.#names = this.#names.filter((operation) => !synced.has(operation));
  }

  /** A directory, with its parents, that has been on the medium for long. */
  plantDirectory(path: string): DirectoryNode {
    this.makeDirectory(path);
    let directory = this.#root;
    for (const name of namesOf(path)) {
      const next = directory.entries.get(name);
      if (next?.kind !== "directory") throw new SystemError("ENOTDIR", "plant", `'${path}'`);
      directory.durable.set(name, next);
      directory = next;
    }
    return directory;
  }

  /** The same for a file. */
  plantFile(path: string, data: Uint8Array): void {
    const names = namesOf(path);
    const name = names.pop() ?? "";
    const directory = this.plantDirectory("/" + names.join("/"));
    if (directory.entries.has(name)) this.remove(path);
    const file = this.create(path);
    this.write(file, data, 0);
    this.sync(file, this.#order);
    directory.durable.set(name, file);
  }

  /** The machine lost its power: programs now see what is on the medium. */
  losePower(random: SeededRandom): void {
    const style = pickStyle(random);
    const cutOrder = random.integer(0, this.#order);
    const isKept = (order: number): boolean => {
      if (style === "after-a-moment") return order <= cutOrder;
      return style === "nothing" || (style === "each-by-itself" && random.chance(0.5));
    };
    for (const operation of this.#names) if (isKept(operation.order)) applyNames(operation);
    this.#names = [];
    for (const { file } of this.#files(this.#root, "", "durable")) {
      for (const operation of file.unsynced) {
        const isWhole = isKept(operation.order);
        if (isWhole) applyData(file, operation);
        else if (style === "each-by-itself") tear(file, operation, random);
      }
      file.unsynced = [];
      file.volatile.copyFrom(file.durable);
    }
    forgetVolatileNames(this.#root);
  }

  durability(path: string): Durability {
    const node = this.lookup(path);
    if (node?.kind !== "file") return "absent";
    if (node.unsynced.length > 0) return "unsynced";
    return this.#lookupDurable(path) === node ? "durable" : "unnamed";
  }

  #lookupDurable(path: string): ImageNode | null {
    let node: ImageNode = this.#root;
    for (const name of namesOf(path)) {
      const next: ImageNode | undefined =
        node.kind === "directory" ? node.durable.get(name) : undefined;
      if (next === undefined) return null;
      node = next;
    }
    return node;
  }

  /** Sizes of all files below `prefix`, in sum. */
  usedBytes(prefix: string): number {
    const node = this.lookup(prefix);
    if (node === null) return 0;
    if (node.kind === "file") return node.volatile.length;
    let bytes = 0;
    for (const { file } of this.#files(node, "", "entries")) bytes += file.volatile.length;
    return bytes;
  }

  /** All paths of files below `prefix`, sorted. */
  paths(prefix: string): string[] {
    const node = this.lookup(prefix);
    const start = "/" + namesOf(prefix).join("/");
    if (node === null) return [];
    if (node.kind === "file") return [start];
    const base = start === "/" ? "" : start;
    return [...this.#files(node, base, "entries")].map(({ path }) => path).sort();
  }

  *#files(
    directory: DirectoryNode,
    base: string,
    view: "entries" | "durable",
  ): Generator<{ path: string; file: FileNode }> {
    for (const [name, node] of directory[view]) {
      const path = `${base}/${name}`;
      if (node.kind === "file") yield { path, file: node };
      else yield* this.#files(node, path, view);
    }
  }

  /** Where `path` is or would be. */
  #place(path: string, syscall: string): { directory: DirectoryNode; name: string } {
    const names = namesOf(path);
    const name = names.pop();
    if (name === undefined) throw new SystemError("EISDIR", syscall, `'${path}'`);
    return { directory: this.directory("/" + names.join("/"), syscall), name };
  }

  #change(changes: readonly NameChange[]): void {
    for (const { directory, name, node } of changes) {
      if (node === null) directory.entries.delete(name);
      else directory.entries.set(name, node);
      directory.modifiedTimeMs = this.#wallTimeMs();
    }
    this.#names.push({ order: this.#nextOrder(), changes });
  }

  #nextOrder(): number {
    this.#order += 1;
    return this.#order;
  }

  #newDirectory(): DirectoryNode {
    return {
      kind: "directory",
      entries: new Map(),
      durable: new Map(),
      modifiedTimeMs: this.#wallTimeMs(),
    };
  }
}

/** "/a//b/" → a, b. Dots are not resolved: ports get absolute, normal paths. */
function namesOf(path: string): string[] {
  if (!path.startsWith("/")) throw new SystemError("EINVAL", "path", `'${path}' is not absolute`);
  return path.split("/").filter((name) => name !== "");
}

/** The file is about to change from `position` on: unsynced writes there get copies of their own. */
function keepUnsynced(file: FileNode, position: number): void {
  // An appended piece writes over nothing.
  if (position >= file.volatile.length) return;
  for (const operation of file.unsynced) {
    if (operation.kind === "write" && operation.position + operation.length > position) {
      operation.data ??= file.volatile.read(operation.position, operation.length);
    }
  }
}

function applyData({ durable, volatile }: FileNode, operation: DataOperation): void {
  if (operation.kind === "truncate") durable.resize(operation.length);
  else durable.write(bytesOf(operation, volatile), operation.position);
}

function bytesOf({ data, position, length }: WriteOperation, volatile: ByteStore): Uint8Array {
  return data ?? volatile.read(position, length);
}

function applyNames(operation: NameOperation): void {
  for (const { directory, name, node } of operation.changes) {
    if (node === null) directory.durable.delete(name);
    else directory.durable.set(name, node);
  }
}

/** A write of which some sectors reached the medium, or only the new length of the file. */
function tear(
  { durable: store, volatile }: FileNode,
  operation: DataOperation,
  random: SeededRandom,
): void {
  if (operation.kind !== "write" || !random.chance(0.5)) return;
  const { position } = operation;
  const data = bytesOf(operation, volatile);
  const end = position + data.length;
  if (random.chance(0.3) && end > store.length) store.resize(end);
  for (let start = position; start < end;) {
    const sectorEnd = Math.min(end, (Math.floor(start / SECTOR_BYTES) + 1) * SECTOR_BYTES);
    if (random.chance(0.5)) {
      store.write(data.subarray(start - position, sectorEnd - position), start);
    }
    start = sectorEnd;
  }
}

function pickStyle(random: SeededRandom): LossStyle {
  const draw = random.fraction();
  if (draw < 0.15) return "nothing";
  if (draw < 0.35) return "everything";
  return draw < 0.55 ? "after-a-moment" : "each-by-itself";
}

function forgetVolatileNames(directory: DirectoryNode): void {
  directory.entries = new Map(directory.durable);
  for (const node of directory.entries.values()) {
    if (node.kind === "directory") forgetVolatileNames(node);
  }
}
