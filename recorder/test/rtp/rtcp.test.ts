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
import type { Problem } from "../../src/parsed.ts";
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

function repeated(value: number, count: number): number[] {
  return Array.from({ length: count }, () => value);
}

function problemOf(bytes: readonly number[]): Problem {
  const result = parseRtcp(Uint8Array.from(bytes));
  return result.ok ? assert.fail(`it is read: ${JSON.stringify(result.value)}`) : result.problem;
}

const SKIPPED = [0x80, 204, 0, 1, 1, 2, 3, 4];

test("a flaw is told with the place of its packet, in words", () => {
  const beyondLimit = repeated(0, RTCP_LIMIT_BYTES + 1);
  const flaws: [bytes: number[], code: string, at: number, detail: string][] = [
    [[], "too-short", 0, "No RTCP header fits."],
    [beyondLimit, "too-long", 0, "The datagram is too long."],
    [[...SKIPPED, 0x80, 200, 0], "too-short", 8, "A header is cut off."],
    [[...SKIPPED, 0x40, 200, 0, 0], "bad-version", 8, "The version is not 2."],
    [[...SKIPPED, 0x80, 200, 0, 1], "bad-length", 8, "A packet is longer than its datagram."],
    [[...SKIPPED, 0xa0, 203, 0, 1, 0, 0, 0, 5], "bad-padding", 8, "The padding is too long."],
    [[...SKIPPED, 0x80, 201, 0, 0], "too-short", 8, "A packet's content is cut off."],
  ];
  for (const [bytes, code, at, detail] of flaws) {
    assert.deepEqual(problemOf(bytes), { code, at, detail });
  }
});

test("a datagram of exactly the limit is read", () => {
  const data = new Uint8Array(RTCP_LIMIT_BYTES);
  for (let at = 0; at < data.length; at += 8) data.set(SKIPPED, at);
  assert.deepEqual(parseRtcp(data), { ok: true, value: [] });
});

test("padding is no content: a BYE with padding gives no reason", () => {
  const padded = [0xa1, 203, 0, 2, 0, 0, 0, 9, 0, 0, 0, 4];
  assert.deepEqual(parseRtcp(Uint8Array.from([...SKIPPED, ...padded])), {
    ok: true,
    value: [{ type: "goodbye", ssrcs: [9], reason: null }],
  });
});

function blockBytes(ssrc: number): number[] {
  const words = [ssrc, 0x40ff_fffe, 65_540, 17, 0x2233_4455, 65_536];
  return words.flatMap((word) => [
    word >>> 24,
    (word >> 16) & 0xff,
    (word >> 8) & 0xff,
    word & 0xff,
  ]);
}

test("RFC 3550 §6.4.1: a sender's report is followed by its report blocks", () => {
  const info = [9, 1, 2, 3, 4, 5].flatMap((word) => [0, 0, 0, word]);
  const report = (blocks: readonly number[]): number[] => {
    return [0x82, 200, 0, (24 + blocks.length) / 4, ...info, ...blocks];
  };
  const result = parseRtcp(Uint8Array.from(report([...blockBytes(0xabcd), ...blockBytes(7)])));
  assert.ok(result.ok);
  assert.deepEqual(result.value, [
    {
      type: "senderReport",
      ...{ ssrc: 9, ntpSeconds: 1, ntpFraction: 2, rtpTimestamp: 3, packets: 4, octets: 5 },
      blocks: [BLOCK, { ...BLOCK, ssrc: 7 }],
    },
  ]);
  assert.equal(problemOf(report(blockBytes(7))).code, "too-short", "one of two blocks is missing");
  assert.equal(problemOf([0x82, 201, 0, 7, 0, 0, 0, 9, ...blockBytes(7)]).code, "too-short");
});

test("several report blocks come back as written; what was lost has 24 bits and a sign", () => {
  const blocks = [BLOCK, { ...BLOCK, ssrc: 2, packetsLost: 0x7f_ffff }, { ...BLOCK, ssrc: 3 }];
  const written = blocks.map((block, index) => ({
    ...block,
    packetsLost: [-0x80_0000, 0x80_0000, -0x90_0000][index] ?? 0,
  }));
  const result = parseRtcp(serializeReceiverReport({ ssrc: 1, blocks: written, cname: "a" }));
  assert.ok(result.ok);
  const lost = [-0x80_0000, 0x7f_ffff, -0x80_0000];
  assert.deepEqual(result.value[0], {
    type: "receiverReport",
    ssrc: 1,
    blocks: blocks.map((block, index) => ({ ...block, packetsLost: lost[index] })),
  });
});

test("RFC 3550 §6.5: chunks begin at whole words; an item must fit into its packet", () => {
  const chunk = (ssrc: number, text: string): number[] => {
    const item = [0, 0, 0, ssrc, 1, text.length, ...Buffer.from(text)];
    return [...item, ...repeated(0, 4 - (item.length % 4))];
  };
  const description = (count: number, content: readonly number[]): number[] => {
    return [0x80 | count, 202, 0, content.length / 4, ...content];
  };
  const texts: [one: string, other: string][] = [
    ["a", "bcd"],
    ["ab", ""],
    ["abc", "e"],
    ["abcd", "xy"],
  ];
  for (const [one, other] of texts) {
    const data = description(2, [...chunk(5, one), ...chunk(6, other)]);
    assert.deepEqual(parseRtcp(Uint8Array.from(data)), {
      ok: true,
      value: [
        {
          type: "sourceDescription",
          chunks: [
            { ssrc: 5, items: [{ item: 1, text: one }] },
            { ssrc: 6, items: [{ item: 1, text: other }] },
          ],
        },
      ],
    });
  }
  const cutOff = (content: readonly number[]): string => problemOf(description(1, content)).code;
  assert.equal(cutOff([0, 0, 0, 5, 1, 1, 0x78, 2]), "too-short", "an item without its length");
  assert.equal(cutOff([0, 0, 0, 5, 1, 3, 0x78, 0x78]), "too-short", "a text one byte too long");
  assert.equal(cutOff([0, 0, 0, 5, 1, 2, 0x78, 0x78]), "too-short", "no null octet at the end");
});

test("RFC 3550 §6.6: a BYE names each source that leaves, and may fill its packet with the reason", () => {
  const sources = [0, 0, 0, 7, 0, 0, 0, 8];
  const reason = [3, 0x61, 0x62, 0x63];
  assert.deepEqual(parseRtcp(Uint8Array.from([0x82, 203, 0, 3, ...sources, ...reason])), {
    ok: true,
    value: [{ type: "goodbye", ssrcs: [7, 8], reason: "abc" }],
  });
  const [, ...text] = reason;
  assert.equal(problemOf([0x82, 203, 0, 3, ...sources, 4, ...text]).code, "too-short");
});
