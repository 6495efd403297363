// DevLink3 packets: every vector both ways, truncation at every byte, bounds, fuzz.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { sha1Digest, plainPassword } from "../../src/devlink3/auth.ts";
import {
  isError,
  parsePacket,
  RESULT,
  serializePacket,
  type Packet,
} from "../../src/devlink3/packet.ts";
import { serializeSipTrack } from "../../src/devlink3/sip-track.ts";
import { serializeWideText, textTuple, TUPLE_CODE } from "../../src/devlink3/tuple.ts";
import { hexOf, payloadOf, TEXTS, VECTORS, type VectorName } from "./vectors.ts";

const CHALLENGE = Uint8Array.from({ length: 16 }, (_, index) => index);
const PING = new TextEncoder().encode("ping");
const NONE = new Uint8Array(0);

function delta3(counter: number, text: string): Packet {
  const tuples = [textTuple(TUPLE_CODE.callDelta3, text)];
  return { type: "event", address: "192.168.10.1", counter, tuples };
}

const TRACK = {
  event: "START",
  endId: "c0a80a010000232a",
  sipType: "TRUNK",
  direction: "IN",
  sipCallId: "a1b2c3@10.0.0.9",
} as const;

const sipTuple = (text: string) => ({
  code: TUPLE_CODE.sipTrack,
  data: serializeWideText(text),
});

const EXPECTED: Partial<Record<VectorName, Packet>> = {
  T1: { type: "testRequest", requestId: 0x12345678, payload: NONE },
  T2: { type: "testRequest", requestId: 2, payload: PING },
  T3: { type: "testResponse", requestId: 2, result: 0, payload: PING },
  A1: { type: "authRequest", requestId: 0x12345678, user: "recorder", tuples: [] },
  A2: {
    type: "authRequest",
    requestId: 0x12345678,
    user: "recorder",
    tuples: [textTuple(TUPLE_CODE.applicationName, "OurRec 1.0")],
  },
  A3: { type: "challengeSha1", requestId: 0x12345678, challenge: CHALLENGE },
  A4: { type: "authSha1", requestId: 0x12345679, digest: sha1Digest(CHALLENGE, "Passw0rd!") },
  A7: {
    type: "authResult",
    requestId: 0x12345679,
    result: 0,
    tuples: [
      textTuple(TUPLE_CODE.pbxVersion, "Sim IPO 11.1"),
      textTuple(TUPLE_CODE.devLinkVariant, "Standard 1.0"),
    ],
  },
  A8: { type: "authResult", requestId: 0x12345679, result: 0x80000041, tuples: [] },
  A13: { type: "authPlain", requestId: 0x12345679, password: plainPassword("Passw0rd!") },
  E1: { type: "eventRequest", requestId: 0x11, flags: ["-SCN", "-SIPTrack"] },
  E4: { type: "eventResponse", requestId: 0x11, result: 0, flags: ["-SCN", "-SIPTrack"] },
  E6: { type: "eventResponse", requestId: 0x11, result: 0x80000021, flags: [] },
  D1: delta3(1, TEXTS.D1),
  D2: delta3(2, TEXTS.D2),
  D3: delta3(3, TEXTS.D3),
  D7: delta3(7, TEXTS.D7),
  S1: {
    type: "event",
    address: "192.168.10.1",
    counter: 9,
    tuples: [sipTuple(serializeSipTrack(TRACK, 17))],
  },
  S4: {
    type: "event",
    address: "192.168.10.1",
    counter: 12,
    tuples: [
      textTuple(TUPLE_CODE.callDelta3, TEXTS.D3),
      sipTuple(serializeSipTrack({ ...TRACK, event: "END" }, 17)),
    ],
  },
  R1: { type: "fileRequest", requestId: 0x41, name: "nasystem/user_list" },
};

/** Further packets, from the tables. */
const OWN: [Packet, string][] = [
  [{ type: "challengePlain", requestId: 5 }, "803000010000000500000001"],
  [
    { type: "fileResponse", requestId: 0x41, result: 0, data: PING },
    "803000410000004100000000" + "70696e67",
  ],
  [
    { type: "fileResponse", requestId: 1, result: 0x80000061, data: NONE },
    "803000410000000180000061",
  ],
  [{ type: "eventRequest", requestId: 1, flags: [] }, "0030001100000001" + "000100"],
  [
    { type: "eventResponse", requestId: 1, result: 9, flags: ["-SCN"] },
    "803000110000000100000009" + "0005" + "2d53434e00",
  ],
];

function parse(hex: string) {
  return parsePacket(Uint8Array.from(Buffer.from(hex, "hex")));
}

function problemOf(hex: string): string | null {
  const packet = parse(hex);
  return packet.ok ? null : packet.problem.code;
}

