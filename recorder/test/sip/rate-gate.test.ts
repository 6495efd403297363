// One of something an interval.
import assert from "node:assert/strict";
import { test } from "node:test";
import { RateGate } from "../../src/sip/rate-gate.ts";

test("the first passes, then one an interval; what was held back is counted", () => {
  const gate = new RateGate(1_000);
  assert.deepEqual(
    [0, 1, 999, 1_000, 1_500, 2_000].map((nowMs) => gate.pass(nowMs)),
    [true, false, false, true, false, true],
  );
  assert.equal(gate.takeHeldBack(), 3);
  assert.equal(gate.takeHeldBack(), 0);
});
