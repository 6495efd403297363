// SDP codec: leg descriptions both ways, answers as others write them, bad ones as values.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseSdp, payloadTypeOf, SDP_LIMITS, serializeLegSdp } from "../../src/wire/sdp.ts";

function bytes(...lines: string[]): Uint8Array {
  return new TextEncoder().encode(lines.map((line) => `${line}\r\n`).join(""));
}

const PLAIN = { packetMs: 20, telephoneEventType: null, hasComfortNoise: false };
const HEAD = ["v=0", "o=- 1 2 IN IP4 192.0.2.10", "s=-"];

test("the offer of a leg is written line by line (RFC 8866 §5)", () => {
  const sdp = serializeLegSdp({
    sessionId: 5,
    version: 2,
    host: "192.0.2.1",
    connectionHost: "0.0.0.0",
    rtpPort: 5e4,
    law: "PCMA",
    direction: "sendonly",
    packetMs: 20,
    telephoneEventType: null,
    hasComfortNoise: false,
  });
  const expected = [
    "v=0",
    "o=IPOffice 5 2 IN IP4 192.0.2.1",
    "s=recording",
    "c=IN IP4 0.0.0.0",
    "t=0 0",
    "m=audio 50000 RTP/AVP 8",
    "a=rtpmap:8 PCMA/8000",
    "a=ptime:20",
    "a=sendonly",
  ];
  assert.deepEqual(sdp, bytes(...expected));
});

test("comfort noise and digits are offered where the leg sends them (RFC 3389, RFC 4733)", () => {
  const sdp = serializeLegSdp({
    ...{ sessionId: 5, version: 1, host: "192.0.2.1", connectionHost: "192.0.2.1" },
    ...{ rtpPort: 50_000, law: "PCMU", direction: "sendonly" },
    ...{ packetMs: 40, telephoneEventType: 101, hasComfortNoise: true },
  });
  const expected = [
    ...["v=0", "o=IPOffice 5 1 IN IP4 192.0.2.1", "s=recording", "c=IN IP4 192.0.2.1", "t=0 0"],
    ...["m=audio 50000 RTP/AVP 0 13 101", "a=rtpmap:0 PCMU/8000", "a=rtpmap:13 CN/8000"],
    ...["a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-15", "a=ptime:40", "a=sendonly"],
  ];
  assert.deepEqual(sdp, bytes(...expected));
});

test("other codecs come before G.711, or alone (RFC 3551 §6)", () => {
  const leg = {
    ...{ sessionId: 5, version: 1, host: "192.0.2.1", connectionHost: "192.0.2.1" },
    ...{ rtpPort: 50_000, law: "PCMA" as const, direction: "sendonly" as const, ...PLAIN },
  };
  const linesOf = (otherCodecs: "before" | "only") =>
    new TextDecoder().decode(serializeLegSdp({ ...leg, otherCodecs })).split("\r\n");
  assert.ok(linesOf("before").includes("m=audio 50000 RTP/AVP 9 18 8 0"));
  assert.ok(linesOf("before").includes("a=rtpmap:18 G729/8000"));
  assert.ok(linesOf("only").includes("m=audio 50000 RTP/AVP 9 18"));
});

test("a leg's description is read back as it was meant", () => {
  fc.assert(
    fc.property(
      fc.constantFrom("PCMU" as const, "PCMA" as const),
      fc.constantFrom("sendonly" as const, "inactive" as const, "sendrecv" as const),
      fc.integer({ min: 1, max: 65_534 }),
      fc.constantFrom("192.0.2.1", "2001:db8::1"),
      (law, direction, rtpPort, host) => {
        const leg = { sessionId: 9, version: 3, host, connectionHost: host, rtpPort };
        const result = parseSdp(serializeLegSdp({ ...leg, ...PLAIN, law, direction }));
        assert.ok(result.ok);
        const payloadType = payloadTypeOf(law);
        assert.deepEqual(result.value, {
          username: "IPOffice",
          sessionId: "9",
          version: "3",
          originHost: host,
          media: [
            {
              kind: "audio",
              port: rtpPort,
              protocol: "RTP/AVP",
              payloadTypes: [payloadType],
              connectionHost: host,
              direction,
              packetMs: 20,
              rtcpPort: null,
              crypto: [],
              encodings: new Map([[payloadType, `${law}/8000`]]),
            },
          ],
        });
      },
    ),
  );
});

test("media inherit connection and direction, and may say otherwise", () => {
  const result = parseSdp(
    bytes(
      ...HEAD,
      "c=IN IP4 192.0.2.10/127",
      "t=0 0",
      "a=recvonly",
      "m=audio 40000/2 RTP/AVP 0 101",
      "a=rtcp:40009 IN IP4 192.0.2.10",
      "a=silenceSupp:off",
      "m=video 0 RTP/AVP 96",
      "c=IN IP6 ::1",
      "a=inactive",
      "m=image 9 udptl t38",
    ),
  );
  assert.ok(result.ok);
  const [audio, video, image] = result.value.media;
  assert.equal(audio!.direction, "recvonly");
  assert.equal(audio!.connectionHost, "192.0.2.10");
  assert.equal(audio!.rtcpPort, 40_009);
  assert.equal(video!.direction, "inactive");
  assert.equal(video!.connectionHost, "::1");
  assert.deepEqual(image!.payloadTypes, []);
});

