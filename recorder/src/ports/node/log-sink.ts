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

interface Waiting {
  lines: string[];
  dropped: number;
}

/** Log files in a directory, written by a thread of their own. */
export function nodeLogSink(options: NodeLogSinkOptions): LogSink {
  const limit = options.queueCharacters ?? QUEUE_CHARACTERS;
  const data: LogWorkerData = {
    directory: options.directory,
    rotateBytes: options.rotateBytes ?? ROTATE_BYTES,
    keepFiles: options.keepFiles ?? KEEP_FILES,
  };
  const worker = new Worker(siblingUrl("log-worker", import.meta.url), {
    name: "log",
    workerData: data,
  });
  worker.unref();
  const waiting = new Map<LogFile, Waiting>();
  let waitingCharacters = 0;
  let postedCharacters = 0;
  let isFlushDue = false;
  let isOver = false;
  let onEnd: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (onEnd = resolve));

  worker.on("message", (answer: LogWorkerAnswer) => {
    if (answer.type === "closed") onEnd();
    else postedCharacters -= answer.characters;
  });
  // Logging has nowhere to report its own death; lines are dropped from then on.
  worker.on("error", () => undefined);
  worker.on("exit", () => {
    isOver = true;
    onEnd();
  });

  const flush = (): void => {
    isFlushDue = false;
    if (isOver || waiting.size === 0) return;
    const wallTimeMs = Date.now();
    const batches = [...waiting].map(([file, { lines, dropped }]) => ({
      file,
      lines,
      dropped,
      wallTimeMs,
    }));
    waiting.clear();
    postedCharacters += waitingCharacters;
    post({ type: "write", batches, characters: waitingCharacters });
    waitingCharacters = 0;
  };
  const post = (request: LogWorkerRequest): void => worker.postMessage(request);

  return {
    write(file, line) {
      if (isOver) return;
      const entry = waiting.get(file) ?? { lines: [], dropped: 0 };
      waiting.set(file, entry);
      if (waitingCharacters + postedCharacters + line.length > limit) entry.dropped += 1;
      else {
        entry.lines.push(line);
        waitingCharacters += line.length;
      }
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
