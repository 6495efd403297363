// The log's worker thread: appends batches of lines to their files and rotates by size. Synchronous
// calls, since they then take none of the process's few I/O threads. A failed write (disk full)
// drops that batch; the count stands before the next lines that succeed.
import { closeSync, fstatSync, openSync, renameSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { systemCode } from "../../errors.ts";
import type { LogFile } from "../log-sink.ts";
import type { LogBatch, LogWorkerAnswer, LogWorkerData, LogWorkerRequest } from "./log-sink.ts";
import { makeDirectorySync } from "./make-directory.ts";

const options = workerData as LogWorkerData;

interface OpenLog {
  readonly descriptor: number;
  sizeBytes: number;
}

const open = new Map<LogFile, OpenLog>();
const dropped = new Map<LogFile, number>();

function logOf(file: LogFile): OpenLog {
  const known = open.get(file);
  if (known !== undefined) return known;
  const path = join(options.directory, file);
  makeDirectorySync(dirname(path));
  const descriptor = openSync(path, "a", 0o640);
  const log = { descriptor, sizeBytes: fstatSync(descriptor).size };
  open.set(file, log);
  return log;
}

function rotate(file: LogFile): void {
  const log = open.get(file);
  if (log !== undefined) closeSync(log.descriptor);
  open.delete(file);
  const path = join(options.directory, file);
  const numbered = (number: number): string => (number === 0 ? path : `${path}.${number}`);
  // The oldest is written over by the one before it.
  for (let number = options.keepFiles - 1; number >= 0; number -= 1) {
    try {
      renameSync(numbered(number), numbered(number + 1));
    } catch (error) {
      if (systemCode(error) !== "ENOENT") throw error;
    }
  }
}

function write(batch: LogBatch): void {
  const lost = (dropped.get(batch.file) ?? 0) + batch.dropped;
  // Drops of a batch happened when the queue was full: behind the lines that still had room.
  const told = lost === 0 ? [] : [droppedLine(lost, batch.wallTimeMs)];
  const bytes = Buffer.from([...batch.lines, ...told].map((line) => `${line}\n`).join(""));
  try {
    const grown = logOf(batch.file).sizeBytes;
    if (grown > 0 && grown + bytes.length > options.rotateBytes) rotate(batch.file);
    const log = logOf(batch.file);
    let done = 0;
    while (done < bytes.length) done += writeSync(log.descriptor, bytes, done);
    log.sizeBytes += bytes.length;
    dropped.delete(batch.file);
  } catch {
    // There is no better place to say it than the file itself, later.
    dropped.set(batch.file, lost + batch.lines.length);
  }
}

function droppedLine(count: number, wallTimeMs: number): string {
  return JSON.stringify({
    level: "warn",
    at: new Date(wallTimeMs).toISOString(),
    dropped: count,
    msg: "log lines were dropped because the log disk is slow or full",
  });
}

parentPort?.on("message", (request: LogWorkerRequest) => {
  const answer = (message: LogWorkerAnswer): void => parentPort?.postMessage(message);
  if (request.type === "write") {
    for (const batch of request.batches) write(batch);
    answer({ type: "written", characters: request.characters });
    return;
  }
  for (const log of open.values()) closeSync(log.descriptor);
  open.clear();
  answer({ type: "closed" });
});
