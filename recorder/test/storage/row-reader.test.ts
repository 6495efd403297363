// Rows of a state file from its end: every one, newest first, whatever the pieces cut.
import assert from "node:assert/strict";
import { test } from "node:test";
import { visitRowsBackwards } from "../../src/storage/row-reader.ts";
import { MemoryDisk } from "../memory-disk.ts";

const FILE = "/state/calls.jsonl";

async function numbers(disk: MemoryDisk, until = -1): Promise<unknown[]> {
  const found: unknown[] = [];
  await visitRowsBackwards(disk, FILE, (row) => {
    found.push(row["n"]);
    return row["n"] === until ? "stop" : "go-on";
  });
  return found;
}

test("rows come newest first, over the borders of pieces; reading stops when told", async () => {
  const disk = new MemoryDisk();
  const count = 3_000;
  const rows = Array.from({ length: count }, (_, n) =>
    JSON.stringify({ n, x: "ä".repeat(n % 300) }),
  );
  disk.put(FILE, `${rows.join("\n")}\n`);
  const expected = Array.from({ length: count }, (_, index) => count - 1 - index);
  assert.deepEqual(await numbers(disk), expected);
  assert.deepEqual(await numbers(disk, count - 3), expected.slice(0, 3));
});

test("a missing or empty file has no rows; damaged lines are left out", async () => {
  const disk = new MemoryDisk();
  assert.deepEqual(await numbers(disk), []);
  disk.put(FILE, "");
  assert.deepEqual(await numbers(disk), []);
  disk.put(FILE, '{"n":1}\nnot json\n[1]\nnull\n\n{"n":2}\n{"n":3');
  assert.deepEqual(await numbers(disk), [2, 1]);
});

test("a line beyond all bounds is damage, and what is before it is still read", async () => {
  const disk = new MemoryDisk();
  disk.put(FILE, `{"n":1}\n${"x".repeat(3 * 1024 * 1024)}\n{"n":2}\n`);
  assert.deepEqual(await numbers(disk), [2, 1]);
});
