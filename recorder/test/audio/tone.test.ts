// The fill of pauses: 440 Hz at −20 dBm0 by sample number (design.md §5, "Pause").
import assert from "node:assert/strict";
import test from "node:test";
import { decodeUlawBytes } from "../../src/audio/g711.ts";
import { makeFill, TONE_PERIOD_SAMPLES, writeFill } from "../../src/audio/tone.ts";

test("the tone is 440 Hz at −20 dBm0", () => {
  const samples = decodeUlawBytes(makeFill(0, 8000, "tone"));
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
  // A full-scale sine (peak 8,159 of 14 bits) is +3.17 dBm0.
  const fullPower = (8159 * 4) ** 2 / 2;
  const level = 3.17 + 10 * Math.log10(power / fullPower);
  assert.ok(Math.abs(level + 20) < 0.1, `${level} dBm0`);
  let rises = 0;
  for (let index = 1; index < samples.length; index += 1) {
    if (samples[index - 1]! < 0 && samples[index]! >= 0) rises += 1;
  }
  assert.ok(rises >= 439 && rises <= 440, `${rises} waves in a second`);
});

test("any span is the same piece of one endless tone", () => {
  const whole = makeFill(0, 5000, "tone");
  for (const [from, length] of [
    [0, 1],
    [199, 2],
    [1234, 987],
    [TONE_PERIOD_SAMPLES, 400],
  ] as const) {
    assert.deepEqual(makeFill(from, length, "tone"), whole.slice(from, from + length));
  }
  assert.deepEqual(makeFill(200 * 1_000_000 + 7, 50, "tone"), whole.slice(7, 57));
});

test("silence is the code of +0", () => {
  const target = new Uint8Array(5);
  writeFill(target, 77, "silence");
  assert.deepEqual(target, new Uint8Array(5).fill(0xff));
});
