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

test("silence as long as the clock says is no jump, however far the timestamp is", () => {
  const timeline = begun();
  timeline.placeNext(at(1000 + 24_000, 3100), NOTHING_MISSING, 0);
  assert.deepEqual([timeline.sample, timeline.cause, timeline.isRebased], [24_000, "hold", false]);
});

test("a timestamp more than 1 s ahead of clock and sequence is a new base, one just 1 s ahead not", () => {
  const isRebasedBy = (advance: number, missingPackets: number): boolean => {
    const timeline = begun();
    timeline.placeNext(at(1000 + advance, 120), { missingPackets, wasHeld: false }, 0);
    return timeline.isRebased;
  };
  assert.equal(isRebasedBy(8160, 0), false);
  assert.equal(isRebasedBy(8161, 0), true);
  assert.equal(isRebasedBy(8161, 1), false, "its own packet may have been one of the missing");
  assert.equal(isRebasedBy(8321, 1), true);
});

test("an overlap of 200 ms is followed quietly, a larger one is a new base", () => {
  const isRebasedBy = (overlap: number): boolean => {
    const timeline = begun();
    timeline.placeNext(at(1160 - overlap, 120), NOTHING_MISSING, 0);
    return timeline.isRebased;
  };
  assert.deepEqual([isRebasedBy(1600), isRebasedBy(1601)], [false, true]);
});

test("after a hold a timestamp that stood still for more than 1 s is measured by arrival", () => {
  const sampleAt = (arrivalMs: number, wasHeld: boolean): number => {
    const timeline = begun();
    timeline.placeNext(at(1160, arrivalMs), { missingPackets: 0, wasHeld }, 0);
    return timeline.sample;
  };
  assert.equal(sampleAt(1120, true), 160, "1 s: the network may have been slow");
  assert.equal(sampleAt(1121, true), 160 + 50 * 160);
  assert.equal(sampleAt(5120, false), 160, "nobody held: a stall of the network");
});

test("loss is no more than the missing numbers can hold", () => {
  const causeOf = (advance: number, missingPackets: number): string => {
    const timeline = begun();
    timeline.placeNext(at(1000 + advance, 120), { missingPackets, wasHeld: false }, 0);
    return timeline.cause;
  };
  assert.equal(causeOf(160 + 320, 1), "loss");
  assert.equal(causeOf(160 + 321, 1), "hold");
});

test("a jump is how far the timestamp is from where the sequence number puts the packet", () => {
  const jump = (
    timestamp: number,
    arrivalMs: number,
    missingPackets = 0,
    otherPackets = 0,
  ): number => begun().jumpOf(at(1000 + timestamp, arrivalMs), { missingPackets, otherPackets });
  assert.equal(jump(160, 120), 0);
  assert.equal(jump(160 + 800, 220, 5), 0, "of five missing packets");
  assert.equal(jump(160 + 320, 120), 320);
  assert.equal(jump(160 + 320, 120, 0, 2), 0, "two digits or comfort noise lie between");
  assert.equal(jump(160 + 320, 120, 0, 1), 320);
  assert.equal(jump(0, 120), -160);
  assert.equal(jump(0, 120, 0, 5), -160);
  assert.equal(jump(160, 140, 1), 0, "it follows what is there");
  assert.equal(jump(162, 140, 1), 2 - 160);
});

test("a jump that the arrival confirms is none, if it is too long for a quiet shift", () => {
  const jump = (timestamp: number, arrivalMs: number): number =>
    begun().jumpOf(at(1000 + timestamp, arrivalMs), { missingPackets: 0, otherPackets: 0 });
  assert.equal(jump(160 + 8000, 1120), 0);
  assert.equal(jump(160 + 8000, 120), 8000);
  assert.equal(jump(160 + 8800, 1120), 0, "100 ms of jitter");
  assert.equal(jump(160 + 8801, 1120), 8801);
  assert.equal(jump(160 + 7200, 1120), 0);
  assert.equal(jump(160 + 7199, 1120), 7199);
  assert.equal(jump(160 + 1600, 320), 1600);
  assert.equal(jump(160 + 1601, 320), 0);
});

