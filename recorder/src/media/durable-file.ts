// A file of the live pair whose syncs may fail. After a failed fsync Linux takes what was to be
// synced for written, and the next fsync succeeds without it: so all since the last good one is
// read back, which the kernel still has, and written again first (design.md §5, "Never lose
// audio").
import type { DiskFile } from "../ports/index.ts";

/** Read back and written again at a time. */
const PIECE_BYTES = 256 * 1024;

export class DurableFile {
  readonly #file: DiskFile;
  /** Length of what a good sync has put on the medium. */
  #syncedBytes = 0;
  #failures = 0;
  /** Of the failures so many are made good. */
  #mended = 0;

  constructor(file: DiskFile) {
    this.#file = file;
  }

  write(data: Uint8Array, position: number): Promise<void> {
    return this.#file.write(data, position);
  }

  read(position: number, length: number): Promise<Uint8Array> {
    return this.#file.read(position, length);
  }

  truncate(length: number): Promise<void> {
    return this.#file.truncate(length);
  }

  /** The first `length` bytes, written by now, are on the medium when it resolves. */
  async sync(length: number): Promise<void> {
    const failures = this.#failures;
    if (failures > this.#mended) await this.#writeAgain(length);
    try {
      await this.#file.sync();
    } catch (error) {
      this.#failures += 1;
      throw error;
    }
    // Another one that failed beside this one leaves its doubt.
    if (failures < this.#failures) return;
    this.#mended = failures;
    this.#syncedBytes = Math.max(this.#syncedBytes, length);
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  async #writeAgain(length: number): Promise<void> {
    for (let at = this.#syncedBytes; at < length;) {
      const piece = await this.#file.read(at, Math.min(PIECE_BYTES, length - at));
      if (piece.length === 0) return;
      await this.#file.write(piece, at);
      at += piece.length;
    }
  }
}
