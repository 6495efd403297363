// Extended sequence numbers, RFC 3550 A.1; and interarrival jitter, A.8.
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { JitterMeter } from "../../src/rtp/jitter.ts";
import { MAX_DROPOUT, MAX_MISORDER, SequenceTracker } from "../../src/rtp/sequence.ts";

function verdicts(sequences: readonly number[]): string[] {
  const tracker = new SequenceTracker();
  return sequences.map((sequence) => tracker.update(sequence));
}

test("state, number → verdict", () => {
  assert.deepEqual(verdicts([10, 11, 13, 12, 12, 13, 10]), [
    "ahead",
    "ahead",
    "ahead",
    "behind",
    "duplicate",
    "duplicate",
    "duplicate",
  ]);
  assert.deepEqual(verdicts([65_535, 0, 65_534]), ["ahead", "ahead", "behind"]);
  assert.deepEqual(verdicts([0, 65_535]), ["ahead", "behind"]);
});

test("a very large jump must be confirmed by the next number", () => {
  assert.deepEqual(verdicts([10, 10 + MAX_DROPOUT, 11, 11 + MAX_DROPOUT]), [
    "ahead",
    "suspect",
    "ahead",
    "suspect",
  ]);
  assert.deepEqual(verdicts([10, 40_000, 40_001, 40_002]), [
    "ahead",
    "suspect",
    "restart",
    "ahead",
  ]);
});

test("a number that is taken back never came: what is before it is ahead, and nothing is lost", () => {
  const tracker = new SequenceTracker();
  for (const sequence of [10, 11, 140]) assert.equal(tracker.update(sequence), "ahead");
  tracker.takeBack();
  assert.deepEqual([tracker.received, tracker.lost, tracker.extendedMaximum], [2, 0, 11]);
  assert.equal(tracker.update(13), "ahead");
  assert.equal(tracker.step, 2);
  assert.equal(tracker.update(12), "behind");
  assert.equal(tracker.update(11), "duplicate");
  assert.deepEqual([tracker.received, tracker.lost], [4, 0]);
});

test("loss counts across wraps and restarts", () => {
  const tracker = new SequenceTracker();
  for (let n = 0; n < 200_000; n += 1) if (n % 100 !== 50) tracker.update((65_000 + n) & 0xffff);
  assert.deepEqual([tracker.received, tracker.expected, tracker.lost], [198_000, 200_000, 2000]);
  assert.equal(tracker.extendedMaximum, 65_000 + 199_999);
  const present = (65_000 + 199_999 + 30_000) & 0xffff;
  tracker.update(present);
  tracker.update((present + 1) & 0xffff);
  assert.equal(tracker.lost, 2000);
  assert.equal(tracker.step, 1);
});

test("whatever the order within the window, each number is received once and none is lost", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 65_535 }),
      fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 50, maxLength: 200 }),
      (first, delays) => {
        const order = delays
          .map((delay, n) => ({ n, at: n + delay }))
          .sort((one, other) => one.at - other.at);
        const tracker = new SequenceTracker();
        for (const { n } of order) {
          assert.notEqual(tracker.update((first + n) & 0xffff), "duplicate");
          assert.equal(tracker.update((first + n) & 0xffff), "duplicate");
        }
        assert.deepEqual([tracker.received, tracker.lost], [delays.length, 0]);
      },
    ),
  );
});

test("an even stream has no jitter, an uneven one the mean deviation, a wrap none", () => {
  const even = new JitterMeter();
  for (let n = 0; n < 100; n += 1) even.update((4_294_960_000 + n * 160) >>> 0, 5 + n * 20);
  assert.deepEqual([even.units, even.ms], [0, 0]);
  const uneven = new JitterMeter();
  for (let n = 0; n < 500; n += 1) uneven.update(n * 160, n * 20 + (n % 2) * 10);
  assert.ok(Math.abs(uneven.ms - 10) < 0.1);
  assert.equal(uneven.units, Math.floor(uneven.ms * 8));
});

test("RFC 3550 A.1: 100 behind is late, one more is a jump; no jump is believed alone, to 1 either", () => {
  assert.deepEqual(verdicts([5000, 5000 - MAX_MISORDER]), ["ahead", "behind"]);
  assert.deepEqual(verdicts([5000, 4999 - MAX_MISORDER]), ["ahead", "suspect"]);
  assert.deepEqual(verdicts([10_000, 1]), ["ahead", "suspect"]);
  assert.deepEqual(verdicts([10_000, 10_001, 1]), ["ahead", "ahead", "suspect"]);
  assert.deepEqual(verdicts([10_000, 30_000, 30_001, 1]), [
    ...["ahead", "suspect", "restart", "suspect"],
  ]);
});

test("packets that the very first one overtook belong to the stream's range; later ones are in it", () => {
  const tracker = new SequenceTracker();
  assert.deepEqual([tracker.expected, tracker.lost, tracker.extendedMaximum], [0, 0, 0]);
  tracker.update(10);
  tracker.update(7);
  assert.deepEqual([tracker.expected, tracker.received, tracker.lost], [4, 2, 2]);
  tracker.update(8);
  assert.deepEqual([tracker.expected, tracker.received, tracker.lost], [4, 3, 1]);
  tracker.update(12);
  assert.deepEqual([tracker.expected, tracker.received, tracker.lost], [6, 4, 2]);
});

test("RFC 3550 A.3: the fraction lost is of each interval alone, and 0 of one in which more came", () => {
  const tracker = new SequenceTracker();
  assert.equal(tracker.takeFractionLost(), 0, "before the first packet");
  const takeAfter = (...sequences: readonly number[]): number => {
    for (const sequence of sequences) tracker.update(sequence);
    return tracker.takeFractionLost();
  };
  assert.equal(takeAfter(1, 2, 4), 64);
  assert.equal(takeAfter(5, 8), 128);
  assert.equal(takeAfter(9, 6, 7), 0, "three came of one expected");
  assert.equal(takeAfter(), 0, "an interval without packets");
  assert.equal(takeAfter(10, 12, 13, 14), 51);
});
