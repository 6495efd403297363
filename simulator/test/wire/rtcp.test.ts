// RTCP codec and NTP arithmetic.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  compactNtp,
  ntpFromWallTime,
  parseRtcp,
  roundTripMs,
  serializeRtcp,
} from "../../src/wire/rtcp.ts";
import type { ReportBlock, RtcpPacket } from "../../src/wire/rtcp.ts";

function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));
}

const BLOCK: ReportBlock = {
  ssrc: 287454020,
  fractionLost: 64,
  cumulativeLost: -2,
  highestSequence: 131070,
  jitter: 80,
  lastSenderReport: 0xb7052000,
  delaySinceLastSenderReport: 344064,
};

const TABLE: [string, string, RtcpPacket[]][] = [
  [
    "sender report and CNAME",
    "80 c8 0006 00000001 83aa7e80 80000000 00000140 00000005 00000320" +
      "81 ca 0003 00000001 01 03 612e62 000000",
    [
      {
        type: "sender-report",
        ssrc: 1,
        ntp: {
          seconds: 0x83aa7e80,
          fraction: 0x80000000,
        },
        rtpTimestamp: 320,
        packetCount: 5,
        octetCount: 800,
        blocks: [],
      },
      { type: "cname", ssrc: 1, cname: "a.b" },
    ],
  ],
  [
    "receiver report with a block, negative loss",
    "81 c9 0007 00000009 11223344 40fffffe 0001fffe 00000050 b7052000 00054000",
    [{ type: "receiver-report", ssrc: 9, blocks: [BLOCK] }],
  ],
  ["BYE", "82 cb 0002 00000001 00000002", [{ type: "bye", sources: [1, 2] }]],
  [
    "unknown type",
    "80 cd 0001 01020304",
    [{ type: "other", packetType: 205, body: hex("01020304") }],
  ],
];

for (const [name, bytes, packets] of TABLE) {
  test(`${name}: bytes both ways (RFC 3550 §6)`, () => {
    assert.deepEqual(serializeRtcp(packets), hex(bytes));
    assert.deepEqual(parseRtcp(hex(bytes)), { ok: true, value: packets });
  });
  test(`${name}, cut at every byte, is a value`, () => {
    for (let length = 0; length < hex(bytes).length; length += 1) {
      const result = parseRtcp(hex(bytes).subarray(0, length));
      if (length % 4 !== 0 || length === 0) assert.equal(result.ok, false);
    }
  });
}

test("bad compounds are refused: version, length, padding, number", () => {
  const cases: [string, string][] = [
    ["", "truncated"],
    ["40 c9 0001 00000001", "bad-version"],
    ["81 c9 0001 00000001", "bad-length"],
    ["80 c8 0001 00000001", "bad-length"],
    ["82 cb 0001 00000001", "bad-length"],
    ["81 ca 0002 00000001 01 09 6161", "bad-length"],
    ["a0 c9 0001 00000001 80 c9 0001 00000001", "bad-padding"],
    ["a0 c9 0002 00000001 00000000", "bad-padding"],
    ["80 c9 0001 00000001".repeat(33), "too-many"],
  ];
  for (const [bytes, code] of cases) {
    const result = parseRtcp(hex(bytes));
    assert.equal(!result.ok && result.problem.code, code, bytes);
  }
});

test("padding of the last packet, and a description without CNAME, are read", () => {
  const padded = parseRtcp(hex("a0 c9 0002 00000001 00000004"));
  const expected = { type: "receiver-report", ssrc: 1, blocks: [] };
  assert.deepEqual(padded, { ok: true, value: [expected] });
  const other = parseRtcp(hex("81 ca 0002 00000001 02 00 0000"));
  assert.equal(other.ok && other.value[0]!.type, "other");
});

test("any bytes give a value", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => void parseRtcp(bytes)));
});

test("NTP time of a wall time, and the round trip of RFC 3550 figure 2", () => {
  assert.deepEqual(ntpFromWallTime(500), { seconds: 2_208_988_800, fraction: 0x8000_0000 });
  assert.equal(compactNtp({ seconds: 0xabcd_1234, fraction: 0x5678_9abc }), 0x1234_5678);
  // A = 0xb710:8000, LSR = 0xb705:2000, DLSR = 0x0005:4000 (5.25 s): 6.125 s.
  const arrival = { seconds: 0xb44d_b710, fraction: 0x8000_0000 };
  assert.equal(roundTripMs(arrival, BLOCK), 6125);
  assert.equal(roundTripMs(arrival, { ...BLOCK, lastSenderReport: 0 }), null);
  const late = { ...BLOCK, delaySinceLastSenderReport: 0x0010_0000 };
  assert.equal(roundTripMs(arrival, late), null);
});
