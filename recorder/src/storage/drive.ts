// One drive of a pool: its space, its state, and every call to it with a deadline, because a drive
// may fail, fill up, or freeze (design.md §5, "Storage"). A frozen call is not given up by the
// system: until it has come back the drive is not used, and what it was doing there is looked at
// again (suspects).
import { RecorderError, systemCode } from "../errors.ts";
import type { Clock, Disk, DiskFile } from "../ports/index.ts";
import { withDeadline } from "./deadline.ts";
import type { DriveStatus } from "./storage-service.ts";

/** A call to a drive that takes longer counts as failed. */
export const DRIVE_CALL_MS = 30_000;

/** Why a drive cannot take a recording now. */
export class DriveTrouble extends Error {
  override readonly name = "DriveTrouble";
  readonly kind: "full" | "failed";

  constructor(kind: "full" | "failed", detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.kind = kind;
  }
}

/** What is committed of one recording. */
export interface Committed {
  /** Absolute path of the `.spx`; null for a recording without audio. */
  readonly path: string | null;
  /** Of the `.spx`. */
  readonly bytes: number;
}

export interface PoolDriveOptions {
  readonly pool: string;
  readonly path: string;
  readonly maxBytes: number;
  /** Free space of the file system that is never used up; 0 when absent. */
  readonly watermarkBytes?: number;
}

export class PoolDrive {
  readonly pool: string;
  readonly path: string;
  readonly #maxBytes: number;
  readonly #watermarkBytes: number;
  readonly #clock: Clock;
  readonly #disk: Disk;
  readonly #knownDirectories = new Set<string>();
  state: DriveStatus["state"] = "missing";
  /** False until its content is known: it may hold recordings that we would store again. */
  isScanned = false;
  usedBytes = 0;
  #freeBytes = 0;
  #wantedBytes = 0;
  #unfinishedCalls = 0;
  #callsUnderWay = 0;
  /** Recordings of which this drive may hold more than we know. */
  readonly suspects = new Set<string>();

  constructor(options: PoolDriveOptions, ports: { readonly clock: Clock; readonly disk: Disk }) {
    this.pool = options.pool;
    this.path = options.path;
    this.#maxBytes = options.maxBytes;
    this.#watermarkBytes = options.watermarkBytes ?? 0;
    this.#clock = ports.clock;
    this.#disk = ports.disk;
  }

  /** A call that passed its deadline is still under way. */
  get isHung(): boolean {
    return this.#unfinishedCalls > 0;
  }

  /** A call is under way, in time so far. */
  get isBusy(): boolean {
    return this.#callsUnderWay > 0;
  }

  status(): DriveStatus {
    return {
      pool: this.pool,
      path: this.path,
      usedBytes: this.usedBytes,
      freeBytes: this.#freeBytes,
      state: this.state,
      maxBytes: this.#maxBytes,
      isHung: this.isHung,
    };
  }

  /** A call to the drive's disk; whatever goes wrong becomes DriveTrouble. */
  async call<T>(what: string, work: (disk: Disk) => Promise<T>): Promise<T> {
    return this.within(what, DRIVE_CALL_MS, () => work(this.#disk));
  }

  /** The same for work that writes to the drive by other means, with its own deadline. */
  async within<T>(what: string, limitMs: number, work: () => Promise<T>): Promise<T> {
    this.#callsUnderWay += 1;
    try {
      return await withDeadline(
        this.#clock,
        {
          name: "storage.driveCall",
          limitMs,
          onLate: () => (this.#unfinishedCalls += 1),
          onLateEnd: () => (this.#unfinishedCalls -= 1),
        },
        work(),
      );
    } catch (error) {
      if (error instanceof DriveTrouble || error instanceof RecorderError) throw error;
      const detail = error instanceof Error ? error.message : String(error);
      throw new DriveTrouble(
        isFullCode(systemCode(error)) ? "full" : "failed",
        `${what}: ${detail}`,
        {
          cause: error,
        },
      );
    } finally {
      this.#callsUnderWay -= 1;
    }
  }

  /** Opens a file, works with it, closes it; the work's own failure comes before the close's. */
  async withFile<T>(
    open: { readonly path: string; readonly mode: "create" | "update" | "read" | "append" },
    work: (file: DiskFile) => Promise<T>,
  ): Promise<T> {
    const file = await this.call("open", (disk) => disk.open(open.path, open.mode));
    let result: T;
    try {
      result = await work(file);
    } catch (error) {
      await this.#closeAfterTrouble(file);
      throw error;
    }
    await this.call("close", () => file.close());
    return result;
  }

  /** Throws DriveTrouble when `bytes` more do not fit. */
  async reserve(bytes: number): Promise<void> {
    this.#wantedBytes = bytes;
    await this.measure();
    if (this.#freeBytes >= bytes) return;
    throw new DriveTrouble(
      "full",
      `${this.path} has ${this.#freeBytes} bytes free, ${bytes} are needed`,
    );
  }

  /** Learns how much more fits: below the size limit, above the watermark. */
  async measure(): Promise<void> {
    const systemBytes = await this.call("free space", (disk) => disk.freeBytes(this.path));
    const aboveWatermark = systemBytes - this.#watermarkBytes;
    this.#freeBytes = Math.max(0, Math.min(aboveWatermark, this.#maxBytes - this.usedBytes));
  }

  /** Whether that which did not fit would fit now; throws DriveTrouble when not. */
  async reserveAgain(): Promise<void> {
    await this.reserve(this.#wantedBytes);
  }

  /** Makes `<drive>/<yyyy>/<mm>/<dd>` durable; each day costs this once. */
  async makeDayDirectory(day: readonly string[]): Promise<string> {
    const path = [this.path, ...day].join("/");
    if (this.#knownDirectories.has(path)) return path;
    await this.call("make directory", (disk) => disk.makeDirectory(path));
    for (let depth = 0; depth < day.length; depth += 1) {
      const parent = [this.path, ...day.slice(0, depth)].join("/");
      await this.call("sync directory", (disk) => disk.syncDirectory(parent));
    }
    this.#knownDirectories.add(path);
    return path;
  }

  /** After trouble nothing made before is taken for granted. */
  forget(): void {
    this.#knownDirectories.clear();
  }

  async #closeAfterTrouble(file: DiskFile): Promise<void> {
    try {
      const closing = this.call("close", () => file.close());
      // On a frozen drive the close would wait for its deadline too: it is only asked for.
      if (this.isHung) closing.catch(() => undefined);
      else await closing;
    } catch (error) {
      // The trouble that led here is reported; a close that fails as well adds nothing.
      if (!(error instanceof DriveTrouble)) throw error;
    }
  }
}

function isFullCode(code: string | null): boolean {
  return code === "ENOSPC" || code === "EDQUOT";
}
