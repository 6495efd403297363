// Tells a drive from the empty directory that is left when its file system is not mounted: a drive
// in use has a file `.tapeline-drive`, and the state directory remembers (drives.jsonl) on which
// paths there has been one. Without this, recordings would go under the mount point, to be hidden
// when the drive comes back.
import { systemCode } from "../errors.ts";
import type { Clock } from "../ports/index.ts";
import { DriveTrouble, type PoolDrive } from "./drive.ts";
import type { StateFile } from "./state-file.ts";

export const MARKER_FILE = ".tapeline-drive";

/** Its file system is not there. */
export class DriveMissing extends DriveTrouble {
  constructor(path: string) {
    const remedy = `mount it, or, if it was replaced by an empty one, create ${path}/${MARKER_FILE}`;
    super("failed", `${path} is not the drive that it was before: ${remedy}`);
  }
}

export class DriveMarkers {
  readonly #file: StateFile;
  readonly #clock: Clock;
  #known: Set<string> | null = null;

  /** `file`: state/drives.jsonl. */
  constructor(file: StateFile, clock: Clock) {
    this.#file = file;
    this.#clock = clock;
  }

  /** Makes a new drive one; throws DriveMissing when one that was in use is not there. */
  async recognise(drive: PoolDrive): Promise<void> {
    const known = await this.#paths();
    if (await hasMarker(drive)) {
      this.#remember(known, drive);
      return;
    }
    if (known.has(drive.path)) throw new DriveMissing(drive.path);
    await drive.call("make directory", (disk) => disk.makeDirectory(drive.path));
    await drive.withFile({ path: `${drive.path}/${MARKER_FILE}`, mode: "append" }, (file) =>
      drive.call("sync", () => file.sync()),
    );
    await drive.call("sync directory", (disk) => disk.syncDirectory(drive.path));
    this.#remember(known, drive);
  }

  /** Before each recording: the file system may have gone meanwhile. */
  async check(drive: PoolDrive): Promise<void> {
    if (!(await hasMarker(drive))) throw new DriveMissing(drive.path);
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  #remember(known: Set<string>, drive: PoolDrive): void {
    if (known.has(drive.path)) return;
    known.add(drive.path);
    const at = new Date(this.#clock.wallTimeMs()).toISOString();
    this.#file.append({ version: 1, at, path: drive.path, pool: drive.pool });
  }

  async #paths(): Promise<Set<string>> {
    if (this.#known !== null) return this.#known;
    try {
      const { rows } = await this.#file.rows();
      this.#known = new Set(rows.map(({ path }) => String(path)));
      return this.#known;
    } catch (error) {
      if (systemCode(error) === null) throw error;
      // A state directory that cannot be read keeps nobody from storing.
      return new Set();
    }
  }
}

async function hasMarker(drive: PoolDrive): Promise<boolean> {
  const path = `${drive.path}/${MARKER_FILE}`;
  return (await drive.call("look", (disk) => disk.status(path))) !== null;
}
