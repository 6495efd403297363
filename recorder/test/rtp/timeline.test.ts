// Timestamps become samples (design.md §5, "Timeline"): the pure rules, each with its boundary.
import assert from "node:assert/strict";
import test from "node:test";
import { type Continuity, Timeline } from "../../src/rtp/timeline.ts";

const NOTHING_MISSING: Continuity = { missingPackets: 0, wasHeld: false };

function at(timestamp: number, arrivalMs: number, samples = 160) {
  return { timestamp: timestamp >>> 0, samples, arrivalMs };
}

/** A timeline with one packet: timestamp 1000 at 100 ms. */
function begun(): Timeline {
  const timeline = new Timeline();
  timeline.begin(at(1000, 100));
  return timeline;
}

test("sample 0 is the first packet; the next stands where its timestamp says", () => {
  const timeline = begun();
  assert.deepEqual([timeline.sample, timeline.end, timeline.isRebased], [0, 160, true]);
  timeline.placeNext(at(1160, 120), NOTHING_MISSING, 0);
  assert.deepEqual([timeline.sample, timeline.end, timeline.isRebased], [160, 320, false]);
});

test("timestamps wrap", () => {
  const timeline = new Timeline();
  timeline.begin(at(0xffff_ffc0, 0));
  timeline.placeNext(at(0x60, 20), NOTHING_MISSING, 0);
  assert.equal(timeline.sample, 160);
});

test("a hole is loss where numbers are missing, hold where the sender sent nothing", () => {
  const lost = begun();
  lost.placeNext(at(1480, 160), { missingPackets: 2, wasHeld: false }, 0);
  assert.deepEqual([lost.sample, lost.cause], [480, "loss"]);
  const silent = begun();
  silent.placeNext(at(9000, 1100), NOTHING_MISSING, 0);
  assert.deepEqual([silent.sample, silent.cause], [8000, "hold"]);
  const both = begun();
  both.placeNext(at(9000, 1100), { missingPackets: 1, wasHeld: false }, 0);
  assert.equal(both.cause, "hold");
});

test("a timestamp that jumps ahead of the clock is a new base, measured by arrival", () => {
  const timeline = begun();
  timeline.placeNext(at(5_000_000, 120), NOTHING_MISSING, 0);
  assert.deepEqual([timeline.sample, timeline.isRebased], [160, true]);
  timeline.placeNext(at(5_000_160, 140), NOTHING_MISSING, 0);
  assert.deepEqual([timeline.sample, timeline.isRebased], [320, false]);
});

test("a timestamp that jumps back is a new base; a small overlap is followed quietly", () => {
  const back = begun();
  back.placeNext(at(0x8000_0000, 120), NOTHING_MISSING, 0);
  assert.deepEqual([back.sample, back.isRebased], [160, true]);
  const overlap = begun();
  overlap.placeNext(at(1100, 120), NOTHING_MISSING, 0);
  assert.deepEqual([overlap.sample, overlap.isRebased], [160, false]);
  overlap.placeNext(at(1260, 140), NOTHING_MISSING, 0);
  assert.equal(overlap.sample, 320);
});

test("a burst after a stall is no jump: numbers and timestamps go together", () => {
  const timeline = begun();
  for (let n = 1; n <= 200; n += 1)
    timeline.placeNext(at(1000 + n * 160, 5000), NOTHING_MISSING, 0);
  assert.deepEqual([timeline.sample, timeline.isRebased], [32_000, false]);
});

test("a gap by arrival is counted in whole packets, and jitter is no gap", () => {
  const gapOf = (silenceMs: number, jitterSamples: number): number => {
    const timeline = begun();
    timeline.placeByArrival(at(77, 100 + 20 + silenceMs), "ssrc", jitterSamples);
    return timeline.sample - 160;
  };
  assert.equal(gapOf(0, 0), 0);
  assert.equal(gapOf(9, 0), 0);
  assert.equal(gapOf(12, 0), 160);
  assert.equal(gapOf(395, 0), 20 * 160);
  assert.equal(gapOf(50, 160), 0);
  assert.equal(gapOf(1000, 100_000), 50 * 160, "tolerance has a limit");
});

test("the clock predicts the sample spoken now, from the packet that travelled fastest", () => {
  const timeline = new Timeline();
  assert.equal(timeline.predict(5000), 0);
  timeline.begin(at(0, 100));
  timeline.placeNext(at(160, 110), NOTHING_MISSING, 0);
  timeline.placeNext(at(320, 190), NOTHING_MISSING, 0);
  assert.equal(timeline.predict(210), 320 + 800);
  assert.equal(timeline.newestArrivalMs, 190);
  assert.deepEqual(timeline.anchor, { sample: 320, timestamp: 320, atMs: 190 });
});

test("overtaken packets are placed by the newest one's base", () => {
  const timeline = begun();
  timeline.placeNext(at(1480, 160), { missingPackets: 2, wasHeld: false }, 0);
  timeline.placeBehind(at(1160, 165));
  assert.deepEqual([timeline.sample, timeline.end], [160, 640]);
});

test("after a restart: same SSRC by timestamp, also over a wrap; nonsense by the clock", () => {
  const anchor = { sample: 8000, timestamp: 0xffff_ff00, atMs: -10_000 };
  const same = new Timeline();
  same.restore(40_000, anchor);
  assert.equal(same.predict(0), 88_000);
  same.placeAfterRestart(at(0xffff_ff00 + 100_000, 2000), true);
  assert.deepEqual([same.sample, same.cause, same.isRebased], [108_000, "restart", true]);
  const before = new Timeline();
  before.restore(40_000, anchor);
  before.placeAfterRestart(at(0xffff_ff00 - 500_000, 2000), true);
  assert.equal(before.sample, 104_000);
  const late = new Timeline();
  late.restore(40_000, { ...anchor, atMs: 1999 });
  late.placeAfterRestart(at(5, 2000), false);
  assert.equal(late.sample, 40_000);
});
