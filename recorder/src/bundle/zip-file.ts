// One zip file, written as it grows: contents come in pieces and leave compressed, nothing is held
// whole. Under the name with `.part` until it is complete and on the medium, then renamed, so that
// nobody takes half a bundle for one (R24).
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { ZipFile } from "yazl";
import { systemCode } from "../errors.ts";
import type { Disk, DiskFile } from "../ports/index.ts";

/** What an entry has become. */
export interface EntryFacts {
  readonly bytes: number;
  readonly sha256: string;
}

export interface EntryOptions {
  readonly modifiedTimeMs: number;
  /** Audio that is compressed already gains nothing. */
  readonly isCompressed: boolean;
}

/** Only who made it: a bundle holds calls. */
const ENTRY_MODE = 0o100600;

export class ZipWriter {
  readonly #disk: Disk;
  readonly #path: string;
  readonly #part: string;
  readonly #file: DiskFile;
  readonly #zip = new ZipFile();
  readonly #written: Promise<void>;
  #position = 0;
  #failure: Error | null = null;

  private constructor(disk: Disk, path: string, file: DiskFile) {
    this.#disk = disk;
    this.#path = path;
    this.#part = partOf(path);
    this.#file = file;
    // Of what goes in: `add` tells it to its caller.
    this.#zip.on("error", () => undefined);
    this.#written = this.#write();
    // Told by whoever waits for the next entry or the end.
    this.#written.catch((error: unknown) => {
      this.#failure = error instanceof Error ? error : new Error(String(error));
    });
  }

  /** Rejects with the system's error. An earlier attempt's `.part` is written over. */
  static async create(disk: Disk, path: string): Promise<ZipWriter> {
    const file = await disk.open(partOf(path), "append");
    await file.truncate(0);
    return new ZipWriter(disk, path, file);
  }

  /** Adds one file of these pieces; resolves when all of them have been read. */
  async add(
    name: string,
    pieces: AsyncIterable<Uint8Array>,
    { modifiedTimeMs, isCompressed }: EntryOptions,
  ): Promise<EntryFacts> {
    const hash = createHash("sha256");
    let bytes = 0;
    const measured = async function* (): AsyncGenerator<Uint8Array> {
      for await (const piece of pieces) {
        hash.update(piece);
        bytes += piece.length;
        yield piece;
      }
    };
    const stream = Readable.from(measured(), { objectMode: false });
    const ended = new Promise<void>((resolve, reject) => {
      stream.once("close", resolve);
      stream.once("error", reject);
    });
    const mtime = new Date(modifiedTimeMs);
    this.#zip.addReadStream(stream, name, { mtime, mode: ENTRY_MODE, compress: !isCompressed });
    // When the output fails, nobody reads the entry any more.
    await Promise.race([ended, this.#written]);
    if (this.#failure !== null) throw this.#failure;
    return { bytes, sha256: hash.digest("hex") };
  }

  /** Completes the file under its own name; its size. */
  async finish(): Promise<number> {
    this.#zip.end();
    await this.#written;
    await this.#file.sync();
    await this.#file.close();
    await this.#disk.rename(this.#part, this.#path);
    await this.#disk.syncDirectory(this.#path.slice(0, this.#path.lastIndexOf("/")) || "/");
    return this.#position;
  }

  /** Leaves nothing behind. */
  async abandon(): Promise<void> {
    try {
      await this.#file.close();
      await this.#disk.remove(this.#part);
    } catch (error) {
      if (systemCode(error) === null) throw error;
    }
  }

  async #write(): Promise<void> {
    for await (const piece of this.#zip.outputStream) {
      const bytes = typeof piece === "string" ? Buffer.from(piece) : piece;
      await this.#file.write(bytes, this.#position);
      this.#position += bytes.length;
    }
  }
}

function partOf(path: string): string {
  return `${path}.part`;
}
