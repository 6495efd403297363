// URIs, hosts and addresses.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  addressText,
  ipv6Groups,
  isIpLiteral,
  parseAddress,
  parseUri,
  uriParameter,
} from "../../src/sip/uri.ts";

test("a SIP URI with everything", () => {
  const uri = parseUri("SIPS:st%20ream:secret@[2001:DB8::1]:5061;transport=tls;lr?Subject=x");
  assert.ok(uri.ok && uri.value.scheme !== "other");
  const { value } = uri;
  assert.deepEqual(
    [value.scheme, value.user, value.host, value.port, value.headers],
    ["sips", "st ream", "2001:DB8::1", 5061, "Subject=x"],
  );
  assert.deepEqual(
    [uriParameter(value, "transport"), uriParameter(value, "lr"), uriParameter(value, "x")],
    ["tls", "", null],
  );
});

test("escapes that are not UTF-8 stay as written", () => {
  const uri = parseUri("sip:%ff@example.com");
  assert.ok(uri.ok && uri.value.scheme === "sip");
  assert.equal(uri.value.user, "%ff");
});

test("other schemes are kept", () => {
  const uri = parseUri("tel:+49123");
  assert.deepEqual(uri.ok && uri.value, { scheme: "other", name: "tel", text: "tel:+49123" });
});

test("bad URIs are values", () => {
  for (const text of [
    "",
    "sip:",
    "sip:a@",
    "noscheme",
    "sip:a b",
    "sip:a@b:0",
    "sip:a@b:70000",
    "sip:a@[::g]",
    "sip:a@b;",
    "sip:a@-b",
    "sip:a@[1.2.3.4]",
  ]) {
    assert.equal(parseUri(text).ok, false, text);
  }
});

const GROUPS: readonly [text: string, groups: number[] | null][] = [
  ["::", [0, 0, 0, 0, 0, 0, 0, 0]],
  ["::1", [0, 0, 0, 0, 0, 0, 0, 1]],
  ["1:2:3:4:5:6:7:8", [1, 2, 3, 4, 5, 6, 7, 8]],
  ["::ffff:192.0.2.1", [0, 0, 0, 0, 0, 0xffff, 0xc000, 0x201]],
  ["fe80::1%eth0", [0xfe80, 0, 0, 0, 0, 0, 0, 1]],
  ["1:2:3", null],
  ["1::2::3", null],
  ["1:2:3:4:5:6:7::8", null],
  ["12345::", null],
  ["::192.0.2.256", null],
];
for (const [text, groups] of GROUPS) {
  test(`IPv6 ${text} is ${groups === null ? "refused" : "read"}`, () => {
    assert.deepEqual(ipv6Groups(text), groups);
  });
}

test("addresses are written and read back; names are not addresses", () => {
  for (const address of [
    { host: "192.0.2.1", port: 5060 },
    { host: "2001:db8::1", port: 1 },
  ]) {
    assert.deepEqual(parseAddress(addressText(address)), { ok: true, value: address });
  }
  for (const text of ["pbx:5060", "192.0.2.1", "192.0.2.01:5", ""])
    assert.equal(parseAddress(text).ok, false, text);
  assert.equal(isIpLiteral("999.1.1.1"), false);
});

test("any text is a value", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 60 }), (text) => {
      parseUri(`sip:${text}`);
      parseUri(text);
      parseAddress(text);
    }),
    { numRuns: 500, seed: 6 },
  );
});
