// fill: the pause tone is recognised whatever its phase, and nothing else is (design.md §5).
import assert from "node:assert/strict";
import { test } from "node:test";
import { linearFromMuLaw } from "@tapeline/simulator/world";
import { findNotTone, findSound, SILENCE } from "../../src/checkers/fill.ts";

/** The code nearest to a linear value: slow, and no table of anybody else. */
const LINEAR = linearFromMuLaw(Uint8Array.from({ length: 256 }, (_, code) => code));

function encode(value: number): number {
  let best = 0;
  for (let code = 1; code < 256; code += 1) {
    const isNearer = Math.abs((LINEAR[code] ?? 0) - value) < Math.abs((LINEAR[best] ?? 0) - value);
    if (isNearer) best = code;
  }
  return best;
}

/** A sine; 2,266 of 32,636 is −20 dBm0. */
function wave(given: {
  hertz?: number;
  peak?: number;
  phase?: number;
  samples?: number;
}): Uint8Array {
  const { hertz = 440, peak = 2_266, phase = 0, samples = 1_000 } = given;
  const angle = (2 * Math.PI * hertz) / 8_000;
  return Uint8Array.from({ length: samples }, (_, at) =>
    encode(peak * Math.sin(angle * at + phase)),
  );
}

test("440 Hz at −20 dBm0 is the tone in any phase and of any length", () => {
  for (const phase of [0, 0.3, 1.6, 3.1, 5.9]) {
    assert.equal(findNotTone(wave({ phase })), -1);
    assert.equal(findNotTone(wave({ phase, samples: 20 })), -1);
  }
});

test("another frequency, another level, silence and speech are not the tone", () => {
  assert.notEqual(findNotTone(wave({ hertz: 441 })), -1);
  assert.notEqual(findNotTone(wave({ hertz: 880 })), -1);
  assert.notEqual(findNotTone(wave({ peak: 3_200 })), -1);
  assert.notEqual(findNotTone(wave({ peak: 1_600 })), -1);
  assert.notEqual(findNotTone(new Uint8Array(1_000).fill(SILENCE)), -1);
  const speech = Uint8Array.from({ length: 1_000 }, (_, at) => (at * 37) & 0xff);
  assert.notEqual(findNotTone(speech), -1);
});

test("the sample that is not of the tone is named", () => {
  const tone = wave({});
  tone[417] = 0x10;
  assert.equal(findNotTone(tone), 417);
});

test("silence is 0xFF and nothing else", () => {
  const silence = new Uint8Array(50).fill(SILENCE);
  assert.equal(findSound(silence), -1);
  silence[20] = 0x7f;
  assert.equal(findSound(silence), 20);
});
