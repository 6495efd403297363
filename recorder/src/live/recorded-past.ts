// What was recorded before somebody joined: pieces of the live `.ul`, one read at a time for all
// listeners, so that a live disk that hangs holds one call of the thread pool and no more. Paused
// stretches stand there as fill: the voice never reached the file (R21).
import { join } from "node:path";
import type { Disk } from "../ports/index.ts";
import { systemCode } from "../errors.ts";

export interface RecordedPast {
  /**
   * Up to `length` bytes from `fromSample`: fewer where no more has been written yet; null when
   * there is no file (any more).
   */
  read(recordingKey: string, fromSample: number, length: number): Promise<Uint8Array | null>;
}

export class LiveFiles implements RecordedPast {
  readonly #disk: Disk;
  readonly #directory: string;
  #last: Promise<unknown> = Promise.resolve();

  constructor(disk: Disk, directory: string) {
    this.#disk = disk;
    this.#directory = directory;
  }

  read(recordingKey: string, fromSample: number, length: number): Promise<Uint8Array | null> {
    const path = join(this.#directory, `${recordingKey}.ul`);
    const turn = this.#last.then(() => this.#readNow(path, fromSample, length));
    this.#last = turn;
    return turn;
  }

  /** Opened anew each time: what is erased meanwhile is not read on. */
  async #readNow(path: string, position: number, length: number): Promise<Uint8Array | null> {
    try {
      const file = await this.#disk.open(path, "read");
      try {
        return await file.read(position, length);
      } finally {
        await file.close();
      }
    } catch (error) {
      if (systemCode(error) === null) throw error;
      return null;
    }
  }
}
