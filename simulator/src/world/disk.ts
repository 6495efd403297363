// The disk of one virtual host: the disk port on top of disk-image.ts, with seeded latency, the
// faults that people put on it, and calls that a crash leaves half done.
// A queue runs four calls at a time, as the thread pool behind Node's file calls does; so four
// frozen calls stall all others of the same queue. tools.md, "Traps seen"
import type { Disk, DiskEntry, DiskFile, DiskStatus } from "@tapeline/recorder/ports";
import type { CrashPoint, Durability, SeededRandom, VirtualDiskFaults } from "./contract.ts";
import { DiskFaults } from "./disk-faults.ts";
import { DiskImage } from "./disk-image.ts";
import { DiskQueue } from "./disk-queue.ts";
import type { DiskWork } from "./disk-queue.ts";
import type { ProcessScope } from "./process-scope.ts";
import type { Scheduler } from "./scheduler.ts";
import { SystemError } from "./system-error.ts";
import type { Trace } from "./trace.ts";
import { VirtualDiskFile } from "./virtual-disk-file.ts";

/** Free where nobody has set a limit. */
const PLENTY_BYTES = 2 ** 40;

export interface HostDiskOptions {
  readonly hostName: string;
  readonly scheduler: Scheduler;
  readonly trace: Trace;
  readonly random: (name: string) => SeededRandom;
  readonly wallTimeMs: () => number;
}

export class HostDisk implements VirtualDiskFaults {
  readonly image: DiskImage;
  readonly faults: DiskFaults;
  readonly #options: HostDiskOptions;
  readonly #crashRandom: SeededRandom;
  readonly #renameListeners: ((to: string) => void)[] = [];
  #lastQueueId = 0;

  constructor(options: HostDiskOptions) {
    this.#options = options;
    this.image = new DiskImage(options.wallTimeMs);
    this.faults = new DiskFaults({
      latencyRandom: options.random(`disk latency ${options.hostName}`),
      faultRandom: options.random(`disk faults ${options.hostName}`),
      usedBytes: (prefix) => this.image.usedBytes(prefix),
    });
    this.#crashRandom = options.random(`disk crash ${options.hostName}`);
  }

  /** The port of one process, with a queue of its own. */
  portFor(scope: ProcessScope, queueName: string): Disk {
    this.#lastQueueId += 1;
    const queue = new DiskQueue({
      name: `${this.#options.hostName} ${queueName}${this.#lastQueueId}`,
      scope,
      trace: this.#options.trace,
      faults: this.faults,
      crashRandom: this.#crashRandom,
    });
    return new VirtualDisk(this, queue, scope);
  }

  losePower(): void {
    this.image.losePower(this.#crashRandom);
  }

  slow(prefix: string, byMs: number): void {
    this.#note(`slow ${prefix} ${byMs}`);
    this.faults.slow(prefix, byMs);
  }

  freeze(prefix: string): void {
    this.#note(`freeze ${prefix}`);
    this.faults.freeze(prefix);
  }

  limitBytes(prefix: string, bytes: number): void {
    this.#note(`limit ${prefix} ${bytes}`);
    this.faults.limitBytes(prefix, bytes);
  }

  failRatio(prefix: string, ratio: number, code = "EIO"): void {
    this.#note(`fail ${prefix} ${ratio} ${code}`);
    this.faults.failRatio(prefix, ratio, code);
  }

  exhaustDescriptors(): void {
    this.#note("exhaust descriptors");
    this.faults.exhaustDescriptors();
  }

  heal(): void {
    this.faults.heal();
  }

  crashAtCall(point: CrashPoint, crash: () => void): void {
    this.#note(`crash ${point.side} call ${point.call}`);
    this.faults.crashAtCall(point, crash);
  }

  healPrefix(prefix: string): void {
    this.#note(`heal ${prefix}`);
    this.faults.healPrefix(prefix);
  }

  peek(path: string): Uint8Array | null {
    const node = this.image.lookup(path);
    return node?.kind === "file" ? node.volatile.read(0, node.volatile.length) : null;
  }

  paths(prefix: string): string[] {
    return this.image.paths(prefix);
  }

  durability(path: string): Durability {
    return this.image.durability(path);
  }

  onRename(listener: (to: string) => void): void {
    this.#renameListeners.push(listener);
  }

  renamed(to: string): void {
    for (const listener of this.#renameListeners) listener(to);
  }

  plant(path: string, data: Uint8Array): void {
    this.image.plantFile(path, data);
  }

  plantDirectory(path: string): void {
    this.image.plantDirectory(path);
  }

  #note(text: string): void {
    this.#options.trace.add(`fault disk ${this.#options.hostName} ${text}`);
  }
}

/** The disk port: each call is one piece of work for the queue. */
class VirtualDisk implements Disk {
  readonly #disk: HostDisk;
  readonly #queue: DiskQueue;
  readonly #scope: ProcessScope;

