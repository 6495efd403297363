// URIs, hosts and addresses.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  addressText,
  ipv6Groups,
  isIpLiteral,
  parseAddress,
  parseHostPort,
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

test("a SIP URI without user, port, parameters and headers has none of them", () => {
  const uri = parseUri("sip:pbx.example");
  assert.deepEqual(uri.ok && uri.value, {
    ...{ scheme: "sip", user: null, host: "pbx.example", port: null },
    ...{ parameters: [], headers: null },
  });
});

test("§19.1.1: the password is not the user; headers begin at the first question mark", () => {
  const uri = parseUri("sip:anna:pass@pbx.example;a=1;b=x=y;%61b?x=1?y;z");
  assert.ok(uri.ok && uri.value.scheme === "sip");
  const { user, host, headers, parameters } = uri.value;
  assert.deepEqual([user, host, headers], ["anna", "pbx.example", "x=1?y;z"]);
  assert.deepEqual(parameters, [
    { name: "a", value: "1" },
    { name: "b", value: "x=y" },
    { name: "ab", value: null },
  ]);
  const empty = parseUri("sip:?x=1");
  assert.equal(empty.ok, false, "no host");
});

test("escapes are undone in user, names and values, of more than one byte too", () => {
  const uri = parseUri("sip:gr%C3%BC%C3%9Fe@pbx.example;%4Caut=%6Aa");
  assert.ok(uri.ok && uri.value.scheme === "sip");
  assert.equal(uri.value.user, "grüße");
  assert.deepEqual(uri.value.parameters, [{ name: "laut", value: "ja" }]);
});

test("ports 1 and 65535 are ports, white space around the colon is taken; RFC 5118 §4.10 too", () => {
  const read = (text: string): unknown => {
    const result = parseHostPort(text);
    return result.ok ? result.value : result.problem.code;
  };
  assert.deepEqual(read("a:1"), { host: "a", port: 1 });
  assert.deepEqual(read(" a : 65535 "), { host: "a", port: 65_535 });
  assert.equal(read("a:65536"), "bad-port");
  assert.deepEqual(read("[2001:db8:::192.0.2.1]:5"), { host: "2001:db8::192.0.2.1", port: 5 });
  assert.equal(read("[2001:db8:::1]"), "bad-host", "three colons only before an IPv4 address");
  assert.equal(read("[2001:db8:::192.0.2.1:1]"), "bad-host");
  assert.equal(read("[:::192.x.y.z]"), "bad-host");
  assert.deepEqual(read("a.example."), { host: "a.example.", port: null });
});

test("bytes of an IPv4 address are 0 to 255, without leading zeros or anything else", () => {
  for (const good of ["0.0.0.0", "255.255.255.255", "192.0.2.10"]) assert.ok(isIpLiteral(good));
  for (const bad of ["256.0.0.1", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.4x", "1.2.3.-4", "x"]) {
    assert.ok(!isIpLiteral(bad), bad);
  }
  assert.deepEqual(ipv6Groups("::1.2.3.4"), [0, 0, 0, 0, 0, 0, 0x0102, 0x0304]);
  assert.equal(ipv6Groups("1.2.3.4::"), null, "an IPv4 address stands at the end only");
  assert.equal(ipv6Groups("x12::"), null);
  assert.equal(ipv6Groups("::g"), null);
  assert.equal(ipv6Groups("1:2:3:4:5:6:7:8:9"), null);
  assert.deepEqual(ipv6Groups("1:2:3:4:5:6:7::"), [1, 2, 3, 4, 5, 6, 7, 0]);
});
