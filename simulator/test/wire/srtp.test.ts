// SRTP of the simulated IP Office: the vectors of RFC 3711 Appendix B, and werift as the receiver.
import assert from "node:assert/strict";
import { test } from "node:test";
import { SrtpSession } from "werift";
import { serializeRtp } from "../../src/wire/rtp.ts";
import {
  deriveSrtpKeys,
  isSrtpSuite,
  protectRtp,
  RolloverCounter,
  SRTP_KEY_BYTES,
  SRTP_SUITES,
} from "../../src/wire/srtp.ts";

const SUITE = "AES_CM_128_HMAC_SHA1_80";
/** SRTP_AES128_CM_HMAC_SHA1_80 (RFC 5764 §4.1.2): werift has no 32. */
const WERIFT_PROFILE = 1;
const HEADER_BYTES = 12;
const MASTER = Uint8Array.from({ length: SRTP_KEY_BYTES }, (_, at) => (at * 7 + 3) & 0xff);

function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));
}

function packetOf(fields: {
  readonly sequence: number;
  readonly ssrc: number;
  readonly payload: Uint8Array;
}): Uint8Array {
  return serializeRtp({
    ...{ marker: false, payloadType: 0, timestamp: fields.sequence * 160 },
    ...{ contributors: [], extension: null, paddingBytes: 0, ...fields },
  });
}

function speech(number: number): Uint8Array {
  return Uint8Array.from({ length: 160 }, (_, at) => (number * 31 + at) & 0xff);
}

test("the keystream of counter mode is that of RFC 3711 Appendix B.2", () => {
  const keys = {
    cipherKey: hex("2B7E151628AED2A6ABF7158809CF4F3C"),
    cipherSalt: hex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD"),
    authenticationKey: new Uint8Array(20),
    tagBytes: 10,
  };
  const packet = packetOf({ sequence: 0, ssrc: 0, payload: new Uint8Array(0xff02 * 16) });
  const stream = protectRtp(packet, 0, keys).subarray(HEADER_BYTES);
  for (const [block, expected] of [
    [0x0000, "E03EAD0935C95E80E166B16DD92B4EB4"],
    [0x0001, "D23513162B02D0F72A43A2FE4A5F97AB"],
    [0x0002, "41E95B3BB0A2E8DD477901E4FCA894C0"],
    [0xfeff, "EC8CDF7398607CB0F2D21675EA9EA1E4"],
    [0xff00, "362B7C3C6773516318A077D7FC5073AE"],
    [0xff01, "6A2CC3787889374FBEB4C81B17BA6C44"],
  ] as const) {
    assert.deepEqual(stream.slice(16 * block, 16 * block + 16), hex(expected), `block ${block}`);
  }
});

test("session keys are those of RFC 3711 Appendix B.3", () => {
  const master = hex("E1F97A0D3E018BE0D64FA32C06DE4139 0EC675AD498AFEEBB6960B3AABE6");
  const keys = deriveSrtpKeys(SUITE, master);
  assert.deepEqual(
    Buffer.from(keys.cipherKey),
    Buffer.from("C61E7A93744F39EE10734AFE3FF7A087", "hex"),
  );
  assert.deepEqual(
    Buffer.from(keys.cipherSalt),
    Buffer.from("30CBBC08863D8C85D49DB34A9AE1", "hex"),
  );
  assert.deepEqual(
    Buffer.from(keys.authenticationKey),
    Buffer.from("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4", "hex"),
  );
  assert.equal(keys.tagBytes, 10);
});

test("a key of another length than 30 bytes is refused; suites are known by name", () => {
  assert.throws(() => deriveSrtpKeys(SUITE, new Uint8Array(29)), /29 bytes/);
  assert.ok(SRTP_SUITES.every(isSrtpSuite));
  assert.ok(!isSrtpSuite("F8_128_HMAC_SHA1_80") && !isSrtpSuite("toString"));
});

test("werift opens 4,000 packets over a wrap and changes of the SSRC", () => {
  const [key, salt] = [Buffer.from(MASTER.subarray(0, 16)), Buffer.from(MASTER.subarray(16))];
  const receiver = new SrtpSession({
    profile: WERIFT_PROFILE,
    keys: {
      ...{ localMasterKey: key, localMasterSalt: salt },
      ...{ remoteMasterKey: key, remoteMasterSalt: salt },
    },
  });
  const keys = deriveSrtpKeys(SUITE, MASTER);
  const counter = new RolloverCounter();
  for (let number = 0; number < 4_000; number += 1) {
    // Each source begins shortly before the wrap.
    const ssrc = 0x8000_0000 + Math.floor(number / 1_000);
    const sequence = (65_000 + (number % 1_000)) & 0xffff;
    const packet = packetOf({ sequence, ssrc, payload: speech(number) });
    const before = packet.slice();
    const rollover = counter.of(packet);
    assert.equal(rollover, number % 1_000 < 536 ? 0 : 1);
    const wire = protectRtp(packet, rollover, keys);
    assert.deepEqual(packet, before);
    assert.notDeepEqual(wire.subarray(HEADER_BYTES, packet.length), packet.subarray(HEADER_BYTES));
    assert.deepEqual(Uint8Array.from(receiver.decrypt(Buffer.from(wire))), packet);
  }
});

test("the tag of 32 bits is the beginning of that of 80 (§4.2.1)", () => {
  const packet = packetOf({ sequence: 1, ssrc: 2, payload: speech(3) });
  const long = protectRtp(packet, 4, deriveSrtpKeys(SUITE, MASTER));
  const short = protectRtp(packet, 4, deriveSrtpKeys("AES_CM_128_HMAC_SHA1_32", MASTER));
  assert.equal(long.length, packet.length + 10);
  assert.equal(short.length, packet.length + 4);
  assert.deepEqual(short, long.subarray(0, short.length));
});

test("numbers may be left out, and the count of each source goes on for itself (§3.3.1)", () => {
  const counter = new RolloverCounter();
  const of = (ssrc: number, sequence: number): number =>
    counter.of(packetOf({ ssrc, sequence, payload: new Uint8Array(0) }));
  assert.deepEqual(
    [of(1, 65_530), of(1, 4), of(2, 9), of(1, 65_000), of(1, 0), of(2, 10)],
    [0, 1, 0, 1, 2, 0],
  );
});
