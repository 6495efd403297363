// Extended sequence numbers, RFC 3550 A.1; and interarrival jitter, A.8.
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { JitterMeter } from "../../src/rtp/jitter.ts";
import { MAX_DROPOUT, SequenceTracker } from "../../src/rtp/sequence.ts";

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
