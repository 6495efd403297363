// Packets: the vectors of the specification both ways, truncation at every byte, odd lengths.
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { FrameReader, serializeFrame } from "../../src/wire/devlink3-frame.ts";
import { parsePacket, RESULT, type DevLink3Packet } from "../../src/wire/devlink3-packet.ts";
import { serializePacket } from "../../src/wire/devlink3-packet-writer.ts";
import { decodeText, encodeText, TUPLE } from "../../src/wire/devlink3-tuple.ts";
import { DEVLINK3_VECTORS, vector, type VectorName } from "./devlink3-vectors.ts";

const CHALLENGE = Uint8Array.from({ length: 16 }, (_, index) => index);
const ADDRESS = 0xc0a80a01;

function payloadOf(name: VectorName): Uint8Array {
  const [payload] = new FrameReader().push(vector(name));
  assert.ok(payload);
  return payload;
}

function packetOf(name: VectorName): DevLink3Packet {
  const packet = parsePacket(payloadOf(name));
  assert.ok(packet.ok, name);
  return packet.value;
}

function tuple(code: number, text: string) {
  return { code, data: encodeText(text) };
}

/** What each vector says; written here from the words of the specification. */
const MEANINGS: Readonly<Partial<Record<VectorName, DevLink3Packet>>> = {
  T1: { type: "testRequest", requestId: 0x12345678, payloadBytes: 0, payload: new Uint8Array() },
  T2: {
    type: "testRequest",
    requestId: 2,
    payloadBytes: 4,
    payload: new TextEncoder().encode("ping"),
  },
  T3: {
    type: "testResponse",
    requestId: 2,
    result: RESULT.success,
    payload: new TextEncoder().encode("ping"),
  },
  A1: { type: "authRequest", requestId: 0x12345678, user: "recorder", tuples: [] },
  A2: {
    type: "authRequest",
    requestId: 0x12345678,
    user: "recorder",
    tuples: [tuple(TUPLE.applicationName, "OurRec 1.0")],
  },
  A3: { type: "authChallenge", requestId: 0x12345678, challenge: CHALLENGE },
  A4: {
    type: "authDigest",
    requestId: 0x12345679,
    digest: new Uint8Array(Buffer.from("a2bfc737a856a10eec88ec588fe619c1ab09d88c", "hex")),
  },
  A7: {
    type: "authResult",
    requestId: 0x12345679,
    result: RESULT.success,
    tuples: [tuple(TUPLE.pbxVersion, "Sim IPO 11.1"), tuple(TUPLE.devlinkVariant, "Standard 1.0")],
  },
  A8: {
    type: "authResult",
    requestId: 0x12345679,
    result: RESULT.authenticationFailed,
    tuples: [],
  },
  A13: {
    type: "authPlain",
    requestId: 0x12345679,
    password: new TextEncoder().encode("Passw0rd!"),
  },
  E1: { type: "eventRequest", requestId: 0x11, flags: "-SCN -SIPTrack" },
  E4: { type: "eventResponse", requestId: 0x11, result: 0, flags: "-SCN -SIPTrack" },
  E6: { type: "eventResponse", requestId: 0x11, result: RESULT.unknownFlag, flags: "" },
  R1: { type: "readRequest", requestId: 0x41, name: "nasystem/user_list" },
};

for (const [name, meaning] of Object.entries(MEANINGS) as [VectorName, DevLink3Packet][]) {
  test(`vector ${name} reads and writes as the specification says`, () => {
    assert.deepEqual(packetOf(name), meaning);
    const frame = serializeFrame(serializePacket(meaning));
    assert.ok(frame.ok);
    assert.equal(Buffer.from(frame.value).toString("hex"), DEVLINK3_VECTORS[name]);
  });
}