test("numbers that began anew: kept timestamps within 1 s of the clock are believed", () => {
  const placed = (timestamp: number, arrivalMs: number): [number, boolean, string] => {
    const timeline = begun();
    timeline.placeRestart(at(1000 + timestamp, arrivalMs), "ssrc", 0);
    return [timeline.sample, timeline.isRebased, timeline.cause];
  };
  assert.deepEqual(placed(160, 120), [160, false, "ssrc"]);
  assert.deepEqual(placed(160 + 8000, 120), [8160, false, "ssrc"]);
  assert.deepEqual(placed(160 + 8001, 120), [160, true, "ssrc"]);
  assert.deepEqual(placed(159, 120), [160, true, "ssrc"]);
  assert.deepEqual(placed(160, 1120), [160, false, "ssrc"]);
  assert.deepEqual(placed(160, 1121), [160 + 8000, true, "ssrc"]);
});

test("the recording's clock follows a slower sender by 0.08 samples a packet", () => {
  const timeline = begun();
  for (let n = 1; n <= 100; n += 1) {
    timeline.placeNext(at(1000 + n * 160, 100 + n * 20 + 5), NOTHING_MISSING, 0);
  }
  // Everything came 40 samples late; after 100 packets 8 of them are believed.
  assert.equal(timeline.predict(2100), 16_160 - 8);
});

test("time that passes without audio moves the end on, never back", () => {
  const timeline = begun();
  timeline.advance(500);
  assert.equal(timeline.end, 500);
  timeline.advance(400);
  assert.equal(timeline.end, 500);
});

test("a timeline has begun with its first packet, or when it was restored", () => {
  assert.equal(new Timeline().hasBegun, false);
  assert.equal(begun().hasBegun, true);
  assert.deepEqual([begun().cause, begun().isRebased], ["loss", true]);
  const restored = new Timeline();
  restored.restore(10, { sample: 0, timestamp: 0, atMs: 0 });
  assert.deepEqual([restored.hasBegun, restored.end], [true, 10]);
});

test("after a restart a timestamp that would leave more than a day is not believed", () => {
  const day = 24 * 3600 * 8000;
  const placed = (elapsedMs: number, isSameSsrc: boolean): number => {
    const timeline = new Timeline();
    timeline.restore(0, { sample: 0, timestamp: 0, atMs: 0 });
    timeline.placeAfterRestart(at(elapsedMs * 8, elapsedMs), isSameSsrc);
    return timeline.sample;
  };
  assert.equal(placed(day / 8, true), day);
  assert.equal(placed(day / 8 + 1, true), day);
  assert.equal(placed(day / 8 + 1, false), day);
  assert.equal(placed(1000, false), 8000);
});

test("after a restart clock and sequence numbers together overrule a timestamp that has jumped", () => {
  // 2.5 s passed, 125 packets: the timestamp says 1.3 s more.
  const sampleAfter = (
    options: { end?: number; elapsedMs?: number; step?: number | null } = {},
  ): number => {
    const { end = 8000, elapsedMs = 2500, step = 125 } = options;
    const timeline = new Timeline();
    timeline.restore(end, { sample: 0, timestamp: 1000, atMs: 100 });
    const numbered = step === null ? null : { sequenceStep: step, heldSamples: 0 };
    timeline.placeAfterRestart(at(1000 + 30_400, 100 + elapsedMs), true, numbered);
    return timeline.sample;
  };
  assert.equal(sampleAfter(), 20_000);
  assert.equal(sampleAfter({ step: null }), 30_400, "numbers unknown: the timestamp is believed");
  assert.equal(sampleAfter({ step: 190 }), 30_400, "the numbers bear the timestamp out");
  assert.equal(sampleAfter({ elapsedMs: 3_602_500 }), 30_400, "the wall clock was set");
  assert.equal(sampleAfter({ elapsedMs: 3600 }), 30_400, "followed within a second, as before it");
  assert.equal(sampleAfter({ end: 24_000 }), 30_400, "what is recorded followed such a jump");
  assert.equal(sampleAfter({ elapsedMs: 2500 + 65_536 * 20, step: 125 }), 20_000 + 65_536 * 160);
});

test("a timeline without a packet has nothing placed, lost or rebased", () => {
  const { end, sample, cause, isRebased, hasBegun } = new Timeline();
  assert.deepEqual([end, sample, cause, isRebased, hasBegun], [0, 0, "loss", false, false]);
});

test("a short hole without a missing number was not sent: no loss", () => {
  const timeline = begun();
  timeline.placeNext(at(1240, 130), NOTHING_MISSING, 0);
  assert.deepEqual([timeline.sample, timeline.cause], [240, "hold"]);
});

