// R6: a crash before and after every disk call of storing, of the process and of power: never a
// lost and never a doubled recording, as all checkers see it from the files. The calls are counted
// from the moment at which the live pair is complete.
import assert from "node:assert/strict";
import { test } from "node:test";
import { CRASHES, sweepDiskCalls } from "./disk-call-sweep.ts";

for (const [kind, side] of CRASHES) {
  test(`R6 a ${kind} crash ${side} any disk call of storing loses and doubles nothing`, async () => {
    const results = await sweepDiskCalls(
      {
        name: "storage/crash-at-call",
        title: "A crash at one disk call of storing",
        proves: ["R6"],
        async story({ caller, agent, talk, recorder, until }, arm) {
          const outside = caller();
          const alice = agent("2001");
          await outside.calls("2001");
          await alice.answers();
          await alice.isBeingRecorded();
          await talk({ seconds: 1 });
          await alice.hangsUp();
          await recorder.hasFinished(1);
          arm();
          await Promise.race([
            recorder.isIdle().catch(() => undefined),
            until("a crash", () => !recorder.isUp(), 3_600).catch(() => undefined),
          ]);
        },
        settled: ({ recorder }) => recorder.hasStored(1),
        expects: { recordings: [{ part: 1 }], allowsLoss: true },
      },
      [kind, side],
    );
    assert.ok(results.length > 25, `${results.length} calls were tried`);
    for (const { recordings } of results) assert.equal(recordings.length, 1);
  });
}