for (const [name, counter, texts] of [
  ["D1", 1, 1],
  ["D2", 2, 1],
  ["D3", 3, 1],
  ["D7", 7, 1],
  ["S1", 9, 1],
  ["S4", 12, 2],
] as const) {
  test(`vector ${name} is event ${counter} with ${texts} tuple(s), and writes back`, () => {
    const packet = packetOf(name);
    assert.ok(packet.type === "event");
    assert.equal(packet.address, ADDRESS);
    assert.equal(packet.counter, counter);
    assert.equal(packet.tuples.length, texts);
    assert.deepEqual(serializePacket(packet), payloadOf(name));
  });
}

test("the vendor's sample halves the length of the flags, and is understood (I9, vector E3)", () => {
  assert.deepEqual(packetOf("E3"), {
    type: "eventRequest",
    requestId: 0x13,
    flags: "-SIPTrack",
  });
});

test("a plain challenge carries nothing", () => {
  const packet: DevLink3Packet = { type: "authChallenge", requestId: 5, challenge: null };
  const payload = serializePacket(packet);
  assert.equal(Buffer.from(payload).toString("hex"), "803000010000000500000001");
  assert.deepEqual(parsePacket(payload), { ok: true, value: packet });
});

test("the extension's types are unknown to this codec and kept whole", () => {
  const packet = packetOf("X2");
  assert.ok(packet.type === "unknown");
  assert.equal(packet.code, 0x003000f1);
  assert.deepEqual(serializePacket(packet), payloadOf("X2"));
});

test("a test payload above 1000 bytes is not read, so that it can be refused", () => {
  const packet = parsePacket(Uint8Array.from(Buffer.from("002a000100000001000003e9", "hex")));
  assert.ok(packet.ok && packet.value.type === "testRequest");
  assert.equal(packet.value.payloadBytes, 1001);
  assert.equal(packet.value.payload.length, 0);
});

const MALFORMED: readonly (readonly [string, string])[] = [
  ["a packet without a type", "002a00"],
  ["a test request whose payload is missing", "002a000100000001000000040102"],
  ["a test response whose payload is missing", "802a00010000000100000000000000040102"],
  ["a user name without NUL", "0030000100000001000000017265"],
  ["a digest of another length", "003000010000000100000050000000130000"],
  ["a password of another length", "003000010000000100000051000000010000"],
  ["an unknown kind of authentication", "003000010000000100000052"],
  ["a challenge of another length", "803000010000000100000002000000040000"],
  ["a tuple past the payload's end", "00300001000000010000000172007e0001000b41"],
  ["flags past the payload's end", "00300011000000010020"],
  ["a file name past the payload's end", "0030004100000001002041"],
];
for (const [what, bytes] of MALFORMED) {
  test(`${what} is a value, not an exception`, () => {
    const packet = parsePacket(new Uint8Array(Buffer.from(bytes, "hex")));
    assert.equal(packet.ok, false);
  });
}

test("every vector cut at any byte, and any bytes at all, give a value", () => {
  for (const name of Object.keys(DEVLINK3_VECTORS) as VectorName[]) {
    const payload = payloadOf(name);
    for (let end = 0; end < payload.length; end += 1) {
      assert.equal(typeof parsePacket(payload.slice(0, end)).ok, "boolean");
    }
  }
  const heads = fc.constantFrom(...Object.values(DEVLINK3_VECTORS).map((hex) => hex.slice(6, 14)));
  fc.assert(
    fc.property(heads, fc.uint8Array({ maxLength: 60 }), (head, rest) => {
      const packet = parsePacket(new Uint8Array(Buffer.concat([Buffer.from(head, "hex"), rest])));
      assert.equal(typeof packet.ok, "boolean");
    }),
  );
});

test("read responses carry the rest of the frame as it is", () => {
  const data = Uint8Array.of(0, 1, 2, 0);
  const packet: DevLink3Packet = { type: "readResponse", requestId: 9, result: 0, data };
  assert.deepEqual(parsePacket(serializePacket(packet)), { ok: true, value: packet });
  assert.equal(decodeText(Uint8Array.of(0x41, 0, 0)), "A");
});