test("clock and sequence must both find a timestamp more than 1 s ahead", () => {
  const isRebasedBy = (advance: number, arrivalMs: number): boolean => {
    const timeline = begun();
    timeline.placeNext(at(1000 + advance, arrivalMs), NOTHING_MISSING, 0);
    return timeline.isRebased;
  };
  assert.equal(isRebasedBy(8320, 140), false, "1 s ahead of the clock");
  assert.equal(isRebasedBy(8321, 140), true);
  assert.equal(isRebasedBy(8160, 100), false, "1 s ahead of the sequence");
  assert.equal(isRebasedBy(8161, 100), true);
});

test("a packet with numbers missing before it that stands where they would is a jump back", () => {
  const timeline = begun();
  timeline.advance(2000);
  const jumpAfter = (missingPackets: number): number =>
    timeline.jumpOf(at(1160, 120), { missingPackets, otherPackets: 0 });
  assert.equal(jumpAfter(0), 0);
  assert.equal(jumpAfter(2), -320);
});

test("a packet that was overtaken stands on no new base, even after one", () => {
  const timeline = begun();
  timeline.placeByArrival(at(7777, 140), "ssrc", 0);
  assert.equal(timeline.isRebased, true);
  timeline.placeBehind(at(7617, 141));
  assert.equal(timeline.isRebased, false);
});

test("half a packet of silence is no gap by arrival, a little more is one packet", () => {
  const gapOf = (silenceMs: number): number => {
    const timeline = begun();
    timeline.placeByArrival(at(77, 120 + silenceMs), "ssrc", 0);
    return timeline.sample - 160;
  };
  assert.deepEqual([gapOf(10), gapOf(10.5)], [0, 160]);
});

/** Where the first packet after a restart of the recorder stands. */
function afterRestart(options: {
  readonly end: number;
  readonly timestamp: number;
  readonly elapsedMs: number;
  readonly step?: number;
  readonly heldSamples?: number;
}): number {
  const timeline = new Timeline();
  timeline.restore(options.end, { sample: 0, timestamp: 1000, atMs: 50_000 });
  const packet = at(1000 + options.timestamp, 50_000 + options.elapsedMs);
  const { step, heldSamples = 0 } = options;
  const numbered = step === undefined ? null : { sequenceStep: step, heldSamples };
  timeline.placeAfterRestart(packet, true, numbered);
  return timeline.sample;
}

test("after a restart a timestamp is near from the file's end on, to a day behind it", () => {
  assert.equal(afterRestart({ end: 8000, timestamp: 8000, elapsedMs: 5000 }), 8000);
  assert.equal(afterRestart({ end: 8000, timestamp: 7999, elapsedMs: 5000 }), 40_000);
  const day = 24 * 3600 * 8000;
  const hourMs = 3_600_000;
  assert.equal(afterRestart({ end: 0, timestamp: day, elapsedMs: 23 * hourMs }), day);
  assert.equal(
    afterRestart({ end: 0, timestamp: day + 1, elapsedMs: 23 * hourMs }),
    23 * hourMs * 8,
  );
});

test("after a restart numbers that are not known witness nothing, whatever time has passed", () => {
  const elapsedMs = 65_536 * 20;
  const timestamp = elapsedMs * 8 + 16_000;
  assert.equal(afterRestart({ end: 8000, timestamp, elapsedMs }), timestamp);
  assert.equal(afterRestart({ end: 8000, timestamp, elapsedMs, step: 0 }), elapsedMs * 8);
});

test("after a restart a jump needs more than 1 s of timestamp, and numbers within 1 s of the clock", () => {
  const elapsedMs = 10_000;
  const sampleOf = (beyond: number, step = 500, end = 8000): number =>
    afterRestart({ end, timestamp: 80_000 + beyond, elapsedMs, step });
  assert.equal(sampleOf(100), 80_100);
  assert.equal(sampleOf(8000), 88_000);
  assert.equal(sampleOf(8001), 80_000);
  assert.equal(sampleOf(-8001), 80_000);
  assert.equal(sampleOf(9000, 450), 80_000, "numbers 1 s behind the clock");
  assert.equal(sampleOf(9000, 449), 89_000);
  assert.equal(sampleOf(9000, 500, 80_000), 80_000, "the file ends where the clock is");
  assert.equal(sampleOf(9000, 500, 80_001), 89_000, "the file is ahead of it");
});

