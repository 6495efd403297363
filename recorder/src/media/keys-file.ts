// Keys of SRTP beside a live journal, a line each: with them a call goes on after a crash. The
// journal has only their numbers. They are written before the lines that need them, and removed
// when the call is over. Like the writer's other files, it may fail and is tried again.
import { systemCode } from "../errors.ts";
import type { Disk } from "../ports/index.ts";

/** Behind the recording's key, in the live directory. */
export const KEYS_FILE_SUFFIX = ".srtp";

export class KeysFile {
  readonly #path: string;
  readonly #disk: Disk;
  readonly #keys: string[];
  #writtenKeys: number;

  /** `known` are in the file already. */
  constructor(path: string, disk: Disk, known: readonly string[]) {
    this.#path = path;
    this.#disk = disk;
    this.#keys = [...known];
    this.#writtenKeys = known.length;
  }

  /** Of a call without SRTP there is no file. */
  get isThere(): boolean {
    return this.#keys.length > 0;
  }

  get isPending(): boolean {
    return this.#writtenKeys < this.#keys.length;
  }

  add(keys: readonly string[]): void {
    this.#keys.push(...keys);
  }

  async write(): Promise<void> {
    const count = this.#keys.length;
    const bytes = new TextEncoder().encode(this.#keys.map((key) => `${key}\n`).join(""));
    // "append" makes the file where it is missing, and "update" writes where it is told to.
    await (await this.#disk.open(this.#path, "append")).close();
    const file = await this.#disk.open(this.#path, "update");
    try {
      await file.write(bytes, 0);
      await file.sync();
    } finally {
      await file.close();
    }
    this.#writtenKeys = count;
  }

  async remove(): Promise<void> {
    this.#writtenKeys = this.#keys.length;
    try {
      await this.#disk.remove(this.#path);
    } catch (error) {
      if (systemCode(error) !== "ENOENT") throw error;
    }
  }
}

/** The keys of a file that a crash left; a line that was cut off is none. */
export function parseKeysFile(bytes: Uint8Array): readonly string[] {
  const lines = new TextDecoder().decode(bytes).split("\n").slice(0, -1);
  const damaged = lines.findIndex((line) => !/^[A-Za-z0-9+/=]+$/.test(line));
  // Keys are known by their number: behind a damaged one none is sure.
  return damaged < 0 ? lines : lines.slice(0, damaged);
}
