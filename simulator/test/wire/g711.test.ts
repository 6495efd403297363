// G.711 of the simulator against known values and its own symmetry.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ALAW_TO_LINEAR,
  ALAW_TO_ULAW,
  asUlaw,
  decodeSamples,
  encodeSample,
  LINEAR_TO_ALAW,
  LINEAR_TO_ULAW,
  ULAW_TO_LINEAR,
} from "../../src/wire/g711.ts";

test("known codes: silence, full scale, the first steps (G.711 tables 1 and 2)", () => {
  const ulaw = [0xff, 0x7f, 0x80, 0x00, 0xfe, 0xf0, 0xef, 0x9f].map((code) => ULAW_TO_LINEAR[code]);
  assert.deepEqual(ulaw, [0, 0, 32_124, -32_124, 8, 120, 132, 8316]);
  const alaw = [0xd5, 0x55, 0xaa, 0x2a, 0xd4].map((code) => ALAW_TO_LINEAR[code]);
  assert.deepEqual(alaw, [8, -8, 32_256, -32_256, 24]);
});

test("every code survives decoding and encoding; the two zeros of µ-law become one", () => {
  for (let code = 0; code < 256; code += 1) {
    assert.equal(encodeSample("PCMA", ALAW_TO_LINEAR[code]!), code);
    assert.equal(encodeSample("PCMU", ULAW_TO_LINEAR[code]!), code === 0x7f ? 0xff : code);
  }
});

test("all 65,536 samples encode to the nearest code, within half a step", () => {
  const steps: [Uint8Array, Int16Array][] = [
    [LINEAR_TO_ULAW, ULAW_TO_LINEAR],
    [LINEAR_TO_ALAW, ALAW_TO_LINEAR],
  ];
  for (const [encode, decode] of steps) {
    let last = -Infinity;
    for (let sample = -32_768; sample < 32_768; sample += 1) {
      const value = decode[encode[(sample + 32_768) >> 2]!]!;
      assert.ok(value >= last, "encoding is monotonic");
      last = value;
      const halfStep = Math.max(8, Math.abs(value) / 32 + 4);
      const isClipped = Math.abs(sample) > 32_124;
      assert.ok(isClipped || Math.abs(value - sample) <= halfStep, `${sample} became ${value}`);
    }
  }
});

test("encodeSample clips what is beyond 16 bits", () => {
  assert.equal(encodeSample("PCMU", 1e6), 0x80);
  assert.equal(encodeSample("PCMU", -1e6), 0x00);
  assert.equal(encodeSample("PCMA", 1e6), 0xaa);
});

test("transcoding A-law stays within half a step of either law", () => {
  for (let code = 0; code < 256; code += 1) {
    const before = ALAW_TO_LINEAR[code]!;
    const after = ULAW_TO_LINEAR[ALAW_TO_ULAW[code]!]!;
    assert.ok(Math.abs(after - before) <= Math.max(8, Math.abs(before) / 32 + 4));
  }
  assert.deepEqual(asUlaw("PCMA", Uint8Array.of(0xd5, 0x2a)), Uint8Array.of(0xfe, 0x00));
  const ulaw = Uint8Array.of(1, 2);
  assert.equal(asUlaw("PCMU", ulaw), ulaw);
  assert.deepEqual(decodeSamples("PCMA", Uint8Array.of(0xd5, 0x55)), Int16Array.of(8, -8));
});
