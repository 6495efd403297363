// Structured header values and URIs, byte tables both ways.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  mediaType,
  parameter,
  parseCSeq,
  parseNameAddress,
  parseReason,
  parseSessionExpires,
  parseVia,
  serializeVia,
  splitOutside,
  tokenList,
  unquote,
} from "../../src/sip/header-values.ts";
import { makeHeader, NO_BODY } from "../../src/sip/message.ts";

test("lists are split outside quotes and brackets", () => {
  const split = splitOutside('"a,b\\",c" <sip:x?y=1,2>, second ,third', ",");
  assert.deepEqual(split.ok && split.value, ['"a,b\\",c" <sip:x?y=1,2>', "second", "third"]);
  assert.equal(splitOutside('"open', ",").ok, false);
  assert.equal(splitOutside("<open", ",").ok, false);
});

test("Via: parsed and written again", () => {
  for (const text of [
    "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKa;rport",
    "SIP/2.0/TLS [2001:db8::1]:5061;received=2001:db8::2",
    "SIP/2.0/TCP host.example.com",
  ]) {
    const via = parseVia(text);
    assert.ok(via.ok);
    assert.equal(serializeVia(via.value), text);
  }
  for (const text of [
    "",
    "SIP/2.0/UDP",
    "SIP/2.0/UDP a b",
    "SIP/2.0/U@P a",
    "SIP/2.0/UDP a:99999",
    "SIP/2.0/UDP a;=b",
    'SIP/2.0/UDP a;b="',
  ]) {
    assert.equal(parseVia(text).ok, false, text);
  }
});

test("name-addr: display name, URI and parameters", () => {
  const full = parseNameAddress('"Doe, \\"J\\"" <sip:j@example.com;transport=tcp>;tag=1;x');
  assert.ok(full.ok && full.value.uri.scheme === "sip");
  assert.equal(full.value.displayName, 'Doe, "J"');
  assert.equal(full.value.uriText, "sip:j@example.com;transport=tcp");
  assert.deepEqual(
    [parameter(full.value, "tag"), parameter(full.value, "x"), parameter(full.value, "y")],
    ["1", "", null],
  );
  const plain = parseNameAddress("sip:j@example.com;tag=2");
  assert.ok(plain.ok);
  assert.deepEqual(
    [plain.value.displayName, plain.value.uriText, parameter(plain.value, "tag")],
    [null, "sip:j@example.com", "2"],
  );
  for (const text of [
    "",
    "<>",
    "<sip:a@b> x",
    '"open <sip:a@b>',
    '"a" b <sip:a@b>',
    "a<b <sip:a@b>",
    "<sip:a@b>;tag=",
    "<sip:@b>",
  ]) {
    assert.equal(parseNameAddress(text).ok, false, text);
  }
});

test("CSeq, Session-Expires and Reason", () => {
  const cseq = parseCSeq("2147483647 INVITE");
  assert.deepEqual(cseq.ok && cseq.value, { sequence: 2_147_483_647, method: "INVITE" });
  assert.equal(parseCSeq("2147483648 INVITE").ok, false);
  const expires = parseSessionExpires("1800 ;refresher=UAC;x=y");
  assert.deepEqual(expires.ok && expires.value, { seconds: 1800, refresher: "uac" });
  for (const text of ["", "x", "99999999999", "90;=", '90;"'])
    assert.equal(parseSessionExpires(text).ok, false, text);
  const reason = parseReason('Q.850 ;cause=16 ;text="Terminated"');
  assert.deepEqual(reason.ok && reason.value, { protocol: "Q.850", cause: 16, text: "Terminated" });
  const bare = parseReason("SIP");
  assert.deepEqual(bare.ok && bare.value, { protocol: "SIP", cause: null, text: null });
  for (const text of ["a b", "SIP;=x", 'SIP;text="'])
    assert.equal(parseReason(text).ok, false, text);
});

test("small values", () => {
  assert.equal(mediaType("Application/SDP ; charset=x"), "application/sdp");
  assert.equal(unquote("plain"), "plain");
  assert.equal(unquote('"a\\\\b"'), "a\\b");
});