describe("DevLink3 packets, devlink3.md §3 to §7", () => {
  for (const [name, packet] of Object.entries(EXPECTED) as [VectorName, Packet][]) {
    test(`vector ${name} is parsed, and serialized to the same bytes`, () => {
      assert.deepEqual(parsePacket(payloadOf(name)), { ok: true, value: packet });
      assert.equal(hexOf(serializePacket(packet)), VECTORS[name].slice(6));
    });
  }

  for (const [packet, hex] of OWN) {
    test(`${packet.type} ${hex.slice(0, 8)} is parsed, and serialized to the same bytes`, () => {
      assert.deepEqual(parse(hex), { ok: true, value: packet });
      assert.equal(hexOf(serializePacket(packet)), hex);
    });
  }

  test("vector E3: a flag length that is half the real one is read to the first NUL (I9)", () => {
    const packet = parsePacket(payloadOf("E3"));
    const value = { type: "eventRequest", requestId: 0x13, flags: ["-SIPTrack"] };
    assert.deepEqual(packet, { ok: true, value });
  });

  test("private packets X1 to X10 come out as unknown, X1 as a login result", () => {
    for (const name of ["X2", "X3", "X4", "X9", "X10"] as const) {
      const packet = parsePacket(payloadOf(name));
      assert.ok(packet.ok && packet.value.type === "unknown");
      assert.equal(hexOf(serializePacket(packet.value)), VECTORS[name].slice(6));
    }
    const login = parsePacket(payloadOf("X1"));
    assert.ok(login.ok && login.value.type === "authResult");
    assert.equal(hexOf(serializePacket(login.value)), VECTORS.X1.slice(6));
  });

  test("a packet cut off at any byte is a value, and never the same packet", () => {
    for (const name of Object.keys(EXPECTED) as VectorName[]) {
      // The flags of a refusal (E6) may be absent: the refusal alone is the packet.
      const length = name === "E6" ? 12 : payloadOf(name).length;
      const whole = payloadOf(name).slice(0, length);
      for (let cut = 0; cut < length; cut += 1) {
        const packet = parsePacket(whole.slice(0, cut));
        if (packet.ok) assert.notDeepEqual(packet.value, EXPECTED[name], `${name} cut at ${cut}`);
        else assert.equal(packet.problem.code, "truncated", `${name} cut at ${cut}`);
      }
    }
  });

  test("a refused login stays a refusal, whatever follows the result", () => {
    const packet = parse("80300001000000018000004100ff");
    const value = { type: "authResult", requestId: 1, result: 0x80000041, tuples: [] };
    assert.deepEqual(packet, { ok: true, value });
  });

  test("an event response that is an error needs no flags; a good one does", () => {
    const value = { type: "eventResponse", requestId: 1, result: 0x80000022, flags: [] };
    assert.deepEqual(parse("803000110000000180000022"), { ok: true, value });
    assert.deepEqual(parse("80300011000000018000002200"), { ok: true, value });
    assert.equal(problemOf("803000110000000100000000"), "truncated");
  });

  const malformed: [string, string, string][] = [
    ["no type", "0030", "truncated"],
    ["no RequestID", "0030000100", "truncated"],
    ["a test payload beyond 1000 bytes", "002a000100000001000003e9", "too-long"],
    ["a challenge beyond its limit", "80300001000000010000000200000041", "too-long"],
    ["an unknown authentication step", "003000010000000100000002", "bad-step"],
    ["a user without NUL", "003000010000000100000001414243", "truncated"],
    ["a user followed by half a tuple", "00300001000000010000000141000000", "truncated"],
    ["a login result with half a tuple", "803000010000000100000000007d", "truncated"],
    ["an event with a tuple too long", "10300011c0a80a010000000100760001000500", "truncated"],
    ["a file name too long", "0030004100000001000541", "truncated"],
    ["a test response without result", "802a000100000001", "truncated"],
    ["a file response without result", "8030004100000001", "truncated"],
  ];
  for (const [title, hex, code] of malformed) {
    test(`${title} is refused as ${code}`, () => assert.equal(problemOf(hex), code));
  }

  test("bit 31 tells errors from informational results", () => {
    assert.equal(isError(RESULT.partialSuccess), false);
    assert.equal(isError(RESULT.payloadTooLong), true);
  });

  test("any bytes after any type give a value, never an exception", () => {
    const types = ["002a0001", "802a0001", "00300001", "80300001", "00300011", "80300011"];
    const type = fc.constantFrom(...types, "10300011", "00300041", "80300041", "ffffffff");
    fc.assert(
      fc.property(type, fc.uint8Array({ maxLength: 120 }), (code, body) => {
        const packet = parsePacket(Uint8Array.from([...Buffer.from(code, "hex"), ...body]));
        assert.equal(typeof packet.ok, "boolean");
        if (!packet.ok) return;
        // What could be parsed can be serialized, and then means the same.
        const again = parsePacket(serializePacket(packet.value));
        assert.deepEqual(again, packet);
      }),
      { numRuns: 2_000 },
    );
  });
});
