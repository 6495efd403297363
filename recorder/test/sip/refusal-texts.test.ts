// What a refusal says: code, place and sentence. The sentence goes back to the sender in the reason
// phrase of the 400 and into the log, so it must name what is wrong.  RFC 3261 §21.4.1, §21.5.6
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Parsed, Problem } from "../../src/parsed.ts";
import { parseAllowList } from "../../src/sip/allow-list.ts";
import {
  parseCSeq,
  parseInteger,
  parseNameAddress,
  parseReason,
  parseSessionExpires,
  parseVia,
  splitOutside,
} from "../../src/sip/header-values.ts";
import { parseMessage } from "../../src/sip/parse.ts";
import { readRequestCore, statusOf } from "../../src/sip/request-core.ts";
import { parseAddress, parseHostPort, parseUri } from "../../src/sip/uri.ts";
import { invite } from "./endpoint-fixture.ts";

type Refusal = readonly [code: string, at: string | number, detail: string];
type Row = readonly [input: string, ...Refusal];
type Reader = (text: string) => Parsed<unknown>;

function problemOf(result: Parsed<unknown>): Problem {
  assert.ok(!result.ok, "it is not refused");
  return result.problem;
}

function readRequest(text: string): Problem {
  const message = parseMessage(Buffer.from(text));
  if (!message.ok) return message.problem;
  assert.ok(message.value.kind === "request");
  return problemOf(readRequestCore(message.value));
}

const VALUES: readonly (readonly [name: string, read: Reader, rows: readonly Row[]])[] = [
  [
    "a list",
    (text) => splitOutside(text, ","),
    [
      ['a, "b', "unbalanced", 2, "A quote or bracket is not closed."],
      ["a,<b", "unbalanced", 2, "A quote or bracket is not closed."],
    ],
  ],
  [
    "Via",
    parseVia,
    [
      ["SIP/2.0/UDP", "bad-via", "Via", "Via has no protocol and sent-by."],
      ["SIP/2.0/U@P a", "bad-via", "Via", "The transport is not a token."],
      ["SIP/2.0/UDP a:99999", "bad-via", "Via", "The port is not between 1 and 65535."],
      ["SIP/2.0/UDP a;=b", "bad-via", "Via", "A parameter has no name."],
      ["SIP/2.0/UDP a;b=", "bad-via", "Via", "A parameter has no proper value."],
      ['SIP/2.0/UDP "a', "unbalanced", 0, "A quote or bracket is not closed."],
    ],
  ],
  [
    "name-addr",
    parseNameAddress,
    [
      ["sip:a?b@c", "bad-address", 0, "This URI needs angle brackets."],
      ["<sip:a@b> x", "bad-address", 0, "Something follows the bracket."],
      ['"a" b <sip:a@b>', "bad-display-name", 0, "The quoted display name does not end."],
      ["a,b <sip:a@b>", "bad-display-name", 0, "This display name needs quotes."],
      ["<a b>", "bad-uri", 0, "A URI has no spaces, quotes or brackets."],
      ["<sip:a@b>;tag=", "bad-parameter", "tag=", "A parameter has no proper value."],
      ["<sip:a@b>;=x", "bad-parameter", "=x", "A parameter has no name."],
    ],
  ],
  [
    "CSeq",
    parseCSeq,
    [
      ["INVITE", "bad-cseq", "CSeq", "CSeq is a number and a method."],
      ["1", "bad-cseq", "CSeq", "CSeq is a number and a method."],
      ["2147483648 INVITE", "bad-cseq", "CSeq", "The number is above 2147483647."],
      ["123456789012345678901 INVITE", "bad-cseq", "CSeq", "This is not a decimal number."],
    ],
  ],
  [
    "a number",
    (text) => parseInteger(text, 255),
    [
      ["", "bad-number", 0, "This is not a decimal number."],
      ["-1", "bad-number", 0, "This is not a decimal number."],
      ["1.5", "bad-number", 0, "This is not a decimal number."],
      ["256", "bad-number", 0, "The number is above 255."],
    ],
  ],
  [
    "Session-Expires",
    parseSessionExpires,
    [
      ["x", "bad-number", 0, "This is not a decimal number."],
      ["4294967296", "bad-number", 0, "The number is above 4294967295."],
      ["90;=", "bad-parameter", "=", "A parameter has no name."],
    ],
  ],
  [
    "Reason",
    parseReason,
    [
      ["a b", "bad-reason", 0, "Reason has no protocol."],
      ["SIP;=x", "bad-parameter", "=x", "A parameter has no name."],
    ],
  ],
  [
    "host and port",
    parseHostPort,
    [
      ["", "bad-host", 0, "Host and port cannot be read."],
      ["a b", "bad-host", 0, "Host and port cannot be read."],
      ["a:0", "bad-port", 1, "The port is not between 1 and 65535."],
      ["a:65536", "bad-port", 1, "The port is not between 1 and 65535."],
      ["[::g]", "bad-host", 0, "The IPv6 reference is not an address."],
      ["[1.2.3.4]", "bad-host", 0, "The IPv6 reference is not an address."],
      ["-a", "bad-host", 0, "The host is not a name."],
    ],
  ],
  [
    "URI",
    parseUri,
    [
      ["sip:a b", "bad-uri", 0, "A URI has no spaces, quotes or brackets."],
      ["noscheme", "bad-uri", 0, "The URI has no scheme."],
      ["sip:@b", "bad-uri", 0, "The user part is empty."],
      ["sip:a@b;=c", "bad-uri", 6, "A URI parameter has no name."],
      ["sip:a@b:0", "bad-port", 1, "The port is not between 1 and 65535."],
    ],
  ],
  [
    "an address",
    parseAddress,
    [
      ["pbx:5060", "bad-address", 0, "An address is an IP literal and a port."],
      ["192.0.2.1", "bad-address", 0, "An address is an IP literal and a port."],
      ["a b", "bad-host", 0, "Host and port cannot be read."],
    ],
  ],
  [
    "an allow list",
    (text) => parseAllowList(["192.0.2.1", text]),
    [
      ["pbx", "bad-allow-entry", 1, '"pbx" is neither an address nor a block.'],
      ["192.0.2.0/33", "bad-allow-entry", 1, '"192.0.2.0/33" has no prefix of 0 to 32.'],
      ["2001:db8::/129", "bad-allow-entry", 1, '"2001:db8::/129" has no prefix of 0 to 128.'],
      ["192.0.2.0/x", "bad-allow-entry", 1, '"192.0.2.0/x" has no prefix of 0 to 32.'],
      ["192.0.2.0/2/2", "bad-allow-entry", 1, '"192.0.2.0/2/2" is neither an address nor a block.'],
    ],
  ],
];

