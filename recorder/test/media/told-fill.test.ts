// What stands in a `.ul` is what was heard, or fill that the journal names (design.md §5): at every
// moment, for a kill may come at any; and a long fill's line is soon on the medium, should the
// power fail.
import assert from "node:assert/strict";
import test from "node:test";
import { ULAW_SILENCE } from "../../src/audio/g711.ts";
import { turns } from "./media-fakes.ts";
import { LIVE, PlaneBench } from "./plane-bench.ts";
import { packet } from "./rtp-builder.ts";

const BYE = {
  type: "sip",
  direction: "in",
  transport: "udp",
  from: "a:1",
  to: "b:2",
  text: "BYE …",
} as const;
/** More than a write and a sync of both files take. */
const TURNS = 80;

/** The first sample of fill in the file that no gap line in the file explains; -1 = none. */
function untoldFill(bench: PlaneBench): number {
  const audio = bench.audio();
  const told = bench.lines("gap");
  return audio.findIndex((byte, at) => {
    if (byte !== ULAW_SILENCE) return false;
    return !told.some(({ fromSample, samples }) => at >= fromSample && at < fromSample + samples);
  });
}

async function watchTurns(bench: PlaneBench): Promise<void> {
  for (let turn = 0; turn < TURNS; turn += 1) {
    await turns(1);
    assert.equal(untoldFill(bench), -1, `turn ${turn}`);
  }
}

test("the tail at a BYE is told before it is written, while the BYE's line is being written", async () => {
  const bench = await new PlaneBench().start();
  await bench.open();
  await bench.send(0, 100);
  await bench.clock.advance(2400);
  bench.post({ type: "journal", recordingKey: "rec", entry: BYE });
  bench.post({ type: "close", recordingKey: "rec" });
  await watchTurns(bench);
  assert.equal(bench.lines("gap").at(-1)?.cause, "tail");
  assert.ok(bench.audio().length > 34_000);
  await bench.stop();
});

test("the fill of a hold is told before it is written, though a SIP message sets the writer going", async () => {
  const bench = await new PlaneBench().start();
  await bench.open();
  await bench.send(0, 50);
  await bench.clock.advance(1000);
  // Enough to push the fill out of the reorder window, by the packets' own times.
  await bench.send(100, 112);
  bench.post({ type: "journal", recordingKey: "rec", entry: BYE });
  await watchTurns(bench);
  await bench.send(112, 130);
  await bench.close();
  assert.equal(untoldFill(bench), -1);
  await bench.stop();
});

test("fill of 1 s or more is synced at once, the journal first; shorter fill waits its turn", async () => {
  const bench = await new PlaneBench().start();
  await bench.open();
  const synced = (): string[] => bench.disk.calls.filter((call) => call.startsWith("sync "));
  await bench.send(0, 50);
  await bench.clock.advance(980);
  await bench.send(99, 150);
  assert.equal(bench.lines("gap").at(-1)?.samples, 7840);
  assert.deepEqual(synced(), []);
  await bench.clock.advance(1000);
  await bench.send(200, 230);
  assert.equal(bench.lines("gap").at(-1)?.samples, 8000);
  assert.deepEqual(synced(), [`sync ${LIVE}/rec.tmpvrtx`, `sync ${LIVE}/rec.ul`]);
  await bench.stop();
});

test("two long gaps of one turn: both are told before either is written", async () => {
  const bench = await new PlaneBench().start();
  await bench.open();
  await bench.send(0, 50);
  await bench.clock.advance(1100);
  bench.datagram(packet(105));
  await bench.clock.advance(1100);
  bench.datagram(packet(161));
  await watchTurns(bench);
  bench.post({ type: "journal", recordingKey: "rec", entry: BYE });
  bench.post({ type: "close", recordingKey: "rec" });
  await watchTurns(bench);
  assert.ok(bench.lines("gap").length >= 2);
  await bench.stop();
});
