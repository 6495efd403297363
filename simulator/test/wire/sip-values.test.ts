// What stands inside SIP header fields.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  parseCSeq,
  parseNameAddress,
  parseSessionExpires,
  parseSipUri,
  parseVia,
  splitOutsideQuotes,
  uriHost,
} from "../../src/wire/sip-values.ts";

test("URIs: user, password, IPv6, port, parameters, header part (RFC 3261 §19.1)", () => {
  const cases: [string, string, string | null, string, number | null, [string, string][]][] = [
    ["sip:192.0.2.10", "sip", null, "192.0.2.10", null, []],
    [
      "sip:s1@192.0.2.10:5070;transport=tcp;lr",
      "sip",
      "s1",
      "192.0.2.10",
      5070,
      [
        ["transport", "tcp"],
        ["lr", ""],
      ],
    ],
    ["SIPS:a:secret@[2001:db8::1]:5061?Subject=x", "sips", "a", "2001:db8::1", 5061, []],
    ["sip:@host", "sip", "", "host", null, []],
  ];
  for (const [text, scheme, user, host, port, parameters] of cases) {
    const result = parseSipUri(text);
    assert.ok(result.ok, text);
    const { parameters: found, ...rest } = result.value;
    assert.deepEqual(rest, { scheme, user, host, port });
    assert.deepEqual([...found], parameters);
  }
  for (const bad of ["tel:123", "sip:", "sip:a b@c", "sip:a@b:99999", "sip:a@[::1", "sip:a@b:x"]) {
    assert.equal(parseSipUri(bad).ok, false, bad);
  }
});

test("name-addresses: display names, and parameters that belong to the field (§20.10)", () => {
  const quoted = parseNameAddress('"A \\"B\\" <x>;," <sip:a@b;lr>;tag=1;q="2;3"');
  assert.ok(quoted.ok);
  assert.equal(quoted.value.display, 'A "B" <x>;,');
  assert.equal(quoted.value.uriText, "sip:a@b;lr");
  assert.deepEqual(
    [...quoted.value.parameters],
    [
      ["tag", "1"],
      ["q", "2;3"],
    ],
  );
  const bare = parseNameAddress("sip:a@b;tag=7");
  assert.ok(bare.ok);
  assert.equal(bare.value.parameters.get("tag"), "7");
  assert.equal(bare.value.uri.parameters.size, 0);
  const word = parseNameAddress("IP Office <sip:a@b>");
  assert.equal(word.ok && word.value.display, "IP Office");
  assert.equal(parseNameAddress("<>").ok, false);
});

test("Via with spaces, IPv6 and rport (§20.42, RFC 3581)", () => {
  const via = parseVia("SIP / 2.0 / udp [2001:db8::1]:5060 ; branch=z9hG4bKx;rport ; received=::2");
  assert.ok(via.ok);
  assert.equal(via.value.transport, "UDP");
  assert.equal(via.value.host, "2001:db8::1");
  assert.equal(via.value.port, 5060);
  assert.deepEqual(
    [...via.value.parameters],
    [
      ["branch", "z9hG4bKx"],
      ["rport", ""],
      ["received", "::2"],
    ],
  );
  for (const bad of ["", "SIP/2.0/UDP", "HTTP/1.1/TCP a", "SIP/2.0/UDP a:b"]) {
    assert.equal(parseVia(bad).ok, false, bad);
  }
});

test("CSeq is below 2^31 and names a method (§8.1.1.5)", () => {
  assert.deepEqual(parseCSeq("2147483647  BYE"), {
    ok: true,
    value: { number: 2_147_483_647, method: "BYE" },
  });
  for (const bad of ["2147483648 BYE", "-1 BYE", "1", "1 B Y", "x INVITE"]) {
    assert.equal(parseCSeq(bad).ok, false, bad);
  }
});

test("Session-Expires with and without refresher (RFC 4028 §4)", () => {
  const expires = parseSessionExpires("1800;refresher=UAC");
  assert.deepEqual(expires, { ok: true, value: { seconds: 1800, refresher: "uac" } });
  const plain = parseSessionExpires("90");
  assert.deepEqual(plain, { ok: true, value: { seconds: 90, refresher: null } });
  assert.equal(parseSessionExpires("soon").ok, false);
});

test("any text gives a value", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 60 }), (text) => {
      parseSipUri(text);
      parseNameAddress(text);
      parseVia(text);
      parseCSeq(text);
      parseSessionExpires(text);
      assert.ok(splitOutsideQuotes(text, ",").length > 0);
    }),
  );
  assert.equal(uriHost("::1"), "[::1]");
  assert.equal(uriHost("192.0.2.1"), "192.0.2.1");
});
