// The comparison of a recording with its decoded compressed form.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeUlawBytes } from "../../src/audio/g711.ts";
import { compareEnvelopes, EnvelopeMeter, type Envelope } from "../../src/storage/envelope.ts";
import { talk } from "./world.ts";

function envelopeOf(samples: Int16Array): Envelope {
  const meter = new EnvelopeMeter();
  meter.push(samples);
  return meter.flush();
}

function sound(length: number, level: (index: number) => number): Int16Array {
  return Int16Array.from({ length }, (_, index) => Math.round(level(index)));
}

const SPEECH = decodeUlawBytes(talk(16_000, 3));
const TONE = sound(8000, (index) => 1000 * Math.sin(index * 0.35));

function isSame(before: Int16Array, after: Int16Array): boolean {
  return compareEnvelopes(envelopeOf(before), envelopeOf(after)).same;
}

test("the envelope does not depend on how the audio was cut into pieces", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 900 }), { maxLength: 30 }), (lengths) => {
      const meter = new EnvelopeMeter();
      let position = 0;
      for (const length of lengths) {
        meter.push(SPEECH.subarray(position, position + length));
        position = Math.min(SPEECH.length, position + length);
      }
      assert.deepEqual(meter.flush(), envelopeOf(SPEECH.subarray(0, position)));
    }),
  );
});

test("speech passes when it is the same, quieter, or shifted by less than a frame", () => {
  assert.ok(isSame(SPEECH, SPEECH));
  assert.ok(
    isSame(
      SPEECH,
      SPEECH.map((value) => value / 2),
    ),
  );
  const shifted = new Int16Array(SPEECH.length);
  shifted.set(SPEECH.subarray(0, -80), 80);
  assert.ok(isSame(SPEECH, shifted));
  assert.ok(isSame(SPEECH, SPEECH.slice(0, -160)));
});

test("speech fails when it is silent, another's, reversed, late, or of another length", () => {
  assert.ok(!isSame(SPEECH, new Int16Array(SPEECH.length)));
  assert.ok(!isSame(SPEECH, decodeUlawBytes(talk(16_000, 90))));
  const late = new Int16Array(SPEECH.length);
  late.set(SPEECH.subarray(0, -800), 800);
  assert.ok(!isSame(SPEECH, late));
  const verdict = compareEnvelopes(envelopeOf(SPEECH), envelopeOf(SPEECH.slice(0, -161)));
  assert.deepEqual(verdict, { same: false, detail: "16000 samples became 15839" });
});

test("steady sounds, where correlation is undefined, are judged by their mean level", () => {
  const silence = new Int16Array(8000);
  assert.ok(isSame(silence, silence));
  assert.ok(
    isSame(
      silence,
      sound(8000, (index) => (index % 2) * 30),
    ),
  );
  assert.ok(!isSame(silence, TONE));
  assert.ok(
    isSame(
      TONE,
      TONE.map((value) => value * 0.8),
    ),
  );
  assert.ok(!isSame(TONE, silence));
  assert.ok(
    !isSame(
      TONE,
      TONE.map((value) => value * 4),
    ),
  );
});

test("a recording shorter than 100 ms is judged by its length", () => {
  assert.ok(isSame(SPEECH.slice(0, 300), SPEECH.slice(0, 320)));
  assert.ok(isSame(SPEECH.slice(0, 1), SPEECH.slice(0, 46)));
  assert.ok(!isSame(SPEECH.slice(0, 1), SPEECH.slice(0, 200)));
  assert.ok(isSame(new Int16Array(), new Int16Array()));
});

test("hum and offset, which Speex removes, are not missed", () => {
  const hum = sound(SPEECH.length, (index) => 1500 + 3000 * Math.sin((index * Math.PI) / 80));
  const withHum = SPEECH.map((value, index) => value + (hum[index] ?? 0));
  assert.ok(isSame(withHum, SPEECH));
});

/** Mean squares of 10 ms after a first-order high-pass, reckoned the long way. */
function energiesOf(samples: readonly number[]): number[] {
  const filtered: number[] = [];
  for (const [index, sample] of samples.entries()) {
    filtered.push(0.86 * ((filtered.at(-1) ?? 0) + sample - (samples[index - 1] ?? 0)));
  }
  const blocks: number[] = [];
  for (let from = 0; from < filtered.length; from += 80) {
    const block = filtered.slice(from, from + 80);
    blocks.push(block.reduce((sum, value) => sum + value * value, 0) / block.length);
  }
  return blocks;
}

test("energies are those of 10 ms each, of the rest as well, for µ-law as for linear samples", () => {
  for (const length of [0, 1, 79, 80, 81, 160, 1234]) {
    const bytes = talk(length, 5);
    const linear = new EnvelopeMeter();
    linear.push(decodeUlawBytes(bytes));
    const ulaw = new EnvelopeMeter();
    ulaw.pushUlaw(bytes.subarray(0, 33));
    ulaw.pushUlaw(bytes.subarray(33));
    const expected = energiesOf([...decodeUlawBytes(bytes)]);
    for (const { samples, energies } of [linear.flush(), ulaw.flush()]) {
      assert.equal(samples, length);
      assert.deepEqual(
        energies.map((energy) => energy.toFixed(3)),
        expected.map((energy) => energy.toFixed(3)),
      );
    }
  }
});

