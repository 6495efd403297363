// The real log destination: lines go in batches to a worker thread (log-worker.ts) that writes and
// rotates the files, so that a slow log disk never holds up a call. What the worker has not yet
// written is bounded; lines beyond are dropped, counted, and their number is written later.
import { Worker } from "node:worker_threads";
import type { LogFile, LogSink } from "../log-sink.ts";
import { siblingUrl } from "./request-channel.ts";

/** Lines that wait for the disk, in characters. */
const QUEUE_CHARACTERS = 16 * 1024 * 1024;
/** A file of this size is renamed to `.1` (and `.1` to `.2` …) and begun anew. */
const ROTATE_BYTES = 64 * 1024 * 1024;
/** Rotated files kept beside the current one. */
const KEEP_FILES = 5;
/** At close a disk that does not take the rest in this time is left behind. */
const CLOSE_TIMEOUT_MS = 3000;

/** Lines for one file, in order; `dropped` were left out before them. */
export interface LogBatch {
  readonly file: LogFile;
  readonly lines: readonly string[];
  readonly dropped: number;
  readonly wallTimeMs: number;
}

export type LogWorkerRequest =
  | { readonly type: "write"; readonly batches: readonly LogBatch[]; readonly characters: number }
  | { readonly type: "close" };

export type LogWorkerAnswer =
  { readonly type: "written"; readonly characters: number } | { readonly type: "closed" };

export interface LogWorkerData {
  readonly directory: string;
  readonly rotateBytes: number;
  readonly keepFiles: number;
}

export interface NodeLogSinkOptions {
  readonly directory: string;
  readonly queueCharacters?: number;
  readonly rotateBytes?: number;
  readonly keepFiles?: number;
}

/** Log files in a directory, written by a thread of their own. */
export function nodeLogSink(options: NodeLogSinkOptions): LogSink {
  const worker = startWorker(options);
  const queue = new LineQueue(options.queueCharacters ?? QUEUE_CHARACTERS);
  let isFlushDue = false;
  let isOver = false;
  let onEnd: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (onEnd = resolve));

  worker.on("message", (answer: LogWorkerAnswer) => {
    if (answer.type === "closed") onEnd();
    else queue.written(answer.characters);
  });
  // Logging has nowhere to report its own death; lines are dropped from then on.
  worker.on("error", () => undefined);
  worker.on("exit", () => {
    isOver = true;
    onEnd();
  });

  const post = (request: LogWorkerRequest): void => worker.postMessage(request);
  const flush = (): void => {
    isFlushDue = false;
    if (!isOver && !queue.isEmpty) post({ type: "write", ...queue.take(Date.now()) });
  };

  return {
    write(file, line) {
      if (isOver) return;
      queue.add(file, line);
      if (isFlushDue) return;
      isFlushDue = true;
      setImmediate(flush);
    },
    async close() {
      if (isOver) return;
      flush();
      isOver = true;
      post({ type: "close" });
      const timer = setTimeout(onEnd, CLOSE_TIMEOUT_MS);
      await ended;
      clearTimeout(timer);
      await worker.terminate();
    },
  };
}

function startWorker(options: NodeLogSinkOptions): Worker {
  const data: LogWorkerData = {
    directory: options.directory,
    rotateBytes: options.rotateBytes ?? ROTATE_BYTES,
    keepFiles: options.keepFiles ?? KEEP_FILES,
  };
  const url = siblingUrl("log-worker", import.meta.url);
  const worker = new Worker(url, { name: "log", workerData: data });
  worker.unref();
  return worker;
}

/** Lines on their way to the disk: those that wait here and those that the worker has. */
class LineQueue {
  readonly #limitCharacters: number;
  readonly #waiting = new Map<LogFile, { lines: string[]; dropped: number }>();
  #waitingCharacters = 0;
  #takenCharacters = 0;

  constructor(limitCharacters: number) {
    this.#limitCharacters = limitCharacters;
  }

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  /** Keeps the line, or counts it as dropped when there is no room. */
  add(file: LogFile, line: string): void {
    const entry = this.#waiting.get(file) ?? { lines: [], dropped: 0 };
    this.#waiting.set(file, entry);
    const heldCharacters = this.#waitingCharacters + this.#takenCharacters;
    if (heldCharacters + line.length > this.#limitCharacters) {
      entry.dropped += 1;
      return;
    }
    entry.lines.push(line);
    this.#waitingCharacters += line.length;
  }

  /** Everything that waits, for the worker. */
  take(wallTimeMs: number): { batches: LogBatch[]; characters: number } {
    const batches = [...this.#waiting].map(([file, entry]) => ({ file, ...entry, wallTimeMs }));
    const characters = this.#waitingCharacters;
    this.#waiting.clear();
    this.#waitingCharacters = 0;
    this.#takenCharacters += characters;
    return { batches, characters };
  }

  /** The worker has done with so many characters. */
  written(characters: number): void {
    this.#takenCharacters -= characters;
  }
}