for (const [name, read, rows] of VALUES) {
  test(`${name} that is refused says why`, () => {
    for (const [input, code, at, detail] of rows) {
      assert.deepEqual(problemOf(read(input)), { code, at, detail }, input);
    }
  });
}

/** Changes of a good INVITE, with what is said of them. */
const CHANGES: readonly (readonly [from: string | RegExp, to: string, ...Refusal])[] = [
  ["SIP/2.0\r\n", "SIP/3.0\r\n", "bad-version", 0, "Only SIP/2.0 is spoken here."],
  ["SIP/2.0\r\n", "SIP/2.1\r\n", "bad-version", 0, "Only SIP/2.0 is spoken here."],
  [
    "INVITE ",
    "INVITE  ",
    "bad-start-line",
    0,
    "The request line has spaces or characters where none belong.",
  ],
  [
    "INVITE sip:",
    "INV{ITE sip:",
    "bad-start-line",
    0,
    "The request line has spaces or characters where none belong.",
  ],
  [/Via: .*\r\n/, "", "missing-header", "Via", "Via is missing."],
  [/Via: .*/, 'Via: "', "unbalanced", "Via", "Via: A quote or bracket is not closed."],
  [/From: .*\r\n/, "", "missing-header", "From", "From is missing."],
  [/From: .*/, "From: <a b>", "bad-uri", "From", "From: A URI has no spaces, quotes or brackets."],
  [/To: .*\r\n/, "", "missing-header", "To", "To is missing."],
  [/To: .*/, 'To: "x <sip:a@b>', "unbalanced", "To", "To: A quote or bracket is not closed."],
  [/Call-ID: .*\r\n/, "", "missing-header", "Call-ID", "Call-ID is missing."],
  ["Call-ID: call-1", "Call-ID:", "missing-header", "Call-ID", "Call-ID is missing."],
  ["Call-ID: call-1", "Call-ID: a b", "bad-header", "Call-ID", "Call-ID has spaces."],
  [/CSeq: .*\r\n/, "", "missing-header", "CSeq", "CSeq is missing."],
  ["CSeq: 1", "CSeq: 5 INVITE\r\nCSeq: 1", "repeated-header", "CSeq", "CSeq stands there twice."],
  [
    "1 INVITE",
    "1 OPTIONS",
    "method-mismatch",
    "CSeq",
    "CSeq names another method than the request line.",
  ],
  [
    "Max-Forwards: 70",
    "Max-Forwards: 70\r\nMax-Forwards: 5",
    "repeated-header",
    "Max-Forwards",
    "Max-Forwards stands there twice.",
  ],
  [
    "Forwards: 70",
    "Forwards: 300",
    "bad-number",
    "Max-Forwards",
    "Max-Forwards: The number is above 255.",
  ],
  [
    "Forwards: 70",
    "Forwards: many",
    "bad-number",
    "Max-Forwards",
    "Max-Forwards: This is not a decimal number.",
  ],
  [
    "Max-Forwards: 70",
    "Max-Forwards: 70\r\nDate: Fri, 01 Jan 2010 16:00:00 EST",
    "bad-date",
    "Date",
    "Date is not in GMT.",
  ],
  [
    "Max-Forwards: 70",
    "Max-Forwards: 70\r\nRoute: <sip:a@b> x",
    "bad-address",
    "Route",
    "Route: Something follows the bracket.",
  ],
  [
    "Max-Forwards: 70",
    "Max-Forwards: 70\r\nRecord-Route: <sip:a@b",
    "unbalanced",
    "Record-Route",
    "Record-Route: A quote or bracket is not closed.",
  ],
  [
    /Contact: .*/,
    "Contact: sip:a?b@c",
    "bad-address",
    "Contact",
    "Contact: This URI needs angle brackets.",
  ],
  [
    "192.0.2.10 SIP",
    "192.0.2.10?Route=x SIP",
    "bad-request-uri",
    "Request-URI",
    "A Request-URI has no headers.",
  ],
  [
    "sip:stream1@192.0.2.10 SIP",
    "sip:@192.0.2.10 SIP",
    "bad-request-uri",
    "Request-URI",
    "The user part is empty.",
  ],
  [
    /Content-Length: \d+/,
    "Content-Length: 9999",
    "short-body",
    "Content-Length",
    "The body has 104 of 9999 bytes.",
  ],
  [
    /Content-Length: \d+/,
    "Content-Length: -9",
    "bad-content-length",
    "Content-Length",
    "This is not a decimal number.",
  ],
  [
    "Content-Length",
    "Content-Length: 1\r\nContent-Length",
    "repeated-header",
    "Content-Length",
    "Content-Length twice.",
  ],
  ["Max-Forwards: 70", "Max-Forwards 70", "bad-header", 6, "A line is not `name: value`."],
];