test("an empty quoted text is empty, a lone quote is kept", () => {
  assert.equal(unquote('""'), "");
  assert.equal(unquote('"'), '"');
  assert.equal(unquote('"a'), '"a');
  assert.equal(unquote('a"'), 'a"');
});

test("white space of any length stands between the parts of CSeq, and none around them", () => {
  const cseq = parseCSeq("1 \t INVITE");
  assert.deepEqual(cseq.ok && cseq.value, { sequence: 1, method: "INVITE" });
  for (const text of ["1INVITE", " 1 INVITE", "1 INVITE x", "1 "]) {
    assert.equal(parseCSeq(text).ok, false, text);
  }
});

test("a quoted comma, an escaped quote and brackets keep a list together; pieces are trimmed", () => {
  const pieces = (text: string, separator: "," | ";" = ","): unknown => {
    const split = splitOutside(text, separator);
    return split.ok ? split.value : split.problem;
  };
  assert.deepEqual(pieces(""), [""]);
  assert.deepEqual(pieces(" a ,, b ,"), ["a", "", "b", ""]);
  assert.deepEqual(
    pieces('"a\\\\",b'),
    ['"a\\\\"', "b"],
    "a backslash that is escaped escapes nothing",
  );
  assert.deepEqual(pieces("a;b,c", ";"), ["a", "b,c"]);
  assert.deepEqual(pieces("<a,b>,<c"), {
    ...{ code: "unbalanced", at: 6, detail: "A quote or bracket is not closed." },
  });
  assert.deepEqual(pieces('"<",a'), ['"<"', "a"], "a quoted bracket opens nothing");
});

test("tokens are told in order without empty elements; of a broken list none", () => {
  const list = (...values: string[]): string[] => {
    const headers = values.map((value) => makeHeader("Supported", value));
    const start = { kind: "request", method: "INFO", uri: "sip:a@b" } as const;
    return tokenList({ ...start, headers, body: NO_BODY, charset: "utf8" }, "k");
  };
  assert.deepEqual(list("timer, ,100rel", "path"), ["timer", "100rel", "path"]);
  assert.deepEqual(list(""), []);
  assert.deepEqual(list('timer, "open'), []);
});

test("§20.42: white space may stand around the slashes of a Via; other versions are none", () => {
  const read = (text: string): unknown => {
    const via = parseVia(text);
    return via.ok ? [via.value.transport, via.value.host, via.value.port] : null;
  };
  assert.deepEqual(read("sip / 2.0 / udp  192.0.2.1 : 5060"), ["UDP", "192.0.2.1", 5060]);
  assert.equal(read("xSIP/2.0/UDP a"), null);
  assert.equal(read("SIPx/2.0/UDP a"), null);
  assert.equal(read("SIP/2.1/UDP a"), null);
  assert.equal(read("SIP/2.0/UDP a\nb"), null);
});

test("§20.10: a display name is what stands before the bracket; quoted ones may hold brackets", () => {
  const read = (text: string): unknown => {
    const address = parseNameAddress(text);
    return address.ok ? [address.value.displayName, address.value.uriText] : address.problem.code;
  };
  assert.deepEqual(read("<sip:a@b>"), [null, "sip:a@b"]);
  assert.deepEqual(read("Anna Lena <sip:a@b>"), ["Anna Lena", "sip:a@b"]);
  assert.deepEqual(read('"<x> \\"y\\"" <sip:a@b>'), ['<x> "y"', "sip:a@b"]);
  assert.deepEqual(read('"" <sip:a@b>'), ["", "sip:a@b"]);
  assert.equal(read('x "a" <sip:a@b>'), "bad-display-name");
  assert.equal(read("<sip:a@b"), "unbalanced");
});

test("RFC 4028 §4: a refresher is uac or uas in any case, anything else is none", () => {
  const refresher = (text: string): unknown => {
    const expires = parseSessionExpires(text);
    return expires.ok && expires.value.refresher;
  };
  assert.deepEqual(
    ["90;refresher=UAS", "90;refresher=uac", "90;refresher=me", "90;refresher", "90"].map(
      refresher,
    ),
    ["uas", "uac", null, null, null],
  );
});

test("a media type is told without parameters and white space, in lower case", () => {
  assert.equal(mediaType(" Text / PLAIN\t; a=b;c"), "text/plain");
  assert.equal(mediaType(""), "");
});
