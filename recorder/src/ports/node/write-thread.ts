// Small writes of many files, gathered and done by one thread of their own (write-worker.ts): 500
// live recordings write 2,000 times a second (design.md §5, "Media plane"), and one call of the
// system's I/O threads each would cost more than the audio itself. One batch is under way at a
// time; what comes meanwhile is the next. The caller bounds what waits: one write a file.
import { Worker } from "node:worker_threads";
import { siblingUrl } from "./request-channel.ts";

const FIRST_BATCH_BYTES = 256 * 1024;
/** Of `jobs`, for each write: file descriptor, position, length. */
export const JOB_FIELDS = 3;

/** All data one after another. `buffer` moves to the worker and comes back with the answer. */
export interface WriteBatch {
  readonly jobs: readonly number[];
  readonly buffer: ArrayBuffer;
}

export interface WriteFailure {
  /** Of the write within its batch. */
  readonly index: number;
  readonly code: string;
  readonly message: string;
}

export interface WriteAnswer {
  readonly failures: readonly WriteFailure[];
  readonly buffer: ArrayBuffer;
}

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export class WriteThread {
  readonly #program: URL;
  #worker: Worker | null = null;
  #data = new Uint8Array(FIRST_BATCH_BYTES);
  #usedBytes = 0;
  #jobs: number[] = [];
  #waiting: Waiting[] = [];
  #underWay: Waiting[] | null = null;
  #isScheduled = false;
  #spare: ArrayBuffer | null = null;

  constructor(program = siblingUrl("write-worker", import.meta.url)) {
    this.#program = program;
  }

  /** Writes all of `data` at `position`, or rejects with the system's `code`. */
  write(descriptor: number, data: Uint8Array, position: number): Promise<void> {
    this.#gather(descriptor, data, position);
    const written = new Promise<void>((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
    if (!this.#isScheduled && this.#underWay === null) {
      this.#isScheduled = true;
      // After this turn of the loop: a tick writes dozens of files.
      setImmediate(() => this.#send());
    }
    return written;
  }

  #gather(descriptor: number, data: Uint8Array, position: number): void {
    const needed = this.#usedBytes + data.length;
    if (needed > this.#data.length) {
      const larger = new Uint8Array(Math.max(needed, this.#data.length * 2));
      larger.set(this.#data.subarray(0, this.#usedBytes));
      this.#data = larger;
    }
    this.#data.set(data, this.#usedBytes);
    this.#usedBytes = needed;
    this.#jobs.push(descriptor, position, data.length);
  }

  #send(): void {
    this.#isScheduled = false;
    if (this.#waiting.length === 0 || this.#underWay !== null) return;
    const batch: WriteBatch = { jobs: this.#jobs, buffer: this.#data.buffer };
    this.#underWay = this.#waiting;
    this.#waiting = [];
    this.#jobs = [];
    this.#usedBytes = 0;
    this.#data = new Uint8Array(this.#spare ?? new ArrayBuffer(FIRST_BATCH_BYTES));
    this.#spare = null;
    this.#worker ??= this.#startWorker();
    this.#worker.postMessage(batch, [batch.buffer]);
  }

  #startWorker(): Worker {
    const worker = new Worker(this.#program, { name: "live-writes" });
    let death = "the thread of live writes ended";
    worker.on("message", (answer: WriteAnswer) => this.#answered(answer));
    worker.on("error", (error: Error) => {
      death = `${death}: ${error.message}`;
    });
    worker.on("exit", () => this.#died(death));
    // After the listeners, each of which would keep the process alive.
    worker.unref();
    return worker;
  }

  #answered({ failures, buffer }: WriteAnswer): void {
    const done = this.#underWay ?? [];
    this.#underWay = null;
    this.#spare = buffer;
    for (const { index, code, message } of failures) {
      done[index]?.reject(Object.assign(new Error(message), { code }));
    }
    // A promise that was rejected stays so.
    for (const { resolve } of done) resolve();
    this.#send();
  }

  /** Whoever waits tries again; the next write starts another thread. */
  #died(message: string): void {
    this.#worker = null;
    const lost = this.#underWay ?? [];
    this.#underWay = null;
    for (const { reject } of lost) reject(Object.assign(new Error(message), { code: "EIO" }));
    this.#send();
  }
}
