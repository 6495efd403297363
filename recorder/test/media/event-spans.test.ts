// Call events in the journal lie within the audio: what has not come yet is waited for, and what
// never comes is cut off (formats.md, `event`; R7).
import assert from "node:assert/strict";
import test from "node:test";
import { PlaneBench } from "./plane-bench.ts";
import { FRAME } from "./rtp-builder.ts";

function event(eventId: string, fromSample: number, toSample: number) {
  const entry = { type: "event", eventId, kind: "talking", fromSample, toSample, parties: [] };
  return { type: "journal", recordingKey: "rec", entry } as const;
}

function spans(bench: PlaneBench): string[] {
  return bench
    .lines("event")
    .map(({ eventId, fromSample, toSample }) => `${eventId} ${fromSample} ${toSample}`);
}

test("R7: an event waits for its last samples, and ends with the audio at the latest", async () => {
  const bench = await new PlaneBench().start();
  await bench.open();
  await bench.send(0, 50);
  bench.post(event("there", 0, 40 * FRAME));
  bench.post(event("soon", 40 * FRAME, 80 * FRAME));
  bench.post(event("never", 80 * FRAME, 1_000 * FRAME));
  bench.post(event("beyond", 900 * FRAME, 1_000 * FRAME));
  await bench.send(50, 70);
  assert.deepEqual(spans(bench), [`there 0 ${40 * FRAME}`]);
  await bench.send(70, 110);
  assert.deepEqual(spans(bench).slice(1), [`soon ${40 * FRAME} ${80 * FRAME}`]);
  await bench.close();
  bench.post(event("late", 0, 2_000 * FRAME));
  bench.post({
    ...{ type: "finish", recordingKey: "rec" },
    end: { type: "end", reason: "remote-bye", outcome: "ok" },
  });
  await bench.clock.advance(1_000);
  const end = bench.audio().length;
  assert.deepEqual(spans(bench).slice(2), [
    `never ${80 * FRAME} ${end}`,
    `beyond ${end} ${end}`,
    `late 0 ${end}`,
  ]);
  await bench.stop();
});
