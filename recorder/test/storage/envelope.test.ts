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