test("RFC 3261 §21.4.1: the reason phrase of the 400 says what is wrong with the request", () => {
  for (const [from, to, code, at, detail] of CHANGES) {
    const problem = readRequest(invite().replace(from, to));
    assert.deepEqual(problem, { code, at, detail });
    if (code === "bad-version") continue;
    const reasonPhrase = `Bad Request (${detail.slice(0, -1)})`;
    assert.deepEqual(statusOf(problem), { status: 400, reasonPhrase });
  }
});

test("RFC 3261 §21.5.6, §21.5.7: another version is 505, too long a message 513", () => {
  const version = readRequest(invite().replace("SIP/2.0\r\n", "SIP/3.0\r\n"));
  assert.deepEqual(statusOf(version), { status: 505, reasonPhrase: "Version Not Supported" });
  const long = readRequest(invite() + "x".repeat(65_535));
  assert.equal(long.detail, "The message is longer than 65535 bytes.");
  assert.deepEqual(statusOf(long), { status: 513, reasonPhrase: "Message Too Large" });
});

test("what cannot be read as SIP at all is told apart", () => {
  const problem = (text: string): Problem => readRequest(text);
  assert.deepEqual(problem("hello"), {
    code: "not-sip",
    at: 0,
    detail: "This is not a SIP message.",
  });
  assert.deepEqual(problem("SIP/2.0 999 x\r\n\r\n"), {
    ...{ code: "bad-status-line", at: 0, detail: "Not a SIP/2.0 status line." },
  });
  assert.deepEqual(problem("INVITE sip:a SIP/2.0\r\nTo: x"), {
    ...{ code: "truncated", at: 27, detail: "No empty line ends the headers." },
  });
  const many = problem(invite().replace("Max-", `${"X: y\r\n".repeat(300)}Max-`));
  assert.deepEqual(many, {
    code: "too-many-headers",
    at: 256,
    detail: "More than 256 header lines.",
  });
  const wide = problem(invite().replace("Max-", `X: ${"y".repeat(8_192)}\r\nMax-`));
  assert.deepEqual(wide, {
    ...{ code: "header-too-long", at: 6, detail: "A header has over 8192 characters." },
  });
});
