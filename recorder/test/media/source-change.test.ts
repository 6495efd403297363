// When a new SSRC takes over (design.md §5; RFC 3550 A.1): two in a row, and nothing between.
import assert from "node:assert/strict";
import test from "node:test";
import type { HeldPacket } from "../../src/media/packet-router.ts";
import { SourceChange } from "../../src/media/source-change.ts";
import { START_HOLD_MS } from "../../src/media/start-hold.ts";

function packet(ssrc: number, sequence: number): HeldPacket {
  const source = { host: "192.0.2.1", port: 4000 };
  return { data: new Uint8Array(12), source, arrivalMs: 0, ssrc, sequence };
}

/** Pushes packets one after the other; what takes over then, and what the last of them cost. */
function pushed(change: SourceChange, ssrc: number, ...sequences: number[]) {
  const strays = sequences.map((sequence) => change.push(packet(ssrc, sequence), 0)).at(-1);
  const taken = change.next === ssrc ? change.take().map(({ sequence }) => sequence) : [];
  return { taken, strays };
}

test("two consecutive numbers take over with all that was kept; the number may wrap between", () => {
  assert.deepEqual(pushed(new SourceChange(), 7, 100), { taken: [], strays: 0 });
  assert.deepEqual(pushed(new SourceChange(), 7, 100, 101), { taken: [100, 101], strays: 0 });
  assert.deepEqual(pushed(new SourceChange(), 7, 65_535, 0), { taken: [65_535, 0], strays: 0 });
  const gaps = new SourceChange();
  assert.deepEqual(pushed(gaps, 7, 100, 103, 102), { taken: [], strays: 0 });
  assert.deepEqual(pushed(gaps, 7, 103), { taken: [100, 102, 103, 103], strays: 0 });
});

test("what took over is in the order of its numbers, whatever overtook its first", () => {
  const taken = [100, 101, 102, 103];
  assert.deepEqual(pushed(new SourceChange(), 7, 101, 100, 102, 103), { taken, strays: 0 });
  const wrapped = pushed(new SourceChange(), 7, 0, 65_535, 1, 2);
  assert.deepEqual(wrapped.taken, [65_535, 0, 1, 2]);
});

test("it takes over 100 ms after its first packet, or with 16; what came by then is in order", () => {
  const change = new SourceChange();
  change.push(packet(7, 101), 0);
  assert.equal(change.isDue(START_HOLD_MS), false, "nothing confirms it");
  change.push(packet(7, 102), 0);
  // What was still on its way of the one before contests nothing any more.
  change.onPresent();
  change.push(packet(7, 100), 0);
  assert.deepEqual([change.next, change.isDue(START_HOLD_MS - 1)], [7, false]);
  assert.equal(change.isDue(START_HOLD_MS), true);
  assert.deepEqual(
    change.take().map(({ sequence }) => sequence),
    [100, 101, 102],
  );
  assert.deepEqual([change.next, change.isDue(START_HOLD_MS)], [undefined, false]);
  for (let n = 0; n < 15; n += 1) change.push(packet(8, n), 0);
  assert.equal(change.isDue(0), false);
  assert.equal(change.push(packet(8, 15), 0), 0);
  assert.equal(change.isDue(0), true);
});

test("what has taken over is no candidate any more: the next change begins anew", () => {
  const change = new SourceChange();
  pushed(change, 7, 100, 101);
  assert.deepEqual(pushed(change, 8, 102), { taken: [], strays: 0 });
  assert.equal(change.drop(), 1);
});

test("a packet of the present SSRC between the two calls it off; two more in a row are needed", () => {
  const change = new SourceChange();
  pushed(change, 7, 100);
  change.onPresent();
  assert.deepEqual(pushed(change, 7, 101), { taken: [], strays: 0 });
  assert.deepEqual(pushed(change, 7, 102), { taken: [100, 101, 102], strays: 0 });
});

test("a packet of the present SSRC before the first of the new one contests nothing", () => {
  const change = new SourceChange();
  change.onPresent();
  assert.deepEqual(pushed(change, 7, 100, 101), { taken: [100, 101], strays: 0 });
});

test("another candidate drops the first, whose packets are strays", () => {
  const change = new SourceChange();
  pushed(change, 7, 100, 102, 104);
  change.onPresent();
  assert.deepEqual(pushed(change, 8, 50), { taken: [], strays: 3 });
  assert.deepEqual(pushed(change, 8, 51), { taken: [50, 51], strays: 0 });
});

test("a candidate that never follows itself keeps 16 packets; older ones are strays", () => {
  const change = new SourceChange();
  const odd = Array.from({ length: 16 }, (_, index) => index * 2);
  assert.deepEqual(pushed(change, 7, ...odd), { taken: [], strays: 0 });
  assert.deepEqual(pushed(change, 7, 40), { taken: [], strays: 1 });
  assert.deepEqual(pushed(change, 7, 41).taken, [...odd.slice(1), 40, 41]);
});

test("an SSRC that was left comes back only after 1 s of silence of the present one", () => {
  const change = new SourceChange();
  change.leave(7);
  const returned = (presentSilentMs: number): [number, number] => {
    const strays = [1, 2].map((n) => change.push(packet(7, n), presentSilentMs))[1]!;
    return [change.next === 7 ? change.take().length : 0, strays];
  };
  assert.deepEqual(returned(999), [0, 1]);
  assert.deepEqual(returned(1000), [2, 0]);
  assert.deepEqual(pushed(change, 8, 1, 2).taken, [1, 2], "one that was never here needs no wait");
});

test("the last 16 SSRCs are remembered as left", () => {
  const change = new SourceChange();
  for (let ssrc = 0; ssrc < 17; ssrc += 1) change.leave(ssrc);
  assert.deepEqual(pushed(change, 0, 1, 2).taken, [1, 2], "forgotten");
  assert.deepEqual(pushed(change, 1, 1, 2), { taken: [], strays: 1 });
});

test("a candidate that is given up is counted once", () => {
  const change = new SourceChange();
  pushed(change, 7, 100, 102);
  change.onPresent();
  assert.equal(change.drop(), 2);
  assert.equal(change.drop(), 0);
  assert.deepEqual(pushed(change, 7, 200, 201).taken, [200, 201], "and contested no longer");
});
