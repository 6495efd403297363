// Which live pairs belong to a discard that a crash has interrupted.
import assert from "node:assert/strict";
import { test } from "node:test";
import { discardedPairs } from "../../src/storage/discarded-pairs.ts";
import { countReads, MemoryDisk } from "../memory-disk.ts";

const BEGAN_MS = 1_795_366_801_234;
const key = (number: number, beganMs = BEGAN_MS): string =>
  `00000000-0000-4000-8000-00000000000${number}-${beganMs}`;
const discard = (recordingKey: string, endedMs = BEGAN_MS + 60_000): string =>
  `${JSON.stringify({ type: "discard", recordingKey, endedAt: new Date(endedMs).toISOString() })}\n`;

async function found(live: readonly string[], rows: string): Promise<string[]> {
  const disk = new MemoryDisk();
  disk.directories.add("/live");
  for (const name of live) disk.put(`/live/${name}`, "x");
  disk.put("/state/calls.jsonl", rows);
  return [...(await discardedPairs(disk, "/live", "/state/calls.jsonl")).keys()].sort();
}

test("a pair in progress with a discard row is one, with or without its journal", async () => {
  const rows = discard(key(1)) + discard(key(2)) + discard(key(9));
  const live = [`${key(1)}.tmpvrtx`, `${key(1)}.ul`, `${key(2)}.ul`, `${key(3)}.tmpvrtx`];
  assert.deepEqual(await found(live, rows), [key(1), key(2)]);
});

test("a complete pair is never one, nor is one without a row", async () => {
  assert.deepEqual(await found([`${key(1)}.vrtx`, `${key(1)}.ul`], discard(key(1))), []);
  assert.deepEqual(await found([`${key(1)}.tmpvrtx`], '{"type":"erased"}\n'), []);
  assert.deepEqual(await found([], discard(key(1))), []);
});

test("rows of long before the oldest pair are not read", async () => {
  const early = key(4, BEGAN_MS - 3 * 86_400_000);
  const rows = discard(key(1)) + discard(early, BEGAN_MS - 2 * 86_400_000);
  assert.deepEqual(await found([`${key(1)}.tmpvrtx`], rows), []);
});

test("a row a day older than the oldest pair still counts, to the millisecond", async () => {
  const day = 86_400_000;
  const rows = (endedMs: number): string => discard(key(1)) + discard(key(9), endedMs);
  const live = [`${key(1)}.tmpvrtx`];
  assert.deepEqual(await found(live, rows(BEGAN_MS - day)), [key(1)]);
  assert.deepEqual(await found(live, rows(BEGAN_MS - day - 1)), []);
});

test("other rows are passed over, and so are other files of the live directory", async () => {
  const row = (type: string): string => `{"type":"${type}","recordingKey":"${key(1)}"}\n`;
  assert.deepEqual(await found([`${key(1)}.ul`], row("erased") + row("call")), []);
  const strange = ["a.ul.bak", "b.hold", "c.vrtx.part"];
  assert.deepEqual(await found(strange, discard("a") + discard("b") + discard("c.vrtx")), []);
});

test("the answer holds the row itself", async () => {
  const disk = new MemoryDisk();
  disk.put(`/live/${key(1)}.ul`, "x");
  disk.put("/state/calls.jsonl", discard(key(1)));
  const rows = await discardedPairs(disk, "/live", "/state/calls.jsonl");
  assert.deepEqual(rows.get(key(1)), JSON.parse(discard(key(1))));
});

test("once all pairs are found nothing older is read", async () => {
  const disk = new MemoryDisk();
  disk.put(`/live/${key(1)}.ul`, "x");
  const filler = `{"type":"call","x":"${"y".repeat(300 * 1024)}"}\n`;
  disk.put("/state/calls.jsonl", filler + discard(key(1)));
  const reads = countReads(disk);
  await discardedPairs(disk, "/live", "/state/calls.jsonl");
  assert.equal(reads(), 1);
});
