// Event counters: gaps modulo 2^32, one sequence for each address.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  MAXIMUM_ADDRESSES,
  stepCounters,
  type EventCounters,
} from "../../src/devlink3/event-counters.ts";

/** Counters of one address in turn → what was lost before each, "old" for old ones. */
function run(...values: number[]): (number | "old")[] {
  let counters: EventCounters = new Map();
  return values.map((counter) => {
    const step = stepCounters(counters, { address: "a", counter });
    ({ counters } = step);
    return step.isOld ? "old" : step.lostCount;
  });
}

describe("Event counters, devlink3.md §6.2", () => {
  test("any first value is good, then each one more", () => {
    assert.deepEqual(run(77, 78, 79), [0, 0, 0]);
  });

  test("a gap tells how many are missing", () => assert.deepEqual(run(1, 5, 6), [0, 3, 0]));

  test("the counter wraps at 2^32", () => {
    assert.deepEqual(run(0xfffffffe, 0xffffffff, 0, 2), [0, 0, 0, 1]);
  });

  test("repeated and older values are old, and do not move the counter back", () => {
    assert.deepEqual(run(5, 5, 3, 6), [0, "old", "old", 0]);
  });

  test("each address has its own sequence", () => {
    const one = stepCounters(new Map(), { address: "a", counter: 1 });
    const two = stepCounters(one.counters, { address: "b", counter: 9 });
    assert.equal(two.lostCount, 0);
    assert.deepEqual(
      [...two.counters],
      [
        ["a", 1],
        ["b", 9],
      ],
    );
  });

  test("addresses beyond the limit are not followed", () => {
    const full = new Map(Array.from({ length: MAXIMUM_ADDRESSES }, (_, index) => [`${index}`, 1]));
    const step = stepCounters(full, { address: "new", counter: 1 });
    assert.equal(step.counters, full);
    assert.equal(stepCounters(full, { address: "0", counter: 3 }).lostCount, 1);
  });
});
