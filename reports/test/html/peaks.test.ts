// µ-law decoding (ITU-T G.711 table 2a) and the peaks that waveforms are drawn from.
import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeMuLaw, peaksOf } from "../../src/html/peaks.ts";

test("the codes of G.711 table 2a decode to its values, 14-bit linear", () => {
  const table: readonly (readonly [number, number])[] = [
    [0xff, 0],
    [0xfe, 2],
    [0xf0, 30],
    [0xef, 33],
    [0xe0, 93],
    [0x8f, 4191],
    [0x80, 8031],
  ];
  for (const [code, value] of table) {
    assert.equal(decodeMuLaw(code), value);
    if (value !== 0) assert.equal(decodeMuLaw(code & 0x7f), -value);
  }
});

test("each column has the lowest and the highest sample of its part", () => {
  const audio = Uint8Array.of(0x80, 0x00, 0xff, 0xff, 0xe0, 0xf0);
  const { lowest, highest } = peaksOf(audio, 3);
  assert.deepEqual([...lowest], [-8031, 0, 30]);
  assert.deepEqual([...highest], [8031, 0, 93]);
});

test("audio shorter than the columns has one column a sample; no audio has none", () => {
  assert.equal(peaksOf(Uint8Array.of(1, 2), 1_200).lowest.length, 2);
  assert.equal(peaksOf(new Uint8Array(0), 1_200).lowest.length, 0);
});

test("no sample is left out when the length is no multiple of the columns", () => {
  const audio = new Uint8Array(1_001).fill(0xff);
  audio[1_000] = 0x80;
  assert.equal(peaksOf(audio, 7).highest[6], 8031);
});
