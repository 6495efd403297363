// The load's history: how many points are kept, what stands in one, peaks.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { LoadHistory, SPANS, type LoadFigures } from "../src/load-history.ts";

const NOTHING: LoadFigures = {
  ...{ recordings: 0, calls: 0, queued: 0, vcmChannels: 0 },
  ...{ bandwidthBitsPerSecond: 0, packets: 0, packetsLost: 0 },
};
const T = 1_795_366_800_000;

test("a point holds the highest of each gauge, and the packets that came within it", () => {
  const history = new LoadHistory();
  history.push(T, { ...NOTHING, recordings: 2, vcmChannels: 4, packets: 100 });
  history.push(T + 4_000, { ...NOTHING, recordings: 1, vcmChannels: 5, packets: 400 });
  history.push(T + 10_000, { ...NOTHING, packets: 500, packetsLost: 3 });
  const [first, second, ...rest] = history.points("hour");
  assert.deepEqual(rest, []);
  assert.deepEqual(
    [first?.atMs, first?.recordings, first?.vcmChannels, first?.packetsPerSecond],
    [T, 2, 5, 40],
  );
  assert.deepEqual(
    [second?.atMs, second?.recordings, second?.packetsPerSecond, second?.packetsLost],
    [T + 10_000, 0, 10, 3],
  );
  assert.equal(history.points("day").length, 1);
});

test("peaks are of the whole time since the start, with when they were", () => {
  const history = new LoadHistory();
  assert.deepEqual(history.peaks().vcmChannels, { value: 0, atMs: null });
  history.push(T, { ...NOTHING, vcmChannels: 7 });
  history.push(T + 1, { ...NOTHING, vcmChannels: 7 });
  history.push(T + 2, { ...NOTHING, vcmChannels: 3 });
  assert.deepEqual(history.peaks().vcmChannels, { value: 7, atMs: T });
});

test("as many points are kept as the span has, whatever the clock does", () => {
  const steps = fc.array(fc.integer({ min: -100_000, max: 900_000 }), { maxLength: 900 });
  fc.assert(
    fc.property(steps, (jumps) => {
      const history = new LoadHistory();
      let atMs = T;
      for (const [packets, jump] of jumps.entries()) {
        history.push((atMs += jump), { ...NOTHING, packets });
      }
      for (const span of ["hour", "day"] as const) {
        const points = history.points(span);
        assert.ok(points.length <= SPANS[span].points);
        assert.ok(points.every(({ packetsPerSecond }) => packetsPerSecond >= 0));
      }
    }),
    { numRuns: 40 },
  );
});
