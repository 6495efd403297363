// One timer for all recordings: each is due every 250 ms, staggered over ten slots of 25 ms.
import assert from "node:assert/strict";
import { test } from "node:test";
import { SLOT_MS, SLOTS, TickWheel } from "../../src/media/tick-wheel.ts";
import { TestClock } from "../sip/fake-ports.ts";

function bench() {
  const clock = new TestClock();
  const originMs = clock.nowMs();
  const told: (readonly [item: string, atMs: number])[] = [];
  const every: number[] = [];
  const wheel = new TickWheel<string>(clock, {
    slot: (items, nowMs) =>
      told.push(...[...items].map((item) => [item, nowMs - originMs] as const)),
    every: (nowMs) => every.push(nowMs - originMs),
  });
  const take = () => told.splice(0);
  return { clock, wheel, every, take };
}

test("a recording is due once in 250 ms, for as long as it is there", () => {
  const { clock, wheel, take } = bench();
  wheel.add("a");
  clock.advance(1_000);
  assert.deepEqual(take(), [
    ["a", 250],
    ["a", 500],
    ["a", 750],
    ["a", 1_000],
  ]);
  wheel.remove("a");
  assert.deepEqual(clock.names(), []);
  clock.advance(1_000);
  assert.deepEqual(take(), []);
});

test("recordings are staggered: the emptiest slot takes the next one", () => {
  const { clock, wheel, take } = bench();
  for (let n = 0; n < SLOTS + 2; n += 1) wheel.add(`r${n}`);
  clock.advance(SLOTS * SLOT_MS);
  const bySlot = Map.groupBy(take(), ([, atMs]) => atMs);
  assert.equal(bySlot.size, SLOTS);
  const sizes = [...bySlot.values()].map((due) => due.length).sort((a, b) => a - b);
  assert.deepEqual(sizes, [1, 1, 1, 1, 1, 1, 1, 1, 2, 2]);
});

test("the timer stops when the last one leaves, not before", () => {
  const { clock, wheel, take } = bench();
  wheel.add("a");
  wheel.add("b");
  wheel.remove("a");
  assert.deepEqual(clock.names(), ["media.tick"]);
  clock.advance(250);
  assert.deepEqual(
    take().map(([item]) => item),
    ["b"],
  );
  wheel.remove("b");
  assert.deepEqual(clock.names(), []);
});

test("while somebody listens every slot is told, if there is any recording", () => {
  const { clock, wheel, every } = bench();
  wheel.setEveryDue(true);
  clock.advance(100);
  assert.deepEqual([every, clock.names()], [[], []]);
  wheel.add("a");
  clock.advance(75);
  assert.deepEqual(every, [125, 150, 175]);
  wheel.setEveryDue(false);
  clock.advance(500);
  assert.ok(every.length <= 4);
});

test("after an idle time nothing is caught up with, and the next one is due within 250 ms", () => {
  const { clock, wheel, take } = bench();
  wheel.add("a");
  clock.advance(250);
  wheel.remove("a");
  take();
  clock.advance(10_010);
  wheel.add("b");
  clock.advance(SLOTS * SLOT_MS);
  assert.deepEqual(
    take().map(([item]) => item),
    ["b"],
  );
});

test("stop cancels the timer; adding begins again", () => {
  const { clock, wheel, take } = bench();
  wheel.add("a");
  wheel.stop();
  assert.deepEqual(clock.names(), []);
  wheel.add("b");
  clock.advance(250);
  assert.deepEqual(
    take()
      .map(([item]) => item)
      .sort(),
    ["a", "b"],
  );
});
