// The console's jitter buffer: every sample once and in order, live stays live, and its level is
// that of what was played (R5).
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { linearFromMuLaw } from "@tapeline/simulator/world";
import {
  MOST_MS,
  Playout,
  TARGET_MOST_MS,
  TARGET_MS,
  TARGET_STEP_MS,
} from "../../console/src/listening/playout.ts";
import { decodeUlaw } from "../../console/src/listening/ulaw.ts";

const FRAME = 160;
const QUANTUM = 128;

/** A frame whose bytes say their place. */
function frame(index: number): Uint8Array {
  return Uint8Array.from({ length: FRAME }, (_, at) => (index * FRAME + at) % 251);
}

function pull(playout: Playout): Float32Array {
  const out = new Float32Array(QUANTUM);
  playout.pull(out);
  return out;
}

test("µ-law is decoded as ITU-T G.711 has it, every byte", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  const expected = linearFromMuLaw(bytes);
  for (const byte of bytes) {
    assert.equal(Math.round(decodeUlaw(byte) * 32_768), expected[byte], `byte ${byte}`);
  }
});

test("it begins when 60 ms wait, and plays every sample once, in order", () => {
  const playout = new Playout(MOST_MS);
  playout.push(0, frame(0));
  playout.push(160, frame(1));
  assert.ok(
    pull(playout).every((value) => value === 0),
    "40 ms are not enough",
  );
  assert.equal(playout.report().sample, null);
  const played: number[] = [];
  for (let index = 2; index < 40; index += 1) {
    playout.push(index * FRAME, frame(index));
    played.push(...pull(playout));
  }
  const said = Array.from({ length: 40 }, (_, index) => [...frame(index)].map(decodeUlaw)).flat();
  assert.deepEqual(played, said.slice(0, played.length).map(Math.fround));
  assert.equal(playout.report().sample, played.length);
  assert.equal(playout.report().skippedSamples, 0);
});

test("it runs dry once, and waits longer before it goes on", () => {
  const playout = new Playout(MOST_MS);
  for (let index = 0; index < 3; index += 1) playout.push(index * FRAME, frame(index));
  for (let round = 0; round < 6; round += 1) pull(playout);
  assert.equal(playout.report().dryCount, 1);
  const framesNeeded = (TARGET_MS + TARGET_STEP_MS) / 20;
  for (let index = 3; index < 2 + framesNeeded; index += 1)
    playout.push(index * FRAME, frame(index));
  pull(playout);
  assert.equal(playout.report().sample, 3 * FRAME, "not yet");
  playout.push((2 + framesNeeded) * FRAME, frame(2 + framesNeeded));
  pull(playout);
  assert.equal(playout.report().sample, 3 * FRAME + QUANTUM);
});

test("what a network gives too late is left out, so that live stays live", () => {
  const playout = new Playout(MOST_MS);
  for (let index = 0; index <= MOST_MS / 20; index += 1) playout.push(index * FRAME, frame(index));
  const { bufferedMs, skippedSamples } = playout.report();
  assert.equal(bufferedMs, TARGET_MS);
  assert.equal(skippedSamples, (MOST_MS + 20 - TARGET_MS) * 8);
});

test("whatever comes and goes, nothing is played twice, and what waits is bounded", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 300 }), (bursts) => {
      const playout = new Playout(MOST_MS);
      let index = 0;
      let last = -1;
      for (const burst of bursts) {
        for (let count = 0; count < burst; count += 1, index += 1) {
          playout.push(index * FRAME, frame(index));
        }
        pull(playout);
        const { sample, bufferedMs } = playout.report();
        assert.ok(bufferedMs <= MOST_MS);
        assert.ok((sample ?? 0) >= last, "it goes back");
        last = sample ?? 0;
      }
      assert.ok(last <= index * FRAME);
    }),
  );
  assert.ok(TARGET_MOST_MS < MOST_MS);
});

test("the level is that of the samples that were played, −96 dBFS for none", () => {
  const playout = new Playout(MOST_MS);
  assert.equal(playout.report().levelDb, -96);
  const loud = new Uint8Array(FRAME).fill(0x80);
  for (let index = 0; index < 3; index += 1) playout.push(index * FRAME, loud);
  for (let round = 0; round < 4; round += 1) pull(playout);
  const expected = 20 * Math.log10(32_124 / 32_768);
  assert.ok(Math.abs(playout.report().levelDb - expected) < 0.01);
  assert.equal(playout.report().levelDb, -96, "nothing since");
});
