// The thread of live writes: every write at its place, each failure its own, and a thread that dies
// is replaced.
import assert from "node:assert/strict";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { WriteThread } from "../../../src/ports/node/write-thread.ts";

const directory = mkdtempSync(join(tmpdir(), "tapeline-writes-"));
after(() => rmSync(directory, { recursive: true }));

test("writes of many files in many turns stand where they belong", async () => {
  const thread = new WriteThread();
  const files = Array.from({ length: 40 }, (_, index) => join(directory, `many-${index}`));
  const descriptors = files.map((path) => openSync(path, "w"));
  const pieceOf = (file: number, turn: number): Uint8Array =>
    new Uint8Array(1000 + turn).fill(file * 7 + turn);
  const positions = descriptors.map(() => 0);
  for (let turn = 0; turn < 10; turn += 1) {
    await Promise.all(
      descriptors.map((descriptor, file) => {
        const piece = pieceOf(file, turn);
        const written = thread.write(descriptor, piece, positions[file]!);
        positions[file]! += piece.length;
        // The caller may use its buffer again at once.
        piece.fill(0);
        return written;
      }),
    );
  }
  descriptors.forEach((descriptor) => closeSync(descriptor));
  for (const [file, path] of files.entries()) {
    const wanted = Array.from({ length: 10 }, (_, turn) => pieceOf(file, turn));
    assert.deepEqual(readFileSync(path), Buffer.concat(wanted), path);
  }
});

test("what comes while a batch is under way is written after it", async () => {
  const thread = new WriteThread();
  const path = join(directory, "later");
  const descriptor = openSync(path, "w");
  const first = thread.write(descriptor, new Uint8Array(1_000_000).fill(1), 0);
  // The batch leaves in the next turn.
  await new Promise<void>((resolve) => setImmediate(resolve));
  const second = thread.write(descriptor, new Uint8Array(10).fill(2), 999_995);
  await Promise.all([first, second]);
  closeSync(descriptor);
  const bytes = readFileSync(path);
  assert.equal(bytes.length, 1_000_005);
  assert.deepEqual([...bytes.subarray(999_990, 1_000_000)], [1, 1, 1, 1, 1, 2, 2, 2, 2, 2]);
});

test("one file's failure is its own, with the system's code", async () => {
  const thread = new WriteThread();
  const path = join(directory, "good");
  const descriptor = openSync(path, "w");
  const readOnly = openSync(path, "r");
  const outcomes = await Promise.allSettled([
    thread.write(descriptor, Uint8Array.of(1), 0),
    thread.write(readOnly, Uint8Array.of(9), 0),
    thread.write(descriptor, Uint8Array.of(2), 1),
  ]);
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ["fulfilled", "rejected", "fulfilled"],
  );
  const [, failure] = outcomes;
  assert.equal(failure?.status === "rejected" && failure.reason.code, "EBADF");
  closeSync(descriptor);
  closeSync(readOnly);
  assert.deepEqual([...readFileSync(path)], [1, 2]);
});

test("a thread that dies fails the writes under way, and the next write has another", async () => {
  const program =
    "import { parentPort } from 'node:worker_threads'; parentPort.on('message', boom)";
  const thread = new WriteThread(new URL(`data:text/javascript,${encodeURIComponent(program)}`));
  for (let attempt = 0; attempt < 2; attempt += 1) {
    await assert.rejects(thread.write(1, Uint8Array.of(1), 0), {
      code: "EIO",
      message: /the thread of live writes ended: boom is not defined/,
    });
  }
});
