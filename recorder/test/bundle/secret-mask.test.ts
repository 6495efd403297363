// What leaves the house in a bundle holds no secret, in whatever coding it stands (R24).
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { maskRawLine } from "../../src/bundle/raw-log-mask.ts";
import { SecretMask } from "../../src/bundle/secret-mask.ts";
import { serializeFrame } from "../../src/devlink3/frame.ts";
import { serializePacket, type Packet } from "../../src/devlink3/packet.ts";

const SECRET = 'Pä"ssw0rd!/+';
const STAMP = "2026-11-23T10:00:00.000Z 192.0.2.1";

const rawLine = (packet: Packet, direction = "out"): string => {
  const hex = Buffer.from(serializeFrame(serializePacket(packet))).toString("hex");
  return `${STAMP} ${direction} ${hex}`;
};

test("R24 a configured secret is masked as text, URL, JSON, Base64 and hex", () => {
  const mask = new SecretMask([SECRET]);
  const bytes = Buffer.from(SECRET);
  const texts = [
    SECRET,
    encodeURIComponent(SECRET),
    bytes.toString("base64"),
    bytes.toString("hex"),
    JSON.stringify(SECRET).slice(1, -1),
  ];
  for (const text of texts) assert.equal(mask.line(`before ${text} after`), "before *** after");
  assert.equal(mask.line(JSON.stringify({ detail: `it is ${SECRET}` })), '{"detail":"it is ***"}');
  assert.equal(mask.count > 0, true);
});

test("R24 credentials are masked by their place, though the value is not known", () => {
  const mask = new SecretMask([]);
  const sip =
    'INVITE sip:a@b SIP/2.0\r\nAuthorization: Digest username="u", response="abc"\r\nTo: <x>';
  const line = JSON.stringify({ msg: "SIP in", text: sip });
  assert.equal(
    mask.line(line),
    JSON.stringify({ msg: "SIP in", text: sip.replace(/Digest .*(?=\r\nTo)/, "***") }),
  );
  const cases: [string, string][] = [
    ["authorization: Bearer tapeline_abcdefghijklmnopqrst", "authorization: ***"],
    ["key tapeline_abcdefghijklmnopqrst made", "key tapeline_*** made"],
    ["https://u:p4ss@host/x?token=t0k&a=1", "https://u:***@host/x?token=***&a=1"],
    [
      "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZi|2^20",
      "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:***|2^20",
    ],
    [
      "-----BEGIN EC PRIVATE KEY-----\nMHcCAQ\n-----END EC PRIVATE KEY-----",
      "-----PRIVATE KEY ***-----",
    ],
    ["cookie tapeline_session=abc.def; x", "cookie tapeline_session=***; x"],
    ['{"link":{"password":"p"},"hash":"00ff"}', '{"link":{"password":"***"},"hash":"***"}'],
  ];
  for (const [before, after] of cases) assert.equal(mask.line(before), after);
});

test("what holds no secret is not touched, whatever its form", () => {
  const mask = new SecretMask([SECRET]);
  const lines = [
    '{"level": "info",   "recordingId":"k", "callKey":"a-1"}',
    '2026-11-23T10:00:00.000Z 192.0.2.1 {"kind":"Detail"}',
    "Basic configuration of the recorder",
    "{ not json",
    "",
  ];
  for (const line of lines) assert.equal(mask.line(line), line);
  assert.equal(mask.count, 0);
});

test("a secret of a few letters is masked only by its place", () => {
  const mask = new SecretMask(["abc"]);
  assert.equal(mask.line('{"password":"abc","msg":"abc"}'), '{"password":"***","msg":"abc"}');
});

test("R24 answers to a challenge are blanked in cd3_log, and the line keeps its length", () => {
  const digest = Buffer.from("a2bfc737a856a10eec88ec588fe619c1ab09d88c", "hex");
  const line = rawLine({ type: "authSha1", requestId: 7, digest });
  const masked = new SecretMask([]).line(line);
  assert.ok(!masked.includes(digest.toString("hex")));
  assert.equal(masked.length, line.length);
  assert.ok(masked.endsWith("2a".repeat(20)));
  const plain = Buffer.alloc(32);
  plain.write("Passw0rd!");
  const sent = rawLine({ type: "authPlain", requestId: 7, password: plain });
  assert.ok(!new SecretMask([]).line(sent).includes(Buffer.from("Passw0rd!").toString("hex")));
  const request = rawLine({ type: "authRequest", requestId: 7, user: "recorder", tuples: [] });
  assert.equal(new SecretMask([]).line(request), request);
});

test("R24 a configured password is blanked in cd3_log wherever its bytes stand", () => {
  const hex = Buffer.from(`xx${SECRET}yy`).toString("hex");
  const masked = new SecretMask([SECRET]).line(`${STAMP} in ${hex}`);
  assert.equal(masked, `${STAMP} in 7878${"2a".repeat(Buffer.from(SECRET).length)}7979`);
  const wide = Buffer.from(SECRET, "utf16le");
  const both = `${wide.toString("hex")}${Buffer.from(wide).swap16().toString("hex")}`;
  assert.match(new SecretMask([SECRET]).line(`${STAMP} in ${both}`), /in (?:2a)+$/);
});

test("no line whatever makes the masks throw, nor lets a long secret through", () => {
  const secret = "s3cret-value-of-some-length";
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.boolean(), (before, after, isJson) => {
      const mask = new SecretMask([secret]);
      const text = `${before}${secret}${after}`;
      const line = isJson ? JSON.stringify({ [before]: [text] }) : text;
      assert.ok(!mask.line(line).includes(secret));
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const hex = Buffer.from(bytes).toString("hex");
      const masked = maskRawLine(`${STAMP} in ${hex}`, []);
      assert.equal(masked === null, bytes.length === 0);
    }),
  );
});