/** Of 10 ms blocks with these root mean squares. */
function ofLevels(levels: readonly number[]): Envelope {
  return { samples: levels.length * 80, energies: levels.map((level) => level * level) };
}
const steady = (level: number): Envelope => ofLevels(Array<number>(20).fill(level));

test("lengths may differ by one frame of Speex, either way, and not by a sample more", () => {
  const verdict = (samples: number) => compareEnvelopes(steady(100), { ...steady(100), samples });
  assert.equal(verdict(1600 + 160).same, true);
  assert.equal(verdict(1600 - 160).same, true);
  assert.deepEqual(verdict(1761), { same: false, detail: "1600 samples became 1761" });
  assert.deepEqual(verdict(1439), { same: false, detail: "1600 samples became 1439" });
});

test("from 100 ms on loudness is compared", () => {
  const verdict = (samples: number) =>
    compareEnvelopes({ ...steady(100), samples }, { ...steady(9999), samples });
  assert.deepEqual(verdict(799), { same: true, detail: "too short to compare" });
  assert.equal(verdict(800).same, false);
});

test("a steady sound may become half or twice as loud; all below −60 dBm0 is one silence", () => {
  const verdict = (before: number, after: number) => {
    const { same, detail } = compareEnvelopes(steady(before), steady(after));
    return `${same ? "same" : "other"}: ${detail.replace("a steady sound's mean level ", "")}`;
  };
  assert.equal(verdict(100, 200), "same: changed by the factor 2.00");
  assert.equal(verdict(100, 201), "other: changed by the factor 2.01");
  assert.equal(verdict(200, 100), "same: changed by the factor 0.50");
  assert.equal(verdict(201, 100), "other: changed by the factor 0.50");
  assert.equal(verdict(0, 64), "same: changed by the factor 1.00");
  assert.equal(verdict(0, 128), "same: changed by the factor 2.00");
  assert.equal(verdict(0, 130), "other: changed by the factor 2.03");
  assert.equal(verdict(128, 0), "same: changed by the factor 0.50");
  assert.equal(verdict(130, 0), "other: changed by the factor 0.49");
});

test("what changes by more than a third of its loudness is no steady sound", () => {
  // Pairs of equal blocks: the level of 20 ms is theirs, or between two of them.
  const swinging = (spread: number): Envelope =>
    ofLevels(Array.from({ length: 400 }, (_, n) => 100 * (1 + (n % 40 < 20 ? spread : -spread))));
  const detail = (spread: number): string =>
    compareEnvelopes(swinging(spread), swinging(spread)).detail;
  assert.match(detail(0.33), /^a steady sound/);
  assert.match(detail(0.4), /^the correlation of the energy envelopes is 1\.000$/);
});

const COURSE = Array.from({ length: 200 }, (_, n) => 500 + 450 * Math.sin((n * n) / 300));
const shifted = (by: number): Envelope =>
  ofLevels(COURSE.map((_, n) => COURSE[(n - by + COURSE.length) % COURSE.length] ?? 0));

test("a course of loudness may come up to 20 ms late or early", () => {
  for (const by of [0, 1, 2, -1, -2]) {
    assert.equal(compareEnvelopes(ofLevels(COURSE), shifted(by)).same, true, String(by));
  }
  for (const by of [4, -4, 60]) {
    assert.equal(compareEnvelopes(ofLevels(COURSE), shifted(by)).same, false, String(by));
  }
});

function pearson(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  const product = mean(a.map((value, n) => (value - meanA) * ((b[n] ?? 0) - meanB)));
  const varianceA = mean(a.map((value) => (value - meanA) ** 2));
  const varianceB = mean(b.map((value) => (value - meanB) ** 2));
  return product / Math.sqrt(varianceA * varianceB);
}

test("what is told of another course is its best correlation over these shifts", () => {
  const levels = (course: readonly number[]): number[] =>
    course.slice(1).map((level, n) => Math.sqrt((level ** 2 + (course[n] ?? 0) ** 2) / 2));
  for (const seed of [3, 7, 11]) {
    const other = COURSE.map((level, n) => level * 0.4 + 300 * (1 + Math.sin(n * seed)));
    const [a, b] = [levels(COURSE), levels(other)];
    const best = Math.max(
      ...[0, 1, 2].map((lag) => pearson(a.slice(0, a.length - lag), b.slice(lag))),
      ...[1, 2].map((lag) => pearson(a.slice(lag), b.slice(0, b.length - lag))),
    );
    const { same, detail } = compareEnvelopes(ofLevels(COURSE), ofLevels(other));
    assert.equal(same, best >= 0.9);
    if (!same) {
      assert.equal(detail, `the correlation of the energy envelopes is ${best.toFixed(3)}`);
    }
  }
});

test("speech that became steady has no correlation at all", () => {
  assert.deepEqual(compareEnvelopes(ofLevels(COURSE), ofLevels(COURSE.map(() => 500))), {
    same: false,
    detail: "the correlation of the energy envelopes is 0.000",
  });
});
