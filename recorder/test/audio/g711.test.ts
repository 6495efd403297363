// G.711 against the figures of ITU-T G.191 and G.711: known codes, and the law itself: the encoder
// gives the code whose decision interval holds the sample, for all 65,536 samples.
import assert from "node:assert/strict";
import test from "node:test";
import {
  ALAW_TO_ULAW,
  decodeAlaw,
  decodeUlaw,
  decodeUlawBytes,
  encodeAlaw,
  encodeUlaw,
  encodeUlawBytes,
} from "../../src/audio/g711.ts";

test("µ-law codes of known samples (G.191 ulawcmpr)", () => {
  const known: [sample: number, code: number][] = [
    [0, 0xff],
    [-1, 0x7f],
    [3, 0xff],
    [4, 0xfe],
    [-4, 0x7f],
    [-5, 0x7e],
    [32_767, 0x80],
    [-32_768, 0x00],
    [1000, 0xce],
    [-1000, 0x4e],
  ];
  for (const [sample, code] of known) assert.equal(encodeUlaw(sample), code, `sample ${sample}`);
});

test("A-law codes of known samples (G.191 alaw_compress)", () => {
  const known: [sample: number, code: number][] = [
    [0, 0xd5],
    [-1, 0x55],
    [15, 0xd5],
    [16, 0xd4],
    [-16, 0x55],
    [-17, 0x54],
    [32_767, 0xaa],
    [-32_768, 0x2a],
    [1000, 0xfa],
  ];
  for (const [sample, code] of known) assert.equal(encodeAlaw(sample), code, `sample ${sample}`);
});

test("decoded values are those of G.711 tables 1 and 2, in 16 bits", () => {
  assert.deepEqual(
    [0x00, 0x0f, 0x10, 0x7e, 0x7f, 0x80, 0xef, 0xf0, 0xfe, 0xff].map(decodeUlaw),
    [-32_124, -16_764, -15_996, -8, 0, 32_124, 132, 120, 8, 0],
  );
  assert.deepEqual(
    [0x2a, 0xaa, 0x55, 0xd5, 0x54, 0xd4, 0x45].map(decodeAlaw),
    [-32_256, 32_256, -8, 8, -24, 24, -264],
  );
});

test("encode(decode(code)) is the code, except that µ-law's two zeros are one", () => {
  for (let code = 0; code < 256; code += 1) {
    assert.equal(encodeAlaw(decodeAlaw(code)), code);
    assert.equal(encodeUlaw(decodeUlaw(code)), code === 0x7f ? 0xff : code);
  }
});

/** The table in G.711's own words: magnitudes from decision value to decision value. */
function codeByDecision(magnitude: number, decisions: readonly number[]): number {
  let index = 0;
  while (index < 127 && magnitude >= decisions[index + 1]!) index += 1;
  return index;
}

test("µ-law encodes all 65,536 samples by the decision values of G.711 table 2a", () => {
  // Decision values in 14 bits: 0, 1, 3, 5 … 31, 35, 39 … 95, 103 … 4063, 4191 … 8159.
  const decisions = [0, 1];
  for (let segment = 0; segment < 8; segment += 1) {
    const steps = segment === 0 ? 15 : 16;
    for (let step = 0; step < steps; step += 1) decisions.push(decisions.at(-1)! + (2 << segment));
  }
  for (let sample = -32_768; sample <= 32_767; sample += 1) {
    const magnitude = (sample < 0 ? ~sample : sample) >> 2;
    const code = (sample < 0 ? 0x7f : 0xff) - codeByDecision(magnitude, decisions);
    assert.equal(encodeUlaw(sample), code, `sample ${sample}`);
  }
});

test("A-law encodes all 65,536 samples by the decision values of G.711 table 1a", () => {
  // In 12 bits of magnitude: 16 steps of 1, 16 of 1, 16 of 2, 4, 8, 16, 32, 64.
  const decisions = [0];
  for (let segment = 0; segment < 8; segment += 1) {
    for (let step = 0; step < 16; step += 1) {
      decisions.push(decisions.at(-1)! + (1 << Math.max(0, segment - 1)));
    }
  }
  for (let sample = -32_768; sample <= 32_767; sample += 1) {
    const magnitude = (sample < 0 ? ~sample : sample) >> 4;
    const index = codeByDecision(magnitude, decisions);
    assert.equal(encodeAlaw(sample), ((sample < 0 ? 0 : 0x80) | index) ^ 0x55, `sample ${sample}`);
  }
});

test("A-law becomes µ-law by way of the linear value", () => {
  for (let code = 0; code < 256; code += 1) {
    assert.equal(ALAW_TO_ULAW[code], encodeUlaw(decodeAlaw(code)));
  }
  assert.equal(ALAW_TO_ULAW[0xd5], 0xfe, "A-law has no zero: its smallest value stays audible");
});

test("whole stretches are converted both ways", () => {
  const codes = Uint8Array.from({ length: 256 }, (_, code) => code);
  const samples = decodeUlawBytes(codes);
  assert.equal(samples[0x80], 32_124);
  codes[0x7f] = 0xff;
  assert.deepEqual(encodeUlawBytes(samples), codes);
});
