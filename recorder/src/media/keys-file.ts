// The writer of a call's keys of SRTP (audio/keys-file.ts): with them it goes on after a crash. The
// journal has only their numbers. They are written before the lines that need them, and removed
// when the call is over. Like the writer's other files, it may fail and is tried again.
import { serializeKeysFile } from "../audio/keys-file.ts";
import { systemCode } from "../errors.ts";
import type { Disk } from "../ports/index.ts";

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
    const bytes = serializeKeysFile(this.#keys);
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
