// Frames: both forms, the 22-bit limit, arbitrary segmentation, and loss of integrity.
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import {
  FrameReader,
  MAXIMUM_FRAME_BYTES,
  MAXIMUM_FRAME_PAYLOAD_BYTES,
  serializeFrame,
} from "../../src/wire/devlink3-frame.ts";
import { DEVLINK3_VECTORS, vector, type VectorName } from "./devlink3-vectors.ts";

function frameOf(payload: Uint8Array): Uint8Array {
  const frame = serializeFrame(payload);
  assert.ok(frame.ok);
  return frame.value;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

for (const name of Object.keys(DEVLINK3_VECTORS) as VectorName[]) {
  test(`vector ${name} is one frame, however it is cut`, () => {
    const bytes = vector(name);
    const whole = new FrameReader().push(bytes);
    assert.equal(whole.length, 1);
    assert.equal(hex(frameOf(whole[0] ?? new Uint8Array())), hex(bytes));
    const reader = new FrameReader();
    const pieces = [...bytes].flatMap((byte) => reader.push(Uint8Array.of(byte)));
    assert.deepEqual(pieces, whole);
    for (let end = 0; end < bytes.length; end += 1) {
      const short = new FrameReader();
      assert.deepEqual(short.push(bytes.slice(0, end)), []);
      assert.equal(short.problem, null);
    }
  });
}

test("the short form goes up to 32,764 payload bytes, then the long form begins", () => {
  assert.equal(hex(frameOf(new Uint8Array(32_764)).subarray(0, 3)), "497fff");
  // L = 32769 = 1 << 15 | 1: "the shift is 15, not 16".
  assert.equal(hex(frameOf(new Uint8Array(32_765)).subarray(0, 4)), "49810001");
  assert.equal(
    hex(frameOf(new Uint8Array(MAXIMUM_FRAME_PAYLOAD_BYTES)).subarray(0, 4)),
    "49ff7fff",
  );
});

test("a payload beyond the 22-bit length is refused", () => {
  const refused = serializeFrame(new Uint8Array(MAXIMUM_FRAME_PAYLOAD_BYTES + 1));
  assert.ok(!refused.ok);
  assert.equal(refused.problem.code, "too-long");
});

test("long frames are read whole, also the longest, and a long form for a short payload", () => {
  for (const size of [32_765, 70_000, MAXIMUM_FRAME_PAYLOAD_BYTES]) {
    const payload = new Uint8Array(size).fill(0x49);
    const read = new FrameReader().push(frameOf(payload));
    assert.equal(read.length, 1);
    assert.equal(read[0]?.length, size);
  }
  const nonMinimal = Uint8Array.of(0x49, 0x80, 0, 9, 1, 2, 3, 4, 5);
  assert.deepEqual(new FrameReader().push(nonMinimal), [Uint8Array.of(1, 2, 3, 4, 5)]);
});

test("bit 15 in both length bytes is a forgotten mask and accepted", () => {
  const payload = new Uint8Array(32_765).fill(7);
  const frame = frameOf(payload);
  frame[2] = 0x80;
  assert.deepEqual(new FrameReader().push(frame), [payload]);
});

const LOST: readonly (readonly [string, string, string])[] = [
  ["a byte other than 0x49", "48000f", "bad-discriminator"],
  ["bit 7 of the second length byte alone", "49808001", "bad-length"],
  ["a short frame without room for a type", "490006", "bad-length"],
  ["a long frame without room for a type", "49800007", "bad-length"],
  ["a length of zero", "490000", "bad-length"],
];
for (const [what, bytes, code] of LOST) {
  test(`${what} loses the integrity of the stream for good`, () => {
    const reader = new FrameReader();
    const good = vector("T1");
    assert.equal(reader.push(good).length, 1);
    assert.deepEqual(reader.push(new Uint8Array(Buffer.from(bytes, "hex"))), []);
    assert.equal(reader.problem?.code, code);
    assert.equal(reader.problem.at, good.length);
    assert.deepEqual(reader.push(good), []);
  });
}

test("frames before the broken one are still delivered", () => {
  const reader = new FrameReader();
  const bytes = Buffer.concat([vector("T1"), vector("T2"), Buffer.from("00")]);
  assert.equal(reader.push(new Uint8Array(bytes)).length, 2);
  assert.equal(reader.problem?.code, "bad-discriminator");
});

test("a frame above the configured maximum loses the stream before its bytes are held", () => {
  const reader = new FrameReader(100);
  assert.deepEqual(reader.push(Uint8Array.of(0x49, 0, 101)), []);
  assert.equal(reader.problem?.code, "too-long");
  assert.equal(MAXIMUM_FRAME_BYTES, 4_194_303);
});

test("any frames in any segmentation come out as they went in", () => {
  const payloads = fc.array(fc.uint8Array({ minLength: 4, maxLength: 300 }), { maxLength: 8 });
  fc.assert(
    fc.property(payloads, fc.array(fc.integer({ min: 1, max: 50 })), (frames, cuts) => {
      const bytes = new Uint8Array(Buffer.concat(frames.map(frameOf)));
      const reader = new FrameReader();
      const read: Uint8Array[] = [];
      let at = 0;
      for (const size of cuts) {
        read.push(...reader.push(bytes.slice(at, at + size)));
        at += size;
      }
      read.push(...reader.push(bytes.slice(at)));
      assert.deepEqual(read, frames);
    }),
  );
});

test("any bytes give frames or a problem, never an exception", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 6 }), (chunks) => {
      const reader = new FrameReader(1000);
      for (const chunk of chunks) {
        const read = reader.push(chunk);
        assert.ok(read.every((payload) => payload.length >= 4));
      }
    }),
  );
});
