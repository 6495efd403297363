// VCM channels: used = active calls + recordings + Skilled queued calls (R16).
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import type { PbxTruth } from "../../src/pbx/truth.ts";
import { Vcm } from "../../src/pbx/vcm.ts";

test("R16: calls, recordings and queued calls share the channels", () => {
  const history: PbxTruth["vcm"] = [];
  let nowMs = 5;
  const vcm = new Vcm(3, () => nowMs++, history);
  assert.ok(vcm.take("call") && vcm.take("recording") && vcm.take("queued"));
  assert.equal(vcm.take("recording"), false);
  assert.deepEqual([vcm.used, vcm.available, vcm.usedFor("queued")], [3, 3, 1]);
  vcm.release("queued");
  assert.ok(vcm.take("recording"));
  assert.deepEqual(
    history.map(({ atMs, used, available }) => [atMs, used, available]),
    [
      [5, 0, 3],
      [6, 1, 3],
      [7, 2, 3],
      [8, 3, 3],
      [9, 2, 3],
      [10, 3, 3],
    ],
  );
});

test("whatever is taken and released, the limit is never passed", () => {
  const action = fc.tuple(fc.boolean(), fc.constantFrom("call", "recording", "queued"));
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 5 }), fc.array(action), (channels, actions) => {
      const history: PbxTruth["vcm"] = [];
      const vcm = new Vcm(channels, () => 0, history);
      for (const [isTaking, use] of actions) {
        if (isTaking) vcm.take(use);
        else if (vcm.usedFor(use) > 0) vcm.release(use);
      }
      assert.ok(history.every(({ used }) => used >= 0 && used <= channels));
    }),
  );
});

test("releasing what was not taken is a programmer's mistake", () => {
  assert.throws(() => new Vcm(1, () => 0, []).release("call"), RangeError);
});