test("after a restart numbers that took longer than the clock says: it was set back, no jump", () => {
  const elapsedMs = 5_000;
  const sampleOf = (step: number, heldSamples = 0): number =>
    afterRestart({ end: 8000, timestamp: 60_000, elapsedMs, step, heldSamples });
  assert.equal(sampleOf(250), 40_000, "as long as the clock says");
  assert.equal(sampleOf(255), 40_000, "100 ms of jitter");
  assert.equal(sampleOf(256), 60_000);
  assert.equal(sampleOf(255 + 65_536), 40_000, "once around");
});

test("after a restart known holds count as time that took no numbers", () => {
  const sampleOf = (heldSamples: number, step = 200): number =>
    afterRestart({ end: 8000, timestamp: 60_000, elapsedMs: 5_000, step, heldSamples });
  assert.equal(sampleOf(0), 40_000, "numbers 1 s behind the clock");
  assert.equal(sampleOf(8_800), 40_000);
  assert.equal(sampleOf(8_801), 60_000, "numbers and holds took longer: the clock was set back");
  assert.equal(sampleOf(20_000), 60_000, "and bear the timestamp out");
  assert.equal(sampleOf(0, 199), 60_000);
  assert.equal(sampleOf(160, 199), 40_000, "a hold explains what the numbers lack");
});

/** Two packets, then one whose timestamp has jumped by 20,000 after `missingPackets` numbers. */
function jumped(missingPackets: number, arrivalMs: number): Timeline {
  const timeline = begun();
  timeline.placeNext(at(1160, 120), NOTHING_MISSING, 0);
  const advance = (missingPackets + 1) * 160;
  timeline.placeNext(
    at(1160 + advance + 20_000, arrivalMs),
    { missingPackets, wasHeld: false },
    800,
  );
  return timeline;
}

test("a new base leaves room for the numbers missing before it, if there was time for them", () => {
  assert.deepEqual([jumped(1, 160).sample, jumped(1, 160).missingSamples], [480, 160]);
  assert.equal(jumped(0, 140).missingSamples, 0);
  assert.equal(jumped(5, 140).sample, 320 + 800, "they may still be on their way");
  assert.equal(jumped(6, 140).sample, 320, "numbers that began anew");
  assert.equal(jumped(2_000, 140).missingSamples, 0);
});

test("what a new base overtook stands on the base before, or on it, as its number says", () => {
  const timeline = jumped(1, 160);
  const overtaken = { numbersAhead: -1, isBeforeBase: true };
  timeline.placeBehind(at(1320, 165), overtaken);
  assert.deepEqual([timeline.sample, timeline.cause, timeline.isRebased], [320, "loss", false]);
  timeline.placeBehind(at(21_320, 165), overtaken);
  assert.equal(timeline.sample, 320);
  timeline.placeNext(at(21_640, 180), NOTHING_MISSING, 0);
  timeline.placeBehind(at(21_480, 185), { numbersAhead: -1, isBeforeBase: false });
  assert.equal(timeline.sample, 480, "only what is before the base can be of another");
  timeline.placeByArrival(at(7, 200), "ssrc", 0);
  timeline.placeBehind(at(1320, 205), overtaken);
  assert.notEqual(timeline.sample, 320, "another SSRC knows no base of before");
});

test("an overtaken packet never stands 200 ms behind the place of its number: a bit error", () => {
  const timeline = begun();
  timeline.placeNext(at(1480, 160), { missingPackets: 2, wasHeld: false }, 0);
  const sampleOf = (timestamp: number): number => {
    timeline.placeBehind(at(timestamp, 165), { numbersAhead: -1, isBeforeBase: false });
    return timeline.sample;
  };
  assert.equal(sampleOf(1320), 320);
  assert.equal(sampleOf(1320 + 1_600), 1_920);
  assert.equal(sampleOf(1320 + 1_601), 320);
  assert.equal(sampleOf(1160), 160, "before a pause in speech it is far before");
});

test("of a hold with numbers missing its end may yet come; of what was lost all may", () => {
  const held = begun();
  held.placeNext(at(9_000, 1_100), { missingPackets: 2, wasHeld: false }, 0);
  assert.deepEqual([held.cause, held.missingSamples], ["hold", 320]);
  const lost = begun();
  lost.placeNext(at(1_320, 140), { missingPackets: 1, wasHeld: false }, 0);
  assert.deepEqual([lost.cause, lost.missingSamples], ["loss", 160]);
  lost.placeNext(at(1_480, 160), NOTHING_MISSING, 0);
  assert.equal(lost.missingSamples, 0);
});
