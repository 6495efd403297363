// When a receiving thread sleeps between two turns, and when it does not (design.md §9): by a clock
// that only datagrams and sleeps move.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Gathering, GATHERING_MS } from "../../../src/ports/node/gathering.ts";

const FULL_TURN = 32;

/** A clock that only sleeps and steps move, and turns that are taken by hand. */
function makeWorld() {
  const turns: (() => void)[] = [];
  const world = { nowMs: 0, slept: 0, turns };
  const gathering = new Gathering(
    {
      nowMs: () => world.nowMs,
      sleep: (ms) => {
        world.nowMs += ms;
        world.slept += 1;
      },
      nextTurn: (callback) => turns.push(callback),
    },
    FULL_TURN,
  );
  const receive = (datagrams: number, everyMs: number): void => {
    for (let index = 0; index < datagrams; index += 1) {
      world.nowMs += everyMs;
      gathering.onDatagram();
    }
  };
  /** What waits for the next turn of the event loop. */
  const turn = (): void => {
    for (const callback of turns.splice(0)) callback();
  };
  return { world, receive, turn };
}

test("few datagrams are taken as they come: 40 calls bring 2,000 a second", () => {
  const { world, receive, turn } = makeWorld();
  receive(10_000, 0.5);
  turn();
  assert.equal(world.slept, 0);
  assert.equal(world.turns.length, 0);
});

test("many datagrams gather for a moment before each turn", () => {
  const { world, receive, turn } = makeWorld();
  receive(1000, 0.04);
  turn();
  assert.equal(world.slept, 0, "a burst of more than a turn takes is read on at once");
  const fromMs = world.nowMs;
  for (let count = 0; count < 10; count += 1) {
    receive(20, 0);
    turn();
  }
  assert.equal(world.slept, 10);
  assert.equal(world.nowMs - fromMs, 10 * GATHERING_MS);
});

test("a turn that took all it may is followed by the next without a sleep", () => {
  const { world, receive, turn } = makeWorld();
  receive(1000, 0.04);
  turn();
  receive(FULL_TURN, 0);
  turn();
  assert.equal(world.slept, 0);
  receive(FULL_TURN - 1, 0);
  turn();
  assert.equal(world.slept, 1);
});

test("when the load goes, so does the sleep, and nothing is left that turns", () => {
  const { world, receive, turn } = makeWorld();
  receive(1000, 0.04);
  for (let count = 0; count < 200 && world.turns.length > 0; count += 1) turn();
  assert.equal(world.turns.length, 0);
  assert.ok(world.slept <= 120, `${world.slept} sleeps`);
  const { slept } = world;
  receive(100, 20);
  turn();
  assert.equal(world.slept, slept);
});

test("a load that comes back is gathered again", () => {
  const { world, receive, turn } = makeWorld();
  receive(1000, 0.04);
  while (world.turns.length > 0) turn();
  const { slept } = world;
  receive(1000, 0.04);
  turn();
  receive(1, 0);
  turn();
  assert.ok(world.slept > slept);
});
