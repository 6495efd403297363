// An open file of the virtual disk.
import type { DiskFile } from "@tapeline/recorder/ports";
import type { DiskFaults } from "./disk-faults.ts";
import type { DiskImage, FileNode } from "./disk-image.ts";
import type { DiskQueue } from "./disk-queue.ts";
import type { Holding, ProcessScope } from "./process-scope.ts";
import { SystemError } from "./system-error.ts";
import { checksum } from "./trace.ts";

export class VirtualDiskFile implements DiskFile, Holding {
  readonly path: string;
  heldAt = -1;
  readonly #mode: "create" | "update" | "read" | "append";
  readonly #node: FileNode;
  readonly #image: DiskImage;
  readonly #faults: DiskFaults;
  readonly #queue: DiskQueue;
  #scope: ProcessScope | null = null;
  #isOpen = true;

  constructor(options: {
    readonly path: string;
    readonly mode: "create" | "update" | "read" | "append";
    readonly node: FileNode;
    readonly image: DiskImage;
    readonly faults: DiskFaults;
    readonly queue: DiskQueue;
  }) {
    this.path = options.path;
    this.#mode = options.mode;
    this.#node = options.node;
    this.#image = options.image;
    this.#faults = options.faults;
    this.#queue = options.queue;
  }

  holdBy(scope: ProcessScope): void {
    this.#scope = scope;
    scope.hold(this);
  }

  /** In append mode at the end, whatever `position` says: so does Linux. */
  write(data: Uint8Array, position: number): Promise<void> {
    const isAllowed = this.#isOpen && this.#mode !== "read";
    return this.#queue.run({
      operation: "write",
      path: this.path,
      detail: `${position}+${data.length} ${checksum(data)}`,
      perform: () => {
        if (!isAllowed) throw new SystemError("EBADF", "write", `'${this.path}'`);
        this.#write(data, position);
      },
      performPart: (share) => {
        if (isAllowed) this.#write(data.subarray(0, share * data.length), position);
      },
    });
  }

  read(position: number, length: number): Promise<Uint8Array> {
    return this.#run("read", `${position}+${length}`, () =>
      this.#node.volatile.read(position, length),
    );
  }

  truncate(length: number): Promise<void> {
    return this.#run("truncate", String(length), () => {
      if (this.#mode === "read") throw new SystemError("EINVAL", "ftruncate", `'${this.path}'`);
      this.#image.truncate(this.#node, length);
    });
  }

  sync(): Promise<void> {
    const mark = this.#image.mark();
    return this.#run("sync", "", () => this.#image.sync(this.#node, mark));
  }

  close(): Promise<void> {
    this.#isOpen = false;
    const release = (): void => this.#scope?.release(this);
    // Closing twice is harmless, as with Node's FileHandle.
    const closing = this.#queue.run({
      operation: "close",
      path: this.path,
      detail: "",
      perform: release,
      performPart: null,
    });
    // A close that fails has closed all the same, as with Linux.
    closing.catch(release);
    return closing;
  }

  describe(): string {
    return `file ${this.path}`;
  }

  /** Calls under way may still be done (disk-queue.ts); the process makes no more. */
  abandon(): void {
    this.#scope = null;
  }

  #write(data: Uint8Array, position: number): void {
    const start = this.#mode === "append" ? this.#node.volatile.length : position;
    const growthBytes = Math.max(0, start + data.length - this.#node.volatile.length);
    const freeBytes = this.#faults.freeBytes(this.path);
    const missingBytes = freeBytes === null ? 0 : Math.max(0, growthBytes - freeBytes);
    // As on a real file system, what fits is written before the error comes.
    const fittingBytes = Math.max(0, data.length - missingBytes);
    if (fittingBytes > 0) this.#image.write(this.#node, data.subarray(0, fittingBytes), start);
    if (missingBytes > 0) throw new SystemError("ENOSPC", "write", `'${this.path}'`);
  }

  #run<T>(operation: string, detail: string, perform: () => T): Promise<T> {
    // Calls made before `close` was called still get through, as with Node's FileHandle.
    const isOpen = this.#isOpen;
    const performOpen = (): T => {
      if (!isOpen) throw new SystemError("EBADF", operation, `'${this.path}'`);
      return perform();
    };
    return this.#queue.run({
      operation,
      path: this.path,
      detail,
      perform: performOpen,
      performPart: null,
    });
  }
}
