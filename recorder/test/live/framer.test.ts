// The framer: pieces of any size become exact 20 ms frames on the 160-sample grid.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Framer, type Frame } from "../../src/live/framer.ts";

/** The byte that stands at a sample of the test recording. */
const byteAt = (sample: number): number => (sample * 31 + (sample >> 8)) & 0xff;

function piece(sample: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => byteAt(sample + index));
}

function isTrue({ sample, data }: Frame): boolean {
  return data.every((byte, index) => byte === byteAt(sample + index));
}

test("frames are 160 bytes on the 160-sample grid and lose nothing after the first one", () => {
  fc.assert(
    fc.property(
      fc.nat({ max: 2000 }),
      fc.array(fc.nat({ max: 700 }), { maxLength: 20 }),
      (first, lengths) => {
        const framer = new Framer();
        const frames: Frame[] = [];
        let sample = first;
        for (const length of lengths) {
          frames.push(...framer.push(sample, piece(sample, length)));
          sample += length;
        }
        const rest = framer.flush();
        for (const frame of frames) assert.equal(frame.data.length, 160);
        if (rest !== null) frames.push(rest);
        let expected = Math.ceil(first / 160) * 160;
        for (const frame of frames) {
          assert.equal(frame.sample, expected);
          assert.ok(isTrue(frame));
          expected += frame.data.length;
        }
        // All audio from the first frame's start on has been handed over.
        assert.equal(Math.max(expected, sample), expected);
        assert.equal(framer.flush(), null);
      },
    ),
  );
});

test("a piece that does not join on begins anew at the next multiple of 160", () => {
  const framer = new Framer();
  assert.deepEqual(framer.push(0, piece(0, 100)), []);
  const frames = framer.push(1000, piece(1000, 400));
  assert.deepEqual(
    frames.map(({ sample }) => sample),
    [1120],
  );
  assert.ok(frames.every(isTrue));
  assert.deepEqual(framer.flush(), { sample: 1280, data: piece(1280, 120), arrivedMs: null });
});
