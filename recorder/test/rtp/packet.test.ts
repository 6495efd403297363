// The RTP packet codec (RFC 3550 §5.1): byte tables, truncation at every byte, limits, and
// rtp-packet as a third opinion on 50,000 random plain packets.
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { parse as opinionParse, serialize as opinionSerialize } from "rtp-packet";
import {
  isPlainRtp,
  makeRtpHeader,
  parseRtpPacket,
  readRtpHeader,
  RTP_PACKET_LIMIT_BYTES,
  type RtpPacket,
  serializeRtpPacket,
} from "../../src/rtp/packet.ts";

const PLAIN: RtpPacket = {
  payloadType: 0,
  marker: true,
  sequence: 0x1234,
  timestamp: 0xdead_beef,
  ssrc: 0x8000_0001,
  csrcs: [],
  extension: null,
  payload: Uint8Array.of(1, 2, 3),
  paddingBytes: 0,
};

function codeOf(data: Uint8Array): string {
  const result = parseRtpPacket(data);
  return result.ok ? "ok" : result.problem.code;
}

test("the fixed header, byte by byte", () => {
  const bytes = [0x80, 0x80, 0x12, 0x34, 0xde, 0xad, 0xbe, 0xef, 0x80, 0, 0, 1, 1, 2, 3];
  assert.deepEqual([...serializeRtpPacket(PLAIN)], bytes);
  assert.deepEqual(parseRtpPacket(Uint8Array.from(bytes)), { ok: true, value: PLAIN });
});

test("CSRC list, extension and padding are stepped over and given back", () => {
  const full: RtpPacket = {
    ...PLAIN,
    csrcs: [1, 0xffff_ffff],
    extension: { profile: 0xbede, data: Uint8Array.of(1, 2, 3, 4) },
    paddingBytes: 4,
  };
  const data = serializeRtpPacket(full);
  assert.equal(data[0], 0x80 | 0x20 | 0x10 | 2);
  assert.deepEqual(parseRtpPacket(data), { ok: true, value: full });
});

test("an extension is filled up to whole words; an empty one is allowed", () => {
  const odd = { ...PLAIN, extension: { profile: 1, data: Uint8Array.of(9) } };
  const result = parseRtpPacket(serializeRtpPacket(odd));
  assert.ok(result.ok);
  assert.deepEqual(result.value.extension?.data, Uint8Array.of(9, 0, 0, 0));
  const empty = { ...PLAIN, extension: { profile: 1, data: new Uint8Array() } };
  assert.deepEqual(parseRtpPacket(serializeRtpPacket(empty)), { ok: true, value: empty });
});

test("what is malformed is refused with its code", () => {
  const good = serializeRtpPacket(PLAIN);
  const changed = (at: number, value: number): Uint8Array => {
    const data = good.slice();
    data[at] = value;
    return data;
  };
  assert.equal(codeOf(new Uint8Array(11)), "too-short");
  assert.equal(codeOf(changed(0, 0x40)), "bad-version");
  assert.equal(codeOf(changed(0, 0x8f)), "too-short");
  assert.equal(codeOf(changed(0, 0x90)), "bad-extension");
  assert.equal(codeOf(changed(1, 200)), "rtcp");
  assert.equal(codeOf(changed(0, 0xa0)), "ok", "3 bytes of padding leave an empty payload");
  const empty = changed(0, 0xa0);
  empty[14] = 0;
  assert.equal(codeOf(empty), "bad-padding");
  empty[14] = 4;
  assert.equal(codeOf(empty), "bad-padding");
  assert.equal(codeOf(new Uint8Array(RTP_PACKET_LIMIT_BYTES + 1).fill(0x80)), "too-long");
  const extension = new Uint8Array(16);
  extension.set([0x90, 0], 0);
  extension[15] = 1;
  assert.equal(codeOf(extension), "bad-extension");
});

test("cut at every byte it never throws, and header reading agrees with parsing", () => {
  const data = serializeRtpPacket({
    ...PLAIN,
    csrcs: [5],
    extension: { profile: 2, data: Uint8Array.of(1, 2, 3, 4) },
    paddingBytes: 2,
  });
  for (let length = 0; length <= data.length; length += 1) {
    const cut = data.subarray(0, length);
    const flaw = readRtpHeader(cut, makeRtpHeader());
    assert.equal(codeOf(cut), flaw ?? "ok");
  }
});

test("any bytes are a value (fuzz)", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (data) => {
      const result = parseRtpPacket(data);
      if (result.ok) assert.ok(result.value.payload.length <= data.length - 12);
    }),
    { numRuns: 2000 },
  );
});

