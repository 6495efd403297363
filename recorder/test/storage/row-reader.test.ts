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

test("a file that begins with an empty line, or ends without a newline, has all its rows", async () => {
  const disk = new MemoryDisk();
  disk.put(FILE, '\n{"n":1}\n{"n":2}');
  assert.deepEqual(await numbers(disk), [2, 1]);
  assert.deepEqual(await numbers(disk, 2), [2]);
});

test("values that are no rows are passed over, and reading goes on before them", async () => {
  const disk = new MemoryDisk();
  disk.put(FILE, '{"n":1}\n5\n"x"\nnull\n[]\ntrue\n{\n');
  assert.deepEqual(await numbers(disk), [1]);
});

test("a newline at the border of two pieces ends its line", async () => {
  const piece = 256 * 1024;
  const last = '{"n":2}\n';
  for (const shift of [-1, 0, 1]) {
    const disk = new MemoryDisk();
    const pad = piece - last.length - shift - '{"n":1,"x":""}\n'.length;
    const lines = ['{"n":0}', `{"n":1,"x":"${"y".repeat(pad)}"}`, '{"n":2}'];
    disk.put(FILE, `${lines.join("\n")}\n`);
    assert.deepEqual(await numbers(disk), [2, 1, 0], String(shift));
  }
});

test("a line of a mebibyte is a row, a longer one is damage", async () => {
  const limit = 1024 * 1024;
  const disk = new MemoryDisk();
  const row = (length: number): string => {
    const frame = '{"n":1,"x":""}'.length;
    return `{"n":1,"x":"${"y".repeat(length - frame)}"}`;
  };
  disk.put(FILE, `{"n":0}\n${row(limit)}\n`);
  assert.deepEqual(await numbers(disk), [1, 0]);
  disk.put(FILE, `{"n":0}\n${row(limit + 256 * 1024)}\n`);
  assert.deepEqual(await numbers(disk), [0]);
});

test("a file that went away is as none, one that cannot be opened or read is told; it is closed", async () => {
  const disk = new MemoryDisk();
  disk.put(FILE, '{"n":1}\n');
  disk.failures.set(`open-read ${FILE}`, "ENOENT");
  assert.deepEqual(await numbers(disk), []);
  disk.failures.set(`open-read ${FILE}`, "EACCES");
  await assert.rejects(numbers(disk), { code: "EACCES" });
  disk.failures.clear();
  let isClosed = false;
  const open = disk.open.bind(disk);
  disk.open = async (path, mode) => {
    const file = await open(path, mode);
    const close = (): Promise<void> => {
      isClosed = true;
      return file.close();
    };
    return { ...file, path, close, read: () => Promise.reject(new Error("torn")) };
  };
  await assert.rejects(numbers(disk), /torn/);
  assert.ok(isClosed);
});
