// Which complete live pairs may have a conversation that goes on after a restart.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LOOK_BACK_MS, UNCLOSED_LIMIT, unclosedPairs } from "../../src/storage/unclosed-pairs.ts";
import { MemoryDisk } from "../memory-disk.ts";

const NOW_MS = 1_795_366_801_234;
const key = (number: number, ageMs = 60_000): string =>
  `00000000-0000-4000-8000-${String(number).padStart(12, "0")}-${NOW_MS - ageMs}`;
const call = (keys: readonly (string | null)[], set: object = {}): string =>
  `${JSON.stringify({
    type: "call",
    endedAt: new Date(NOW_MS).toISOString(),
    parts: keys.map((recordingKey, index) => ({ part: index + 1, recordingKey })),
    ...set,
  })}\n`;

function look(names: readonly string[], rows: string | null) {
  const disk = new MemoryDisk();
  disk.directories.add("/live");
  for (const name of names) disk.put(`/live/${name}`, "x");
  if (rows !== null) disk.put("/state/calls.jsonl", rows);
  const places = { liveDirectory: "/live", callsPath: "/state/calls.jsonl" };
  return { disk, found: unclosedPairs(disk, places, NOW_MS) };
}

const found = (names: readonly string[], rows: string | null): Promise<readonly string[]> =>
  look(names, rows).found;

test("R22: a complete pair that no row names, or only that of a stop in mid-call, is one", async () => {
  const names = [1, 2, 3].map((number) => `${key(number)}.vrtx`);
  const rows = call([key(1)], { open: true, endedAt: null }) + call([key(2), null]);
  assert.deepEqual(await found(names, rows), [key(1), key(3)]);
  assert.deepEqual(await found(names, null), [key(1), key(2), key(3)]);
});

test("a pair in progress is recovered by other means, and audio alone is no pair", async () => {
  assert.deepEqual(await found([`${key(1)}.tmpvrtx`, `${key(1)}.ul`, `${key(2)}.ul`], null), []);
  const { disk, found: directory } = look([], null);
  disk.directories.add(`/live/${key(1)}.vrtx`);
  assert.deepEqual(await directory, []);
});

test("rows of other kinds close nothing, and are no trouble", async () => {
  const rows = ['{"type":"discard"}', '{"parts":7}', '{"parts":[{}]}'].join("\n");
  assert.deepEqual(await found([`${key(1)}.vrtx`], `${rows}\n`), [key(1)]);
});

test("what began more than four hours ago is not looked for", async () => {
  const [last, first] = [key(1, LOOK_BACK_MS), key(2, LOOK_BACK_MS + 1)];
  assert.deepEqual(await found([`${last}.vrtx`, `${first}.vrtx`, "strange.vrtx"], null), [last]);
});

test("rows of before that are not read", async () => {
  const ended = (ageMs: number) => ({ endedAt: new Date(NOW_MS - ageMs).toISOString() });
  const rows = (ageMs: number): string => call([key(1)]) + call([], ended(ageMs));
  const names = [`${key(1)}.vrtx`];
  assert.deepEqual(await found(names, rows(LOOK_BACK_MS)), []);
  assert.deepEqual(await found(names, rows(LOOK_BACK_MS + 1)), [key(1)]);
});

test("they come oldest first, and of too many the newest", async () => {
  const keys = Array.from({ length: UNCLOSED_LIMIT + 1 }, (_, n) => key(n, 60_000 + n));
  const answer = await found(
    keys.map((name) => `${name}.vrtx`),
    null,
  );
  assert.deepEqual(answer, keys.slice(0, -1).toReversed());
});

test("without such a pair no row is read", async () => {
  const disk = new MemoryDisk();
  disk.directories.add("/live");
  disk.status = () => assert.fail("calls.jsonl is not asked for");
  const places = { liveDirectory: "/live", callsPath: "/state/calls.jsonl" };
  assert.deepEqual(await unclosedPairs(disk, places, NOW_MS), []);
});
