// Syncs of many recordings (design.md §5): two at once, in order, each asked for once.
import assert from "node:assert/strict";
import test from "node:test";
import { SyncQueue, SYNCS_AT_ONCE } from "../../src/media/sync-queue.ts";
import { turns } from "./media-fakes.ts";

/** Syncs that end when told; `begun` are those that the queue let begin. */
function bench() {
  const queue = new SyncQueue();
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const syncs = new Map<string, () => Promise<void>>();
  const push = (name: string): void => {
    const sync =
      syncs.get(name) ??
      (() => {
        begun.push(name);
        return new Promise<void>((resolve) => ends.push(resolve));
      });
    syncs.set(name, sync);
    queue.push(sync);
  };
  return { queue, begun, push, endOne: () => ends.shift()?.() };
}

test("two run at once, the others in order as those end", async () => {
  const { begun, push, endOne } = bench();
  for (const name of ["a", "b", "c", "d"]) push(name);
  assert.equal(SYNCS_AT_ONCE, 2);
  assert.deepEqual(begun, ["a", "b"]);
  endOne();
  await turns();
  assert.deepEqual(begun, ["a", "b", "c"]);
  endOne();
  endOne();
  await turns();
  assert.deepEqual(begun, ["a", "b", "c", "d"]);
  push("e");
  assert.deepEqual(begun, ["a", "b", "c", "d", "e"], "one is free again");
});

test("a sync that waits is asked for once, however often; one that runs may be asked for again", () => {
  const { begun, push } = bench();
  for (const name of ["a", "b", "c", "c", "a"]) push(name);
  assert.deepEqual(begun, ["a", "b"]);
});

test("what waits when the queue is cleared never begins", async () => {
  const { queue, begun, push, endOne } = bench();
  for (const name of ["a", "b", "c"]) push(name);
  queue.clear();
  endOne();
  await turns();
  assert.deepEqual(begun, ["a", "b"]);
});
