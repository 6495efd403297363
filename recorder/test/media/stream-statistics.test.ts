// The figures of a recording over all its sources (formats.md, `statistics`).
import assert from "node:assert/strict";
import test from "node:test";
import { listeningMos } from "../../src/audio/e-model.ts";
import { StreamStatistics } from "../../src/media/stream-statistics.ts";
import { RtpSource } from "../../src/rtp/rtp-source.ts";

/** A source that heard these numbers, each 20 ms after the one before and `lateMs` more at the end. */
function sourceOf(sequences: readonly number[], lateMs: number): RtpSource {
  const source = new RtpSource(1);
  sequences.forEach((sequence, index) => {
    source.sequence.update(sequence);
    const isLast = index === sequences.length - 1;
    source.jitter.update(index * 160, index * 20 + (isLast ? lateMs : 0));
  });
  return source;
}

test("sources that are over and those that speak are summed; the worst jitter counts", () => {
  const statistics = new StreamStatistics();
  statistics.retire(sourceOf([1, 2, 4], 32));
  statistics.retire(sourceOf([10, 11], 8));
  Object.assign(statistics, { late: 1, duplicate: 5, stray: 6 });
  const active = [sourceOf([20, 21, 24], 16), sourceOf([50], 0)];
  const summary = statistics.summary(active, { lossRuns: 2, kernelDrops: 9 });
  assert.deepEqual(summary, {
    packetsReceived: 9,
    packetsLost: 3,
    packetsLate: 1,
    packetsDuplicate: 5,
    packetsStray: 6,
    jitterMs: 2,
    ...listeningMos({ packetsExpected: 12, packetsMissing: 4, lossRuns: 2 }),
    lossRatio: 0.25,
    kernelDrops: 9,
  });
  const louder = [...active, sourceOf([60, 61], 50)];
  assert.equal(statistics.summary(louder, { lossRuns: 0, kernelDrops: 0 }).jitterMs, 3.13);
});

test("ratios have six decimals; without a packet there is no loss, and no MOS", () => {
  const third = new StreamStatistics().summary([sourceOf([1, 3], 0)], NO_LOSS);
  assert.equal(third.lossRatio, 0.333333);
  const { lossRatio, mos, jitterMs } = new StreamStatistics().summary([], NO_LOSS);
  assert.deepEqual([lossRatio, mos, jitterMs], [0, null, 0]);
});

const NO_LOSS = { lossRuns: 0, kernelDrops: 0 };
