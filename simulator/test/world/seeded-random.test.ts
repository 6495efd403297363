// Seeded chance: repeatable, and independent from stream to stream.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { seededRandom } from "../../src/world/seeded-random.ts";

const draws = (seed: string, name: string): number[] => {
  const random = seededRandom(seed, name);
  return Array.from({ length: 50 }, () => random.fraction());
};

describe("seeded random", () => {
  test("the same seed and name give the same numbers, another seed or name others", () => {
    assert.deepEqual(draws("s", "a"), draws("s", "a"));
    assert.notDeepEqual(draws("s", "a"), draws("t", "a"));
    assert.notDeepEqual(draws("s", "a"), draws("s", "b"));
    assert.notDeepEqual(draws("ab", "c"), draws("a", "bc"));
  });

  test("fractions lie in [0, 1) and are spread evenly", () => {
    const random = seededRandom("even", "x");
    const counts = Array.from({ length: 10 }, () => 0);
    for (let draw = 0; draw < 10_000; draw += 1) {
      const fraction = random.fraction();
      assert.ok(fraction >= 0 && fraction < 1);
      const bin = Math.floor(fraction * 10);
      counts[bin] = (counts[bin] ?? 0) + 1;
    }
    for (const count of counts) assert.ok(count > 880 && count < 1120, `a bin holds ${count}`);
  });

  test("integers reach both ends and never leave them", () => {
    const random = seededRandom("ends", "x");
    const seen = new Set(Array.from({ length: 500 }, () => random.integer(-1, 2)));
    assert.deepEqual(
      [...seen].sort((a, b) => a - b),
      [-1, 0, 1, 2],
    );
    assert.throws(() => random.integer(2, 1), RangeError);
  });

  test("chance 0 never and chance 1 always happens", () => {
    const random = seededRandom("chance", "x");
    for (let draw = 0; draw < 100; draw += 1) {
      assert.equal(random.chance(0), false);
      assert.equal(random.chance(1), true);
    }
  });

  test("bytes have the wanted count and a UUID is of version 4 (RFC 4122 §4.4)", () => {
    const random = seededRandom("bytes", "x");
    for (const count of [0, 1, 3, 4, 5, 33]) assert.equal(random.bytes(count).length, count);
    const ids = Array.from({ length: 20 }, () => random.uuid());
    for (const id of ids) {
      assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }
    assert.equal(new Set(ids).size, 20);
  });
});
