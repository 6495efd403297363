// The first packets of an SSRC in their order, whatever a bit error has made of one of them
// (design.md §5, "Timeline"; RFC 3550 A.1).
import assert from "node:assert/strict";
import test from "node:test";
import { inOrder } from "../../src/media/held-order.ts";
import type { HeldPacket } from "../../src/media/packet-router.ts";
import { makeRtpHeader, readRtpHeader } from "../../src/rtp/packet.ts";
import { FRAME, frame, rtp } from "./rtp-builder.ts";

/** A packet by number and by place of its timestamp, in frames. */
function held(number: number, place = number, payload = frame(0)): HeldPacket {
  const sequence = number & 0xffff;
  const data = rtp({ sequence, timestamp: place * FRAME, payload, ssrc: 7 });
  return { data, source: { host: "192.0.2.1", port: 4000 }, arrivalMs: 0, ssrc: 7, sequence };
}

/** Number and place of each, read from their bytes. */
function places(packets: readonly HeldPacket[]): readonly (readonly [number, number])[] {
  const header = makeRtpHeader();
  return packets.map(({ data, sequence }) => {
    assert.equal(readRtpHeader(data, header), null);
    assert.equal(header.sequence, sequence);
    return [sequence, header.timestamp / FRAME];
  });
}

test("packets leave by their numbers, also over the wrap, and as they are", () => {
  const packets = [held(1, 12), held(65_535, 10), held(0, 11), held(65_534, 9)];
  const expected = [packets[3], packets[1], packets[2], packets[0]];
  assert.deepEqual(inOrder(packets), expected);
  assert.deepEqual(inOrder([]), []);
});

test("a number with a bit error, by which its packet would be the first, is that of its timestamp", () => {
  for (const wrong of [103 ^ 1, 103 ^ 2, 103 ^ 64, 103 ^ 0x8000, 103 ^ 0b111_0000]) {
    const packets = [held(100), held(101), held(102), held(wrong, 103), held(104)];
    const expected = [100, 101, 102, 103, 104].map((number) => [number, number]);
    assert.deepEqual(places(inOrder(packets)), expected, `number ${wrong}`);
  }
});

test("so is that of the first, so that the others do not seem to leap", () => {
  const packets = [held(100 ^ 64, 100), held(101), held(102)];
  assert.deepEqual(places(inOrder(packets)), [
    [100, 100],
    [101, 101],
    [102, 102],
  ]);
});

test("a first timestamp with a bit error, before or behind its own, is that of its number", () => {
  for (const bit of [1, 64, 4096, 0x8000_0000]) {
    const first = rtp({
      sequence: 100,
      timestamp: (100 * FRAME) ^ bit,
      payload: frame(0),
      ssrc: 7,
    });
    const packets = [{ ...held(100), data: first }, held(101), held(102)];
    assert.deepEqual(places(inOrder(packets))[0], [100, 100], `bit ${bit}`);
  }
});

test("what a sender means stays: a silence, a jump, digits on one timestamp, and two without a third", () => {
  const silence = [held(100), held(101), held(102, 105)];
  assert.deepEqual(inOrder(silence), silence);
  // One bit away from the number that its timestamp tells, and plausible as it is.
  const pause = [held(100), held(101), held(102, 103)];
  assert.deepEqual(inOrder(pause), pause);
  // 2,357 samples: six bits differ.
  const jump = [held(100, 100), held(101, 101 + 2357 / FRAME), held(102, 102 + 2357 / FRAME)];
  assert.deepEqual(inOrder(jump), jump);
  const digit = new Uint8Array(4);
  const digits = [held(100), held(101), held(102, 102, digit), held(103, 102, digit)];
  assert.deepEqual(inOrder(digits), digits);
  const two = [held(100 ^ 64, 100), held(101)];
  assert.deepEqual(inOrder(two), two);
});

test("copies of one packet prove nothing, and what is no RTP goes by its number", () => {
  const copies = [held(103 ^ 64, 103), held(103 ^ 64, 103), held(100), held(101)];
  assert.deepEqual(
    places(inOrder(copies)).map(([number]) => number),
    [100, 101, 103, 103],
  );
  const empty = { ...held(5), data: new Uint8Array(12) };
  assert.deepEqual(
    inOrder([held(6), empty]).map(({ sequence }) => sequence),
    [5, 6],
  );
});
