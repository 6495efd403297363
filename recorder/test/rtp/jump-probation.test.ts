// Which timestamp counts for a packet that is alone with its jump (RFC 3550 A.1): the next decides.
import assert from "node:assert/strict";
import test from "node:test";
import {
  isConfirmedBy,
  provenTimestamp,
  refutesLeap,
  refutesNumber,
} from "../../src/rtp/jump-probation.ts";

const HELD = { timestamp: 10_160 + 5000, samples: 160, missingPackets: 0, jump: 5000 };
const next = (timestamp: number, missingPackets = 0) => ({
  timestamp: timestamp >>> 0,
  samples: 160,
  missingPackets,
});

test("the next packet goes on from the jump: it is meant", () => {
  assert.equal(provenTimestamp(HELD, next(HELD.timestamp + 160)), HELD.timestamp);
  assert.equal(provenTimestamp(HELD, next(HELD.timestamp + 480, 2)), HELD.timestamp);
});

test("the next packet knows nothing of the jump: it was an error", () => {
  assert.equal(provenTimestamp(HELD, next(10_320)), 10_160);
  assert.equal(provenTimestamp(HELD, next(10_320 + 320, 2)), 10_160);
});

test("the next packet fits neither: the nearer one has it, and a tie is the sender's", () => {
  assert.equal(provenTimestamp(HELD, next(10_320 + 2000)), 10_160);
  assert.equal(provenTimestamp(HELD, next(10_320 + 3000)), HELD.timestamp);
  assert.equal(provenTimestamp(HELD, next(10_320 + 2500)), HELD.timestamp);
});

test("without a next packet one alone is not believed; timestamps wrap", () => {
  assert.equal(provenTimestamp(HELD, null), 10_160);
  const wrapped = { ...HELD, timestamp: 100, jump: 200 };
  assert.equal(provenTimestamp(wrapped, null), 0xffff_ff9c);
  assert.equal(provenTimestamp(wrapped, next(60)), 0xffff_ff9c);
  assert.equal(provenTimestamp(wrapped, next(260)), 100);
});

test("numbers missing before the next packet count whole packets, for small jumps too", () => {
  const small = { ...HELD, timestamp: 10_160 + 400, jump: 400 };
  assert.equal(provenTimestamp(small, next(10_320 + 480, 3)), 10_160);
  assert.equal(provenTimestamp(small, next(10_320 + 480 + 400, 3)), small.timestamp);
});

test("one that it overtook confirms the jump if it stands on the same base", () => {
  const earlier = (timestamp: number, numbersBefore = 1) =>
    isConfirmedBy(HELD, { timestamp: timestamp >>> 0, samples: 160, numbersBefore });
  assert.equal(earlier(HELD.timestamp - 160), true);
  assert.equal(earlier(HELD.timestamp - 480, 3), true);
  assert.equal(earlier(10_000), false);
  assert.equal(earlier(10_160 - 480, 3), false);
  assert.equal(earlier(HELD.timestamp - 160 - HELD.jump / 2), false, "a tie confirms nothing");
  const wrapped = { ...HELD, timestamp: 100, jump: 5_000 };
  const confirmed = { timestamp: 0xffff_ffc4, samples: 160, numbersBefore: 1 };
  assert.equal(isConfirmedBy(wrapped, confirmed), true);
});

test("a packet spoken behind the held one and before its number refutes the number", () => {
  // Its number puts it 48 packets later than its timestamp does.
  const held = { timestamp: 10_160, samples: 160, missingPackets: 47, jump: -48 * 160 };
  assert.equal(refutesNumber(10_160 + 160, held), true);
  assert.equal(refutesNumber(10_160 + 1600, held), true);
  assert.equal(refutesNumber(10_160 + 1760, held), false, "too far behind to be its neighbour");
  assert.equal(refutesNumber(10_160 + 159, held), false, "it is the one that it lies over");
  assert.equal(refutesNumber(10_160 - 160, held), false, "one spoken before it tells nothing");
  const near = { ...held, jump: -160 };
  assert.equal(refutesNumber(10_160 + 160, near), false, "its number puts it there, too");
  const ahead = { ...held, jump: 0x4000_0000 };
  assert.equal(refutesNumber(10_160 + 160, ahead), false);
});

test("who goes on by number and timestamp alike refutes a leap, and nothing shorter", () => {
  const leap = { missingPackets: 128 };
  assert.equal(refutesLeap({ byNumber: 2, byTimestamp: 2 }, leap), true);
  assert.equal(refutesLeap({ byNumber: 10, byTimestamp: 10 }, leap), true);
  for (const [byNumber, byTimestamp] of [
    [11, 11],
    [0, 0],
    [-1, -1],
    [2, 3],
    [129, 129],
  ] as const) {
    assert.equal(refutesLeap({ byNumber, byTimestamp }, leap), false, `${byNumber}`);
  }
  assert.equal(refutesLeap({ byNumber: 2, byTimestamp: 2 }, { missingPackets: 10 }), false);
});
