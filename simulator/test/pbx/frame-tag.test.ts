// Frame tags: round trip in both laws, search at every offset, and no false finds.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  ALAW_WITH_BIT,
  findFrameTags,
  readFrameTag,
  serializeFrameTag,
  writeFrameTag,
} from "../../src/pbx/frame-tag.ts";
import { ALAW_TO_LINEAR, ALAW_TO_ULAW, asUlaw, encodeSample } from "../../src/wire/g711.ts";

const tags = fc.record(
  {
    leg: fc.integer({ min: 1, max: 0xffff }),
    conversation: fc.integer({ min: 1, max: 0xffff_ffff }),
    frame: fc.integer({ min: 0, max: 0xffff_ffff }),
    voices: fc
      .uniqueArray(fc.integer({ min: 1, max: 0xffff }), { maxLength: 3 })
      .map((voices) => voices.sort((left, right) => left - right)),
  },
  { noNullPrototype: true },
);
const frames = fc.uint8Array({ minLength: 160, maxLength: 160 });

test("a tag written into any frame is read back, and moves each byte by one bit at most", () => {
  fc.assert(
    fc.property(tags, frames, (tag, frame) => {
      const written = frame.slice();
      writeFrameTag(written, tag);
      assert.deepEqual(readFrameTag(written, 0), tag);
      assert.ok(written.every((byte, index) => (byte ^ frame[index]!) <= 1));
    }),
  );
});

test("a tag in an A-law frame survives the transcoding of the recorder", () => {
  fc.assert(
    fc.property(tags, frames, (tag, frame) => {
      const written = frame.slice();
      writeFrameTag(written, tag, "PCMA");
      assert.deepEqual(readFrameTag(asUlaw("PCMA", written), 0), tag);
    }),
  );
});

test("A-law codes with a wanted bit stay near: 128 of 32,768 at most below 2,000", () => {
  for (let index = 0; index < 512; index += 1) {
    const chosen = ALAW_WITH_BIT[index]!;
    assert.equal(ALAW_TO_ULAW[chosen]! & 1, index >> 8);
    const wanted = ALAW_TO_LINEAR[index & 0xff]!;
    const distance = Math.abs(ALAW_TO_LINEAR[chosen]! - wanted);
    assert.ok(distance <= Math.max(128, Math.abs(wanted) / 12), `${wanted} by ${distance}`);
  }
});

test("frames are found at every sample offset, also cut and shifted", () => {
  fc.assert(
    fc.property(tags, frames, fc.nat(500), fc.nat(200), (tag, frame, offset, tail) => {
      writeFrameTag(frame, tag);
      const audio = new Uint8Array(offset + 160 + tail).fill(0xff);
      audio.set(frame, offset);
      assert.deepEqual(findFrameTags(audio), [{ offset, tag }]);
      assert.deepEqual(findFrameTags(audio.subarray(0, offset + 159)), []);
    }),
  );
});

test("one wrong bit anywhere hides the tag", () => {
  const tag = { leg: 3, conversation: 9, frame: 77, voices: [4, 5] };
  const frame = new Uint8Array(160);
  writeFrameTag(frame, tag);
  for (let index = 0; index < 160; index += 1) {
    frame[index]! ^= 1;
    assert.equal(readFrameTag(frame, 0), null);
    frame[index]! ^= 1;
  }
  assert.deepEqual(readFrameTag(frame, 0), tag);
  assert.equal(readFrameTag(frame, 1), null);
  assert.equal(readFrameTag(frame, -1), null);
});

test("fill of silence or of a 440 Hz tone has no tag in it", () => {
  for (const level of [0, 1577 * Math.SQRT2]) {
    const fill = Uint8Array.from({ length: 80_000 }, (_, index) =>
      encodeSample("PCMU", level * Math.sin((2 * Math.PI * 440 * index) / 8000)),
    );
    assert.deepEqual(findFrameTags(fill), []);
  }
});

test("an impossible tag is a programmer's mistake", () => {
  const good = { leg: 1, conversation: 1, frame: 0, voices: [1] };
  for (const bad of [
    { ...good, leg: 0 },
    { ...good, leg: 70_000 },
    { ...good, conversation: 0 },
    { ...good, frame: -1 },
    { ...good, voices: [2, 1] },
    { ...good, voices: [0] },
    { ...good, voices: [1, 2, 3, 4] },
    { ...good, voices: [70_000] },
  ]) {
    assert.throws(() => serializeFrameTag(bad), RangeError);
  }
});

test("random bytes hold no tag", () => {
  fc.assert(
    fc.property(frames, (frame) => {
      const tag = readFrameTag(frame, 0);
      assert.equal(tag, null);
    }),
    { numRuns: 2000 },
  );
});
