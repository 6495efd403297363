// RTP codec: byte table, round trip, truncation at every byte, and rtp-packet as a third opinion.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseRtp, serializeRtp, writeRtpHeader } from "../../src/wire/rtp.ts";
import type { RtpPacket } from "../../src/wire/rtp.ts";

interface ThirdParty {
  parse(bytes: Uint8Array): {
    readonly marker: boolean;
    readonly payloadType: number;
    readonly sequenceNumber: number;
    readonly timestamp: number;
    readonly ssrc: number;
    readonly payload: Uint8Array;
  } | null;
  serialize(packet: Record<string, unknown>): Uint8Array;
}

/** Without types of its own: what is used of it is described above. */
const PACKAGE: string = "rtp-packet";
const third = (await import(PACKAGE)) as ThirdParty;

function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));
}

const PLAIN: RtpPacket = {
  marker: true,
  payloadType: 0,
  sequence: 65534,
  timestamp: 0xdeadbeef,
  ssrc: 0x80000001,
  contributors: [],
  extension: null,
  payload: Uint8Array.of(1, 2, 3),
  paddingBytes: 0,
};

const TABLE: [name: string, bytes: string, packet: RtpPacket][] = [
  ["plain", "80 80 fffe deadbeef 80000001 010203", PLAIN],
  [
    "two contributors",
    "82 80 fffe deadbeef 80000001 00000005 ffffffff 010203",
    { ...PLAIN, contributors: [5, 0xffff_ffff] },
  ],
  [
    "extension",
    "90 08 fffe deadbeef 80000001 bede0001 aabbccdd 010203",
    {
      ...PLAIN,
      marker: false,
      payloadType: 8,
      extension: {
        profile: 48862,
        data: hex("aabbccdd"),
      },
    },
  ],
  ["padding", "a0 80 fffe deadbeef 80000001 010203 000003", { ...PLAIN, paddingBytes: 3 }],
];

for (const [name, bytes, packet] of TABLE) {
  test(`${name}: bytes both ways (RFC 3550 §5.1)`, () => {
    assert.deepEqual(serializeRtp(packet), hex(bytes));
    assert.deepEqual(parseRtp(hex(bytes)), { ok: true, value: packet });
  });
}

test("bad packets are values: version, padding, each length that is too short", () => {
  const cases: [string, string][] = [
    ["40 80 fffe deadbeef 80000001", "bad-version"],
    ["a0 80 fffe deadbeef 80000001", "bad-padding"],
    ["a0 80 fffe deadbeef 80000001 00", "bad-padding"],
    ["a0 80 fffe deadbeef 80000001 05", "bad-padding"],
    ["81 80 fffe deadbeef 80000001", "truncated"],
    ["90 80 fffe deadbeef 80000001 bede", "truncated"],
    ["90 80 fffe deadbeef 80000001 bede0002 00000000", "truncated"],
  ];
  for (const [bytes, code] of cases) {
    const result = parseRtp(hex(bytes));
    assert.equal(!result.ok && result.problem.code, code, bytes);
  }
});

const packets: fc.Arbitrary<RtpPacket> = fc.record(
  {
    marker: fc.boolean(),
    payloadType: fc.nat(127),
    sequence: fc.nat(0xffff),
    timestamp: fc.nat(0xffff_ffff),
    ssrc: fc.nat(0xffff_ffff),
    contributors: fc.array(fc.nat(0xffff_ffff), { maxLength: 15 }),
    extension: fc.option(
      fc.record(
        {
          profile: fc.nat(0xffff),
          data: fc
            .nat(5)
            .chain((words) => fc.uint8Array({ minLength: 4 * words, maxLength: 4 * words })),
        },
        { noNullPrototype: true },
      ),
    ),
    payload: fc.uint8Array({ maxLength: 200 }),
    paddingBytes: fc.nat(8),
  },
  { noNullPrototype: true },
);

test("any packet survives serializing and parsing; cut anywhere it is still a value", () => {
  fc.assert(
    fc.property(packets, (packet) => {
      const bytes = serializeRtp(packet);
      assert.deepEqual(parseRtp(bytes), { ok: true, value: packet });
      for (let length = 0; length < bytes.length; length += 1) {
        const cut = parseRtp(bytes.subarray(0, length));
        if (length < 12) assert.equal(cut.ok, false);
      }
    }),
    { numRuns: 60 },
  );
});

test("any bytes give a value", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => void parseRtp(bytes)));
});

test("rtp-packet agrees on 50,000 random plain packets", () => {
  let state = 12_345;
  const draw = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state ^ (state >>> 16);
  };
  for (let count = 0; count < 50_000; count += 1) {
    const payload = new Uint8Array((draw() >>> 3) % 180).map(() => draw() >>> 7);
    const header = {
      marker: (draw() & 64) !== 0,
      payloadType: (draw() >>> 5) & 127,
      sequence: (draw() >>> 2) & 65535,
      timestamp: draw() >>> 0,
      ssrc: draw() >>> 0,
    };
    const bytes = new Uint8Array(12 + payload.length);
    bytes.set(payload, 12);
    writeRtpHeader(bytes, header);
    const { sequence, ...rest } = header;
    const theirs = third.serialize({ ...rest, sequenceNumber: sequence, payload });
    assert.ok(Buffer.from(bytes).equals(theirs));
    const read = third.parse(Buffer.from(bytes))!;
    const ours = parseRtp(bytes);
    assert.ok(ours.ok);
    assert.equal(ours.value.sequence, read.sequenceNumber);
    assert.equal(ours.value.timestamp, read.timestamp);
    assert.equal(ours.value.ssrc, read.ssrc);
    assert.equal(ours.value.marker, read.marker);
    assert.equal(ours.value.payloadType, read.payloadType);
    assert.ok(Buffer.from(ours.value.payload).equals(read.payload));
  }
});