  constructor(disk: HostDisk, queue: DiskQueue, scope: ProcessScope) {
    this.#disk = disk;
    this.#queue = queue;
    this.#scope = scope;
  }

  makeDirectory(path: string): Promise<void> {
    return this.#run("mkdir", path, () => this.#disk.image.makeDirectory(path));
  }

  open(path: string, mode: "create" | "update" | "read" | "append"): Promise<DiskFile> {
    return this.#run(`open-${mode}`, path, () => {
      const { image } = this.#disk;
      const isNew = mode === "create" || (mode === "append" && image.lookup(path) === null);
      const node = isNew ? image.create(path) : image.file(path, "open");
      const { faults } = this.#disk;
      const file = new VirtualDiskFile({ path, mode, node, image, faults, queue: this.#queue });
      // A crash may have come just before: then the name may be there, but nobody holds it.
      if (this.#scope.isAlive) file.holdBy(this.#scope);
      return file;
    });
  }

  readFile(path: string): Promise<Uint8Array> {
    return this.#run("read-file", path, () => {
      const { volatile } = this.#disk.image.file(path, "open");
      return volatile.read(0, volatile.length);
    });
  }

  rename(from: string, to: string): Promise<void> {
    return this.#run(
      "rename",
      from,
      () => {
        const { faults, image } = this.#disk;
        if (faults.fileSystemOf(from) !== faults.fileSystemOf(to)) {
          throw new SystemError("EXDEV", "rename", `'${from}' -> '${to}'`);
        }
        image.rename(from, to);
        this.#disk.renamed(to);
      },
      to,
    );
  }

  remove(path: string): Promise<void> {
    return this.#run("unlink", path, () => this.#disk.image.remove(path));
  }

  list(path: string): Promise<DiskEntry[]> {
    return this.#run("list", path, () => {
      const { entries } = this.#disk.image.directory(path, "scandir");
      return [...entries].map(([name, node]) => ({ name, kind: node.kind })).sort(byName);
    });
  }

  status(path: string): Promise<DiskStatus | null> {
    return this.#run("stat", path, () => {
      const node = this.#disk.image.lookup(path);
      if (node === null) return null;
      const sizeBytes = node.kind === "file" ? node.volatile.length : 0;
      return { sizeBytes, kind: node.kind, modifiedTimeMs: node.modifiedTimeMs };
    });
  }

  syncDirectory(path: string): Promise<void> {
    const mark = this.#disk.image.mark();
    return this.#run("sync-directory", path, () => {
      const { image } = this.#disk;
      image.syncDirectory(image.directory(path, "open"), mark);
    });
  }

  freeBytes(path: string): Promise<number> {
    return this.#run("statfs", path, () => {
      const { image, faults } = this.#disk;
      if (image.lookup(path) === null) throw new SystemError("ENOENT", "statfs", `'${path}'`);
      return faults.freeBytes(path) ?? PLENTY_BYTES - image.usedBytes("/");
    });
  }

  #run<T>(operation: string, path: string, perform: () => T, detail = ""): Promise<T> {
    const work: DiskWork<T> = { operation, path, detail, perform, performPart: null };
    return this.#queue.run(work);
  }
}

function byName(a: DiskEntry, b: DiskEntry): number {
  return a.name < b.name ? -1 : 1;
}
