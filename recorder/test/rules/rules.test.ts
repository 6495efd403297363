// Whether a conversation is wanted, as long as there are no rules: design.md §5, "Record From
// Beginning".
import assert from "node:assert/strict";
import { test } from "node:test";
import { CallModel } from "../../src/calls/call-model.ts";
import { evaluate } from "../../src/rules/rules.ts";
import { talking } from "../association/records.ts";

test("no rules: Record From Beginning keeps everything, without it nothing is recorded", () => {
  const model = new CallModel();
  model.apply(talking(), { nowMs: 0, wallMs: 0 });
  const conversation = model.calls()[0]?.conversation;
  assert.ok(conversation !== undefined);
  for (const recordFromBeginning of [true, false]) {
    assert.deepEqual(evaluate({ recordFromBeginning }, conversation), {
      isWanted: recordFromBeginning,
      rule: null,
    });
  }
});