/** xorshift32: the same packets in every run. */
function makeNumbers(): () => number {
  let state = 0x9e37_79b9;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

test("rtp-packet agrees on 50,000 random plain packets, both ways", () => {
  const next = makeNumbers();
  for (let round = 0; round < 50_000; round += 1) {
    const ours: RtpPacket = {
      payloadType: next() % 64,
      marker: next() % 2 === 1,
      sequence: next() & 0xffff,
      timestamp: next(),
      ssrc: next(),
      csrcs: Array.from({ length: round % 16 }, next),
      extension: null,
      payload: Uint8Array.from({ length: next() % 40 }, () => next() & 0xff),
      paddingBytes: 0,
    };
    const data = serializeRtpPacket(ours);
    const theirs = opinionParse(Buffer.from(data));
    assert.ok(theirs !== null);
    const isSame =
      theirs.payloadType === ours.payloadType &&
      Boolean(theirs.marker) === ours.marker &&
      theirs.sequenceNumber === ours.sequence &&
      theirs.timestamp === ours.timestamp &&
      theirs.ssrc === ours.ssrc &&
      Buffer.compare(theirs.payload, ours.payload) === 0;
    assert.ok(isSame, `round ${round}: ${JSON.stringify(ours)}`);
    const written = opinionSerialize({ ...ours, sequenceNumber: ours.sequence, csrc: ours.csrcs });
    assert.ok(Buffer.compare(written, data) === 0, `round ${round}`);
  }
});

test("plain is what has version 2, no padding, extension or CSRCs, and a payload within the limit", () => {
  const packet = (first: number, second: number, length: number): Uint8Array => {
    const data = new Uint8Array(length);
    data.set([first, second]);
    return data;
  };
  assert.ok(isPlainRtp(packet(0x80, 0, 13)));
  assert.ok(!isPlainRtp(packet(0x80, 0, 12)), "no payload");
  assert.ok(isPlainRtp(packet(0x80, 0, RTP_PACKET_LIMIT_BYTES)));
  assert.ok(!isPlainRtp(packet(0x80, 0, RTP_PACKET_LIMIT_BYTES + 1)));
  for (const first of [0x00, 0x40, 0xc0, 0x81, 0x90, 0xa0]) {
    assert.ok(!isPlainRtp(packet(first, 0, 172)), `first byte ${first}`);
  }
  const plainTypes = [0, 127, 128, 191, 192, 223, 224, 255].filter((second) =>
    isPlainRtp(packet(0x80, second, 172)),
  );
  assert.deepEqual(plainTypes, [0, 127, 128, 191, 224, 255], "192 to 223 is RTCP");
});

test("each flaw has a sentence of its own", () => {
  const detailOf = (bytes: readonly number[]): string => {
    const result = parseRtpPacket(Uint8Array.from(bytes));
    return result.ok ? assert.fail("it is well formed") : result.problem.detail;
  };
  const zeros = Array.from({ length: 10 }, () => 0);
  assert.equal(detailOf([0x80]), "The header or its CSRC list is cut off.");
  assert.equal(
    detailOf(Array.from({ length: RTP_PACKET_LIMIT_BYTES + 1 }, () => 0x80)),
    `A packet has at most ${RTP_PACKET_LIMIT_BYTES} bytes.`,
  );
  assert.equal(detailOf([0x40, 0, ...zeros]), "The version is not 2.");
  assert.equal(detailOf([0x80, 200, ...zeros]), "This is RTCP, not RTP (RFC 5761 §4).");
  assert.equal(detailOf([0x90, 0, ...zeros]), "The header extension is cut off.");
  assert.equal(
    detailOf([0xa0, 0, ...zeros, 9]),
    "The padding is longer than the payload, or empty.",
  );
});

test("a packet may end with its header, its CSRC list or its extension, and be as long as the limit", () => {
  const zeros = (length: number): number[] => Array.from({ length }, () => 0);
  const payloadBytes = (bytes: readonly number[]): number | string => {
    const result = parseRtpPacket(Uint8Array.from(bytes));
    return result.ok ? result.value.payload.length : result.problem.code;
  };
  assert.equal(payloadBytes([0x80, 0, ...zeros(10)]), 0);
  assert.equal(payloadBytes([0x82, 0, ...zeros(18)]), 0);
  assert.equal(payloadBytes([0x82, 0, ...zeros(17)]), "too-short");
  assert.equal(payloadBytes([0x90, 0, ...zeros(14)]), 0, "an extension of no words");
  assert.equal(payloadBytes([0x90, 0, ...zeros(13), 1, ...zeros(4)]), 0, "and one of a word");
  assert.equal(payloadBytes([0x90, 0, ...zeros(13), 1, ...zeros(3)]), "bad-extension");
  assert.equal(payloadBytes([0x80, 0, ...zeros(RTP_PACKET_LIMIT_BYTES - 2)]), 2036);
});

test("RFC 5761 §4: second bytes 192 to 223 are RTCP's; the marker is the highest bit of the others", () => {
  const readSecond = (second: number): string => {
    const header = makeRtpHeader();
    const data = new Uint8Array(12);
    data.set([0x80, second]);
    return readRtpHeader(data, header) ?? `${header.payloadType}${header.marker ? " marked" : ""}`;
  };
  assert.deepEqual([0, 127, 128, 191, 192, 223, 224, 255].map(readSecond), [
    ...["0", "127", "0 marked", "63 marked", "rtcp", "rtcp", "96 marked", "127 marked"],
  ]);
});

test("a header that nothing was read into says nothing", () => {
  assert.deepEqual(makeRtpHeader(), {
    ...{ payloadType: 0, marker: false, sequence: 0, timestamp: 0, ssrc: 0 },
    ...{ payloadStart: 0, payloadEnd: 0 },
  });
});
