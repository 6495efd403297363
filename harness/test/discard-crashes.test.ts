// R13: a crash before and after every disk call of a discard, of the process and of power: there is
// the row, or the pair, and never neither. The calls are counted from the agent's hanging up; at
// the start after the crash a pair whose row is there goes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { CRASHES, sweepDiskCalls } from "./disk-call-sweep.ts";

/** Long after the last decision on a call that has ended. */
const IDLE_SECONDS = 120;

for (const [kind, side] of CRASHES) {
  test(`R13 a ${kind} crash ${side} any disk call of a discard leaves its row or its pair`, async () => {
    const results = await sweepDiskCalls(
      {
        name: "rules/crash-at-discard",
        title: "A crash at one disk call of a discard",
        proves: ["R13"],
        recorder: { rules: [{ title: "Sales", kind: "group", match: { groups: ["300"] } }] },
        async story({ caller, agent, talk, recorder, until }, arm) {
          const outside = caller();
          const alice = agent("2001");
          await outside.calls("2001");
          await alice.answers();
          await alice.isBeingRecorded();
          await talk({ seconds: 1 });
          arm();
          await alice.hangsUp();
          await until("a crash", () => !recorder.isUp(), IDLE_SECONDS).catch(() => undefined);
        },
        expects: { allowsLoss: true },
      },
      [kind, side],
    );
    const kept = results.map(({ recordings }) => recordings.length);
    assert.ok(kept.length > 5, `${kept.length} calls were tried`);
    // Early crashes leave the pair, late ones the row.
    assert.ok(kept.includes(1) && kept.includes(0), JSON.stringify(kept));
  });
}
