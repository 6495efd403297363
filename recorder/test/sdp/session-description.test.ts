// SDP codec: both ways, liberal where RFC 8866 is strict about what nobody needs, limits, noise.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  attributeValue,
  parseSessionDescription,
  serializeSessionDescription,
} from "../../src/sdp/session-description.ts";

const TEXT = [
  "v=0",
  "o=UserA 2890844526 2890842807 IN IP4 192.0.2.1",
  "s=Session SDP",
  "c=IN IP4 192.0.2.1",
  "t=0 0",
  "a=sendonly",
  "m=audio 49170 RTP/AVP 0 8 101",
  "a=rtpmap:101 telephone-event/8000",
  "m=video 0 RTP/AVP 31",
  "c=IN IP6 2001:db8::1",
  "",
].join("\r\n");

test("a description is read and written again byte for byte", () => {
  const description = parseSessionDescription(TEXT);
  assert.ok(description.ok);
  assert.equal(serializeSessionDescription(description.value), TEXT);
  assert.equal(attributeValue(description.value, "sendonly"), "");
  assert.equal(attributeValue(description.value, "inactive"), null);
  assert.deepEqual(description.value.media[1]?.connection, {
    addressType: "IP6",
    address: "2001:db8::1",
  });
});

test("bare line feeds, unknown lines, missing s= and t=, TTLs and port counts are taken", () => {
  const description = parseSessionDescription(
    "v=0\no=- 1 1 IN IP4 h\nb=AS:64\nz=0\nc=IN IP4 224.2.36.42/127\nm=audio 5004/2 RTP/AVP 0\ni=x\n",
  );
  assert.ok(description.ok);
  assert.deepEqual([description.value.sessionName, description.value.timing], ["-", "0 0"]);
  assert.equal(description.value.connection?.address, "224.2.36.42");
  assert.equal(description.value.media[0]?.port, 5004);
});

const BAD: readonly [name: string, text: string, code: string][] = [
  ["empty", "", "bad-version"],
  ["no version", "o=- 1 1 IN IP4 h\r\n", "bad-version"],
  ["no origin", "v=0\r\ns=-\r\n", "no-origin"],
  ["a bad origin", "v=0\r\no=- 1 x IN IP4 h\r\n", "bad-line"],
  ["a bad connection", "v=0\r\no=- 1 1 IN IP4 h\r\nc=IN IP5 h\r\n", "bad-line"],
  ["a bad m-line", "v=0\r\no=- 1 1 IN IP4 h\r\nm=audio x RTP/AVP 0\r\n", "bad-line"],
  ["a port above 65535", "v=0\r\no=- 1 1 IN IP4 h\r\nm=audio 70000 RTP/AVP 0\r\n", "bad-line"],
  ["a line without =", "v=0\r\no=- 1 1 IN IP4 h\r\nnonsense\r\n", "bad-line"],
  [
    "too many m-lines",
    `v=0\r\no=- 1 1 IN IP4 h\r\n${"m=audio 1 RTP/AVP 0\r\n".repeat(33)}`,
    "bad-line",
  ],
  [
    "too many formats",
    `v=0\r\no=- 1 1 IN IP4 h\r\nm=audio 1 RTP/AVP${" 0".repeat(129)}\r\n`,
    "bad-line",
  ],
  ["too many lines", `v=0\r\n${"a=x\r\n".repeat(1_100)}`, "too-many-lines"],
  ["too long", `v=0\r\n${"a".repeat(70_000)}`, "too-large"],
];
for (const [name, text, code] of BAD) {
  test(`${name} is refused`, () => {
    const description = parseSessionDescription(text);
    assert.equal(!description.ok && description.problem.code, code);
  });
}

test("cut at every byte and damaged at random: a value", () => {
  for (let length = 0; length < TEXT.length; length++)
    parseSessionDescription(TEXT.slice(0, length));
  fc.assert(
    fc.property(fc.nat(TEXT.length), fc.string({ maxLength: 5 }), (at, noise) => {
      const damaged = parseSessionDescription(TEXT.slice(0, at) + noise + TEXT.slice(at));
      if (!damaged.ok) return;
      const again = parseSessionDescription(serializeSessionDescription(damaged.value));
      assert.deepEqual(again, damaged);
    }),
    { numRuns: 300, seed: 7 },
  );
});
