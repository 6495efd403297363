// The thread that does the writes of write-thread.ts: synchronous calls, since they then take none
// of the process's few I/O threads. One file's failure is told and touches no other file's write.
import { writeSync } from "node:fs";
import { parentPort } from "node:worker_threads";
import { assert } from "../../assert.ts";
import { systemCode } from "../../errors.ts";
import {
  JOB_FIELDS,
  type WriteAnswer,
  type WriteBatch,
  type WriteFailure,
} from "./write-thread.ts";

const port = parentPort;
assert(port !== null, "write-worker.ts runs in a worker thread only");

function writeAll(descriptor: number, data: Uint8Array, position: number): void {
  for (let done = 0; done < data.length;) {
    done += writeSync(descriptor, data, done, data.length - done, position + done);
  }
}

function failureOf(index: number, error: unknown): WriteFailure {
  const message = error instanceof Error ? error.message : String(error);
  return { index, code: systemCode(error) ?? "EIO", message };
}

port.on("message", ({ jobs, buffer }: WriteBatch) => {
  const failures: WriteFailure[] = [];
  let at = 0;
  for (let field = 0; field < jobs.length; field += JOB_FIELDS) {
    const [descriptor = -1, position = 0, length = 0] = jobs.slice(field, field + JOB_FIELDS);
    try {
      writeAll(descriptor, new Uint8Array(buffer, at, length), position);
    } catch (error) {
      failures.push(failureOf(field / JOB_FIELDS, error));
    }
    at += length;
  }
  const answer: WriteAnswer = { failures, buffer };
  port.postMessage(answer, [buffer]);
});