const KEY = Uint8Array.from({ length: 30 }, (_, at) => at);
const BASE64 = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd";

test("keys stand with the stream that they protect, a plain line beside it (RFC 4568 §4)", () => {
  const line = { tag: 1, suite: "AES_CM_128_HMAC_SHA1_80", keyAndSalt: KEY };
  const sdp = (plain: "absent" | "offered" | "refused", keyLimits: string | null) =>
    serializeLegSdp({
      ...{ sessionId: 5, version: 1, host: "192.0.2.1", connectionHost: "192.0.2.1" },
      ...{ rtpPort: 50_000, law: "PCMU", direction: "sendonly", ...PLAIN },
      security: { crypto: [{ ...line, keyLimits, parameters: ["UNENCRYPTED_SRTCP"] }], plain },
    });
  const secure = ["a=rtpmap:0 PCMU/8000", "a=ptime:20", "a=sendonly"];
  const head = ["v=0", "o=IPOffice 5 1 IN IP4 192.0.2.1", "s=recording", "c=IN IP4 192.0.2.1"];
  const crypto = (limits: string): string =>
    `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${BASE64}${limits} UNENCRYPTED_SRTCP`;
  const protectedStream = [...head, "t=0 0", "m=audio 50000 RTP/SAVP 0", ...secure];
  assert.deepEqual(sdp("absent", null), bytes(...protectedStream, crypto("")));
  assert.deepEqual(
    sdp("offered", "2^31"),
    bytes(...protectedStream, crypto("|2^31"), "m=audio 50000 RTP/AVP 0", ...secure),
  );
  assert.deepEqual(
    sdp("refused", null),
    bytes(...protectedStream, crypto(""), "m=audio 0 RTP/AVP 0"),
  );
});

test("a=crypto is read with all that may follow the key; what cannot be read is left out", () => {
  const result = parseSdp(
    bytes(
      ...HEAD,
      "c=IN IP4 192.0.2.10",
      "m=audio 40000 RTP/SAVP 0",
      `a=crypto:7 AES_CM_128_HMAC_SHA1_32 inline:${BASE64}|2^20|1:4 KDR=1 UNENCRYPTED_SRTCP`,
      "a=crypto:8 AES_CM_128_HMAC_SHA1_80 inline:AAAA",
      "a=crypto:x AES_CM_128_HMAC_SHA1_80 inline:AAAA",
      "a=crypto:9 AES_CM_128_HMAC_SHA1_80 uri:AAAA",
    ),
  );
  assert.ok(result.ok);
  const suite = "AES_CM_128_HMAC_SHA1_32";
  const parameters = ["KDR=1", "UNENCRYPTED_SRTCP"];
  assert.deepEqual(result.value.media[0]!.crypto, [
    { tag: 7, suite, keyAndSalt: KEY, keyLimits: "2^20|1:4", parameters },
    {
      ...{ tag: 8, suite: "AES_CM_128_HMAC_SHA1_80", keyAndSalt: new Uint8Array(3) },
      ...{ keyLimits: null, parameters: [] },
    },
  ]);
});

test("bad descriptions are values with a code", () => {
  const cases: [Uint8Array, string][] = [
    [new Uint8Array(0), "truncated"],
    [bytes("o=- 1 2 IN IP4 a"), "bad-version"],
    [bytes("v=0", "s=-"), "bad-origin"],
    [bytes(...HEAD, "m=audio x RTP/AVP 0"), "bad-media"],
    [bytes(...HEAD, "m=audio 70000 RTP/AVP 0"), "bad-media"],
    [bytes(...HEAD, "m=audio 5 RTP/AVP 128"), "bad-media"],
    [bytes(...HEAD, "m=audio 5 RTP/AVP"), "bad-media"],
    [bytes(...HEAD, "c=ATM somewhere"), "bad-connection"],
    [bytes(...HEAD, "nonsense"), "bad-line"],
    [bytes(...HEAD, ...Array.from({ length: 40 }, () => "m=audio 5 RTP/AVP 0")), "too-many"],
    [bytes(...HEAD, ...Array.from({ length: 2000 }, () => "a=x")), "too-many"],
    [new Uint8Array(SDP_LIMITS.bytes + 1), "too-long"],
  ];
  for (const [data, code] of cases) {
    const result = parseSdp(data);
    assert.equal(!result.ok && result.problem.code, code);
  }
});

test("a description cut at every byte, or any bytes, is a value", () => {
  const whole = bytes(...HEAD, "c=IN IP4 192.0.2.10", "t=0 0", "m=audio 40000 RTP/AVP 0");
  for (let length = 0; length <= whole.length; length += 1) {
    assert.equal(typeof parseSdp(whole.subarray(0, length)).ok, "boolean");
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (data) => void parseSdp(data)));
});
