// An append-only JSONL file of the state directory (calls.jsonl, audit.jsonl): one object a line,
// written in batches and synced. Callers never wait and never see a failure: what cannot be written
// is kept, up to a limit, and tried again; STATE_WRITE_FAILED is told once when it begins to fail.
// A torn last line (power loss) is cut off when the file is opened.
import { systemCode } from "../errors.ts";
import type { Clock, Disk, DiskFile, Timer } from "../ports/index.ts";

/** Lines kept while the disk refuses; beyond it the oldest are lost and counted. */
const QUEUE_LINES = 10_000;
const RETRY_FIRST_MS = 1000;
const RETRY_LONGEST_MS = 60_000;
/** Bytes read at a time, backwards, in search of the last newline. */
const TAIL_BYTES = 64 * 1024;
/** Largest file that `rows` reads. */
const READ_LIMIT_BYTES = 256 * 1024 * 1024;

export interface StateFileDelegate {
  /** Writing has begun to fail. */
  onProblem(code: "STATE_WRITE_FAILED", detail: string): void;
}

export interface StateRows {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  /** Lines that are no JSON object. */
  readonly damagedCount: number;
}

interface Line {
  readonly text: string;
  /** What became of it. */
  readonly onSettled: (isDurable: boolean) => void;
}

export class StateFile {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #disk: Disk;
  readonly #delegate: StateFileDelegate;
  #file: DiskFile | null = null;
  /** End of the last line that is whole and synced. */
  #endBytes = 0;
  #queue: Line[] = [];
  #lostCount = 0;
  #writing: Promise<void> | null = null;
  #retry: Timer | null = null;
  #failures = 0;
  #isClosed = false;

  constructor(
    path: string,
    ports: { readonly clock: Clock; readonly disk: Disk },
    delegate: StateFileDelegate,
  ) {
    this.#path = path;
    this.#clock = ports.clock;
    this.#disk = ports.disk;
    this.#delegate = delegate;
  }

  /** Lines that a full queue has lost. */
  get lostCount(): number {
    return this.#lostCount;
  }

  /** Adds a line; it reaches the disk soon. */
  append(row: Readonly<Record<string, unknown>>): void {
    this.#add(row, () => undefined);
  }

  /** The same; true once it is on the medium, false when it was lost or the file closed first. */
  appendDurably(row: Readonly<Record<string, unknown>>): Promise<boolean> {
    return new Promise((resolve) => this.#add(row, resolve));
  }

  #add(row: Readonly<Record<string, unknown>>, onSettled: Line["onSettled"]): void {
    if (this.#isClosed) return onSettled(false);
    this.#queue.push({ text: `${JSON.stringify(row)}\n`, onSettled });
    this.#trim();
    this.#pump();
  }

  /** Resolves when everything appended so far has been written, or has failed for now. */
  async settled(): Promise<void> {
    while (this.#writing !== null) await this.#writing;
  }

  /** Everything in the file, for readers at start. Rejects with the system's error. */
  async rows(): Promise<StateRows> {
    const status = await this.#disk.status(this.#path);
    if (status === null) return { rows: [], damagedCount: 0 };
    if (status.sizeBytes > READ_LIMIT_BYTES) {
      const message = `${this.#path} is larger than ${READ_LIMIT_BYTES} bytes`;
      throw Object.assign(new Error(message), { code: "EFBIG" });
    }
    return parseRows(await this.#disk.readFile(this.#path));
  }

  /** Tries once more to write what waits, then closes the file. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#retry?.cancel();
    this.#retry = null;
    await this.settled();
    if (this.#queue.length > 0) {
      this.#start();
      await this.settled();
    }
    for (const line of this.#queue.splice(0)) line.onSettled(false);
    const file = this.#file;
    this.#file = null;
    try {
      await file?.close();
    } catch (error) {
      this.#failed(error);
    }
  }

  #trim(): void {
    while (this.#queue.length > QUEUE_LINES) {
      this.#queue.shift()?.onSettled(false);
      this.#lostCount += 1;
    }
  }

  #pump(): void {
    if (this.#writing === null && this.#retry === null && this.#queue.length > 0) this.#start();
  }

  #start(): void {
    this.#writing = this.#write().then(() => {
      this.#writing = null;
      if (!this.#isClosed) this.#pump();
    });
  }

  async #write(): Promise<void> {
    const batch = this.#queue;
    this.#queue = [];
    try {
      this.#file ??= await this.#open();
      const bytes = new TextEncoder().encode(batch.map(({ text }) => text).join(""));
      // A failed write may have left a part: the next one goes to the same place, over it.
      await this.#file.write(bytes, this.#endBytes);
      await this.#file.sync();
      this.#endBytes += bytes.length;
      this.#failures = 0;
      for (const line of batch) line.onSettled(true);
    } catch (error) {
      this.#queue = [...batch, ...this.#queue];
      this.#trim();
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    if (systemCode(error) === null) throw error;
    this.#failures += 1;
    if (this.#failures === 1) {
      const detail = error instanceof Error ? error.message : String(error);
      this.#delegate.onProblem("STATE_WRITE_FAILED", `${this.#path}: ${detail}`);
    }
    if (this.#isClosed) return;
    const delayMs = Math.min(RETRY_FIRST_MS * 2 ** (this.#failures - 1), RETRY_LONGEST_MS);
    this.#retry = this.#clock.setTimer("storage.stateRetry", delayMs, () => {
      this.#retry = null;
      this.#pump();
    });
  }

  async #open(): Promise<DiskFile> {
    const directory = this.#path.slice(0, this.#path.lastIndexOf("/"));
    await this.#disk.makeDirectory(directory);
    const file = await this.#disk.open(this.#path, "append");
    const sizeBytes = (await this.#disk.status(this.#path))?.sizeBytes ?? 0;
    const endBytes = await lastLineEnd(file, sizeBytes);
    if (endBytes < sizeBytes) await file.truncate(endBytes);
    await this.#disk.syncDirectory(directory);
    this.#endBytes = endBytes;
    return file;
  }
}

/** Position behind the last newline; 0 when there is none. */
async function lastLineEnd(file: DiskFile, sizeBytes: number): Promise<number> {
  for (let end = sizeBytes; end > 0;) {
    const start = Math.max(0, end - TAIL_BYTES);
    const piece = await file.read(start, end - start);
    const newline = piece.lastIndexOf(0x0a);
    if (newline >= 0) return start + newline + 1;
    end = start;
  }
  return 0;
}

function parseRows(bytes: Uint8Array): StateRows {
  const rows: Readonly<Record<string, unknown>>[] = [];
  let damagedCount = 0;
  for (const line of new TextDecoder().decode(bytes).split("\n")) {
    if (line === "") continue;
    const row = rowOf(line);
    if (row === null) damagedCount += 1;
    else rows.push(row);
  }
  return { rows, damagedCount };
}

function rowOf(line: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(line);
    const isRow = typeof value === "object" && value !== null && !Array.isArray(value);
    return isRow ? (value as Readonly<Record<string, unknown>>) : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
