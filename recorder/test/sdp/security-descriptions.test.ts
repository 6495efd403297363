// `a=crypto` lines of an offer, and the answer to an offer of SRTP: RFC 4568.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { answerOffer, negotiationFrom, whyNone } from "../../src/sdp/answer.ts";
import { securityDescriptionOf } from "../../src/sdp/security-descriptions.ts";
import { parseSessionDescription } from "../../src/sdp/session-description.ts";

const KEY = Buffer.alloc(30, 1).toString("base64");
const OUR_KEY = Buffer.alloc(30, 2).toString("base64");
const SUITE = "AES_CM_128_HMAC_SHA1_80";
const SHORT = "AES_CM_128_HMAC_SHA1_32";
const SESSION = { sessionId: "1", sessionVersion: 1 };
const LOCAL = { host: "192.0.2.10", rtpPort: 5004, ...SESSION, srtpKey: () => OUR_KEY };
const TLS = { host: "192.0.2.1", isEncrypted: true };
const UDP = { host: "192.0.2.1", isEncrypted: false };

function offerOf(lines: readonly string[]) {
  const head = ["v=0", "o=pbx 1 1 IN IP4 192.0.2.1", "s=-", "c=IN IP4 192.0.2.1", "t=0 0"];
  const parsed = parseSessionDescription([...head, ...lines, ""].join("\r\n"));
  assert.ok(parsed.ok);
  return parsed.value;
}

function lineOf(value: string) {
  const attributes = [{ name: "crypto", value }];
  const media = { type: "audio", port: 1, protocol: "RTP/SAVP", formats: ["0"], connection: null };
  return securityDescriptionOf({ ...media, attributes });
}

test("a line that can be taken: key, lifetime, parameters", () => {
  const taken = { tag: "1", suite: SUITE, masterKey: KEY, isSrtcpPlain: false };
  for (const value of [
    `1 ${SUITE} inline:${KEY}`,
    `1  ${SUITE}  inline:${KEY} `,
    `1 ${SUITE} inline:${KEY}|2^20`,
    `1 ${SUITE} inline:${KEY}|1048576`,
    `1 ${SUITE} inline:${KEY} WSH=128`,
    `1 ${SUITE} inline:${KEY} -SOMETHING=1`,
  ]) {
    assert.deepEqual(lineOf(value), taken, value);
  }
  assert.deepEqual(lineOf(`3 ${SHORT} inline:${KEY} UNENCRYPTED_SRTCP`), {
    ...{ tag: "3", suite: SHORT, masterKey: KEY, isSrtcpPlain: true },
  });
});

test("a line that cannot be taken is passed over", () => {
  for (const value of [
    "",
    `x ${SUITE} inline:${KEY}`,
    `1 F8_128_HMAC_SHA1_80 inline:${KEY}`,
    `1 AES_256_CM_HMAC_SHA1_80 inline:${KEY}`,
    `1 ${SUITE} inline:${KEY.slice(1)}`,
    `1 ${SUITE} inline:${KEY}|2^20|1:4`,
    `1 ${SUITE} inline:${KEY}|1:4`,
    `1 ${SUITE} inline:${KEY};inline:${KEY}`,
    `1 ${SUITE} uri:https://192.0.2.1/key`,
    `1 ${SUITE} inline:${KEY} UNENCRYPTED_SRTP`,
    `1 ${SUITE} inline:${KEY} UNAUTHENTICATED_SRTP`,
    `1 ${SUITE} inline:${KEY} KDR=1`,
    `1 ${SUITE} inline:${KEY} WSH=x`,
  ]) {
    assert.equal(lineOf(value), null, value);
  }
});

test("whatever an offer's line says, nothing is thrown", () => {
  fc.assert(
    fc.property(fc.string(), (value) => {
      const line = lineOf(value);
      assert.ok(line === null || line.masterKey.length === 40);
    }),
    { seed: 1 },
  );
});

const SECURE = [
  "m=audio 4000 RTP/SAVP 0",
  `a=crypto:1 F8_128_HMAC_SHA1_80 inline:${KEY}`,
  `a=crypto:2 ${SHORT} inline:${KEY}|2^31 UNENCRYPTED_SRTCP`,
  `a=crypto:3 ${SUITE} inline:${KEY}`,
];

test("over TLS an offer of SRTP is answered with the first line that we know, and our key", () => {
  const answer = answerOffer(offerOf(SECURE), LOCAL, TLS);
  assert.ok(answer.ok);
  const lines = answer.sdp.split("\r\n");
  assert.ok(lines.includes("m=audio 5004 RTP/SAVP 0"));
  assert.deepEqual(
    lines.filter((line) => line.startsWith("a=crypto")),
    [`a=crypto:2 ${SHORT} inline:${OUR_KEY} UNENCRYPTED_SRTCP`],
  );
  assert.deepEqual(answer.negotiation.srtp, { suite: SHORT, masterKey: KEY });
});

test("SRTP comes before plain RTP, wherever it stands; plain RTP is taken where it cannot", () => {
  const plain = "m=audio 4002 RTP/AVP 0";
  const unknown = ["m=audio 4000 RTP/SAVP 0", `a=crypto:1 F8_128_HMAC_SHA1_80 inline:${KEY}`];
  for (const [lines, peer, media] of [
    [[plain, ...SECURE], TLS, ["m=audio 0 RTP/AVP 0", "m=audio 5004 RTP/SAVP 0"]],
    [[...SECURE, plain], TLS, ["m=audio 5004 RTP/SAVP 0", "m=audio 0 RTP/AVP 0"]],
    [[...SECURE, plain], UDP, ["m=audio 0 RTP/SAVP 0", "m=audio 5004 RTP/AVP 0"]],
    [[...unknown, plain], TLS, ["m=audio 0 RTP/SAVP 0", "m=audio 5004 RTP/AVP 0"]],
  ] as const) {
    const answer = answerOffer(offerOf(lines), LOCAL, peer);
    assert.ok(answer.ok);
    const found = answer.sdp.split("\r\n").filter((line) => line.startsWith("m="));
    assert.deepEqual(found, media);
    const isSecure = media.some((line) => line.includes("5004 RTP/SAVP"));
    assert.equal("srtp" in answer.negotiation, isSecure);
  }
});

test("488 says why: keys that anybody could read, and lines that we do not know", () => {
  const unknown = offerOf(["m=audio 4000 RTP/SAVP 0", `a=crypto:1 ${SUITE} inline:short`]);
  for (const [offer, peer, why] of [
    [offerOf(SECURE), UDP, /SIP is not over TLS/],
    [unknown, TLS, /No a=crypto line/],
    [offerOf(["m=audio 4000 RTP/AVP 18"]), TLS, /No PCMU or PCMA/],
  ] as const) {
    const answer = answerOffer(offer, LOCAL, peer);
    assert.ok(!answer.ok);
    assert.match(answer.why, why);
    assert.equal(answer.why, whyNone(offer, peer));
    assert.doesNotMatch(answer.why, /["\\]/, "it stands in quotes");
    assert.equal(negotiationFrom(offer, peer), null);
  }
});
