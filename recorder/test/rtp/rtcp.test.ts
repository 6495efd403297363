// The RTCP codec (RFC 3550 §6.4–6.6) and the figures of receiver reports.
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import {
  delayUnits,
  middleOfNtp,
  parseRtcp,
  RTCP_LIMIT_BYTES,
  serializeReceiverReport,
} from "../../src/rtp/rtcp.ts";
import { RtpSource } from "../../src/rtp/rtp-source.ts";

const BLOCK = {
  ssrc: 0xabcd,
  fractionLost: 64,
  packetsLost: -2,
  highestSequence: 65_540,
  jitter: 17,
  lastSenderReport: 0x2233_4455,
  delaySinceLastSenderReport: 65_536,
};

test("RR with SDES comes back as written; its length is whole words", () => {
  for (const cname of ["a", "ab", "abc", "abcd", "tapeline@192.0.2.10"]) {
    const data = serializeReceiverReport({ ssrc: 1, blocks: [BLOCK], cname });
    assert.equal(data.length % 4, 0);
    assert.deepEqual(parseRtcp(data), {
      ok: true,
      value: [
        { type: "receiverReport", ssrc: 1, blocks: [BLOCK] },
        { type: "sourceDescription", chunks: [{ ssrc: 1, items: [{ item: 1, text: cname }] }] },
      ],
    });
  }
});

test("SR, BYE with reason, and unknown types in one datagram", () => {
  const data = Uint8Array.from([
    ...[0x80, 200, 0, 6, 0, 0, 0, 9, 0, 1, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77],
    ...[0, 0, 0, 160, 0, 0, 0, 5, 0, 0, 3, 32],
    ...[0x80, 204, 0, 1, 1, 2, 3, 4],
    ...[0x81, 203, 0, 2, 0, 0, 0, 9, 2, 0x6f, 0x6b, 0],
    ...[0x81, 203, 0, 1, 0, 0, 0, 9],
  ]);
  const result = parseRtcp(data);
  assert.ok(result.ok);
  assert.deepEqual(result.value, [
    {
      type: "senderReport",
      ssrc: 9,
      ntpSeconds: 0x0001_2233,
      ntpFraction: 0x4455_6677,
      rtpTimestamp: 160,
      packets: 5,
      octets: 800,
      blocks: [],
    },
    { type: "goodbye", ssrcs: [9], reason: "ok" },
    { type: "goodbye", ssrcs: [9], reason: null },
  ]);
});

test("malformed datagrams are refused with a code", () => {
  const codeOf = (bytes: readonly number[]): string => {
    const result = parseRtcp(Uint8Array.from(bytes));
    return result.ok ? "ok" : result.problem.code;
  };
  assert.equal(codeOf([0x80]), "too-short");
  assert.equal(codeOf([0x80, 204, 0, 0, 1]), "too-short");
  assert.equal(codeOf([0x00, 204, 0, 0]), "bad-version");
  assert.equal(codeOf([0x80, 204, 0, 1]), "bad-length");
  assert.equal(codeOf([0xa0, 204, 0, 1, 0, 0, 0, 9]), "bad-padding");
  assert.equal(codeOf([0x80, 200, 0, 1, 0, 0, 0, 9]), "too-short");
  assert.equal(codeOf([0x81, 201, 0, 1, 0, 0, 0, 9]), "too-short");
  assert.equal(codeOf([0x81, 202, 0, 0]), "too-short");
  assert.equal(codeOf([0x81, 202, 0, 1, 0, 0, 0, 9]), "too-short");
  assert.equal(codeOf([0x81, 202, 0, 2, 0, 0, 0, 9, 1, 9, 0, 0]), "too-short");
  assert.equal(codeOf([0x82, 203, 0, 1, 0, 0, 0, 9]), "too-short");
  assert.equal(codeOf([0x81, 203, 0, 2, 0, 0, 0, 9, 9, 0, 0, 0]), "too-short");
  assert.equal(codeOf(Array.from({ length: RTCP_LIMIT_BYTES + 1 }, () => 0x80)), "too-long");
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (data) => {
      parseRtcp(data);
      data[0] = 0x81;
      assert.equal(typeof parseRtcp(data).ok, "boolean");
    }),
  );
});

test("LSR is the middle of the NTP time, DLSR counts 1/65,536 s (6.4.1)", () => {
  assert.equal(middleOfNtp(0x0001_2233, 0x4455_6677), 0x2233_4455);
  assert.equal(delayUnits(5250), 344_064);
  assert.equal(delayUnits(-1), 0);
  const source = new RtpSource(7);
  assert.equal(source.takeReportBlock(0).lastSenderReport, 0);
  assert.equal(source.takeReportBlock(9).delaySinceLastSenderReport, 0);
  source.onSenderReport({ seconds: 0x0001_2233, fraction: 0x4455_6677 }, 1000);
  const block = source.takeReportBlock(3000);
  assert.equal(block.lastSenderReport, 0x2233_4455);
  assert.equal(block.delaySinceLastSenderReport, 131_072);
});

test("a report block says what was lost since the one before (A.3)", () => {
  const source = new RtpSource(7);
  for (const sequence of [65_534, 65_535, 1, 2]) source.sequence.update(sequence);
  const first = source.takeReportBlock(0);
  assert.deepEqual(
    [first.packetsLost, first.fractionLost, first.highestSequence],
    [1, Math.floor(256 / 5), 65_538],
  );
  for (const sequence of [3, 4]) source.sequence.update(sequence);
  assert.equal(source.takeReportBlock(0).fractionLost, 0);
});
