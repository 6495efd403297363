// Tells a drive from the empty directory that is left when its file system is not mounted: state/
// remembers (drives.jsonl) which drives hold recordings, and one that holds none any more is
// missing. Without this, recordings would go under the mount point, to be hidden when the drive
// comes back, and what is on it would be stored a second time.
import { systemCode } from "../errors.ts";
import type { Clock } from "../ports/index.ts";
import { DriveTrouble, type PoolDrive } from "./drive.ts";
import type { StateFile } from "./state-file.ts";

/** Its file system is not there. */
export class DriveMissing extends DriveTrouble {
  constructor(path: string) {
    const remedy =
      "mount it; if an empty one has taken its place, remove its line from state/drives.jsonl " +
      "and restart the recorder";
    super("failed", `${path} held recordings and is not there or empty: ${remedy}`);
  }
}

export class DriveMemory {
  readonly #file: StateFile;
  readonly #clock: Clock;
  #known: Set<string> | null = null;

  /** `file`: state/drives.jsonl. */
  constructor(file: StateFile, clock: Clock) {
    this.#file = file;
    this.#clock = clock;
  }

  /** Throws DriveMissing when a drive that held recordings holds none; asked before each use. */
  async check(drive: PoolDrive): Promise<void> {
    const known = await this.#paths();
    if (!known.has(drive.path)) return;
    const there = await drive.call("look", (disk) => disk.status(drive.path));
    if (there === null) throw new DriveMissing(drive.path);
    const entries = await drive.call("list", (disk) => disk.list(drive.path));
    if (!entries.some(({ name }) => /^\d{4}$/.test(name))) throw new DriveMissing(drive.path);
  }

  /** It holds recordings now. */
  async remember(drive: PoolDrive): Promise<void> {
    const known = await this.#paths();
    if (known.has(drive.path)) return;
    known.add(drive.path);
    const at = new Date(this.#clock.wallTimeMs()).toISOString();
    this.#file.append({ version: 1, at, path: drive.path, pool: drive.pool });
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  async #paths(): Promise<Set<string>> {
    if (this.#known !== null) return this.#known;
    this.#known = new Set();
    try {
      const { rows } = await this.#file.rows();
      for (const { path } of rows) this.#known.add(String(path));
    } catch (error) {
      // A state directory that cannot be read keeps nobody from storing.
      if (systemCode(error) === null) throw error;
    }
    return this.#known;
  }
}
