// When lines come: SIP messages at once, for a dialog is rebuilt from them after a kill; and what
// comes for a recording that is being finished: a repeated BYE, the answer to ours. `end` is the
// last line of a journal, and the thread that all recordings share must not turn in circles.
import assert from "node:assert/strict";
import test from "node:test";
import { turns } from "./media-fakes.ts";
import { PlaneBench } from "./plane-bench.ts";

const LATE = {
  type: "sip",
  direction: "in",
  transport: "udp",
  from: "a:1",
  to: "b:2",
  text: "SIP/2.0 200 OK",
} as const;

test("a SIP message is in the journal's file at once, however long audio may wait", async () => {
  const bench = await new PlaneBench().start();
  await bench.open();
  const before = bench.journal().length;
  bench.post({ type: "journal", recordingKey: "rec", entry: LATE });
  await turns();
  assert.equal(bench.journal().length, before + 1);
  assert.equal((bench.journal().at(-1) as { readonly text?: string } | undefined)?.text, LATE.text);
  await bench.stop();
});

// Each of these turns lies in another step of finishing: write, sync, close, rename.
for (let turnsLater = 0; turnsLater <= 24; turnsLater += 1) {
  test(`a SIP message ${turnsLater} turns after the finish changes nothing`, async () => {
    const bench = await new PlaneBench().start();
    await bench.open();
    await bench.send(0, 10);
    await bench.close();
    const end = { type: "end", reason: "remote-bye", outcome: "ok" };
    bench.post({ type: "finish", recordingKey: "rec", end });
    await turns(turnsLater);
    bench.post({ type: "journal", recordingKey: "rec", entry: LATE });
    await turns();
    assert.equal(bench.all("finished").length, 1);
    assert.equal(bench.journal().at(-1)?.type, "end");
    await bench.stop();
  });
}
