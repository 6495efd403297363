// Which live pairs that a crash left in progress stand in a closed row of calls.jsonl already.
import assert from "node:assert/strict";
import { test } from "node:test";
import { toldPairs } from "../../src/storage/told-pairs.ts";
import { countReads, MemoryDisk } from "../memory-disk.ts";

const BEGAN_MS = 1_795_366_801_234;
const DAY_MS = 86_400_000;
const key = (number: number): string => `00000000-0000-4000-8000-00000000000${number}-${BEGAN_MS}`;

function row(parts: unknown, set: { open?: true; type?: string; endedMs?: number } = {}): string {
  const { endedMs = BEGAN_MS + 60_000, type = "call", ...rest } = set;
  const endedAt = new Date(endedMs).toISOString();
  return `${JSON.stringify({ type, endedAt, ...rest, parts })}\n`;
}

const part = (recordingKey: string | null) => ({ part: 1, recordingKey });

function diskOf(live: readonly string[], rows: string): MemoryDisk {
  const disk = new MemoryDisk();
  disk.directories.add("/live");
  for (const name of live) disk.put(`/live/${name}`, "x");
  disk.put("/state/calls.jsonl", rows);
  return disk;
}

async function found(live: readonly string[], rows: string): Promise<string[]> {
  return [...(await toldPairs(diskOf(live, rows), "/live", "/state/calls.jsonl"))].sort();
}

test("a pair in progress whose part stands in a closed row is one", async () => {
  const rows = row([part(null), part(key(1))]) + row([part(key(2)), part(key(9))]);
  const live = [1, 2, 3].map((number) => `${key(number)}.tmpvrtx`);
  assert.deepEqual(await found(live, rows), [key(1), key(2)]);
});

test("a complete pair is none, nor is what an open row tells of, another row, or no row", async () => {
  assert.deepEqual(await found([`${key(1)}.vrtx`, `${key(1)}.ul`], row([part(key(1))])), []);
  const live = [`${key(1)}.tmpvrtx`];
  assert.deepEqual(await found(live, row([part(key(1))], { open: true })), []);
  assert.deepEqual(await found(live, row([part(key(1))], { type: "discard" })), []);
  assert.deepEqual(await found(live, row("damaged") + row([part(key(2))])), []);
  assert.deepEqual(await found([], row([part(key(1))])), []);
});

test("rows of a day before the oldest pair end the search", async () => {
  const live = [`${key(1)}.tmpvrtx`];
  const rows = (endedMs: number): string => row([part(key(1))]) + row([part(null)], { endedMs });
  assert.deepEqual(await found(live, rows(BEGAN_MS - DAY_MS)), [key(1)]);
  assert.deepEqual(await found(live, rows(BEGAN_MS - DAY_MS - 1)), []);
});

test("once all pairs are found nothing older is read", async () => {
  const filler = row([part(null)], { type: `call${"y".repeat(300 * 1024)}` });
  const disk = diskOf([`${key(1)}.tmpvrtx`], filler + row([part(key(1))]));
  const reads = countReads(disk);
  await toldPairs(disk, "/live", "/state/calls.jsonl");
  assert.equal(reads(), 1);
});
