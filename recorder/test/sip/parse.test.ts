// SIP bytes → messages: the liberal and the strict side of RFC 3261 §7 and RFC 4475, truncation,
// limits, round trips.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { headerList, parseVia } from "../../src/sip/header-values.ts";
import {
  bodyText,
  headerValue,
  headerValues,
  makeHeader,
  type SipRequest,
} from "../../src/sip/message.ts";
import { parseMessage, SIP_PARSE_LIMITS } from "../../src/sip/parse.ts";
import { readRequestCore, stampVia, uniqueBranch } from "../../src/sip/request-core.ts";
import { serializeMessage } from "../../src/sip/serialize.ts";
import { invite, request, SDP } from "./endpoint-fixture.ts";

function requestOf(text: string | Uint8Array): SipRequest {
  const message = parseMessage(typeof text === "string" ? Buffer.from(text) : text);
  assert.ok(message.ok, message.ok ? "" : message.problem.detail);
  assert.ok(message.value.kind === "request");
  return message.value;
}

function problemOf(text: string): { code: string; method: string | null } {
  const message = parseMessage(Buffer.from(text));
  assert.ok(!message.ok);
  return { code: message.problem.code, method: message.request?.method ?? null };
}

/** RFC 4475 §3.1.1.1, "A Short Tortuous INVITE". */
const TORTUOUS = [
  "INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0",
  "TO :",
  " sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n",
  'from   : "J Rosenberg \\\\\\""       <sip:jdrosen@example.com>',
  "  ;",
  "  tag = 98asjd8",
  "MaX-fOrWaRdS: 0068",
  "Call-ID: wsinv.ndaksdj@192.0.2.1",
  "Content-Length   : 150",
  "cseq: 0009",
  "  INVITE",
  "Via  : SIP  /   2.0",
  " /UDP",
  "    192.0.2.2;branch=390skdjuw",
  "s :",
  "NewFangledHeader:   newfangled value",
  " continued newfangled value",
  "UnknownHeaderWithUnusualValue: ;;,,;;,;",
  "Content-Type: application/sdp",
  "Route:",
  " <sip:services.example.com;lr;unknownwith=value;unknown-no-value>",
  "v:  SIP  / 2.0  / TCP     spindle.example.com   ;",
  "  branch  =   z9hG4bK9ikj8  ,",
  " SIP  /    2.0   / UDP  192.168.255.111   ; branch=",
  " z9hG4bK30239",
  'm:"Quoted string \\"\\"" <sip:jdrosen@example.com> ; newparam =',
  "      newvalue ;",
  "  secondparam ; q = 0.33",
  "",
  "x".repeat(150),
].join("\r\n");

test("RFC 4475 §3.1.1.1: folding, white space, compact names and odd order are read", () => {
  const request = requestOf(TORTUOUS);
  const core = readRequestCore(request);
  assert.ok(core.ok, core.ok ? "" : core.problem.detail);
  const { value } = core;
  assert.deepEqual(
    [value.fromTag, value.toTag, value.cseq, value.maxForwards, value.from.displayName],
    ["98asjd8", "1918181833n", { sequence: 9, method: "INVITE" }, 68, 'J Rosenberg \\"'],
  );
  assert.deepEqual([value.via.transport, value.via.host], ["UDP", "192.0.2.2"]);
  const vias = headerList(request, "Via");
  assert.equal(vias.ok && vias.value.length, 3);
  assert.equal(headerValue(request, "Subject"), "");
  assert.equal(
    headerValue(request, "newfangledheader"),
    "newfangled value continued newfangled value",
  );
  assert.equal(value.contact?.displayName, 'Quoted string ""');
  assert.deepEqual(value.contact?.parameters.at(-1), { name: "q", value: "0.33" });
});

const VALID = invite();
const edit = (from: string | RegExp, to: string): string => VALID.replace(from, to);

const ACCEPTED: readonly [section: string, text: string][] = [
  [
    "§3.1.1.2 unusual characters in method, user and tag",
    edit(
      "INVITE sip:stream1@",
      "!interesting-Method0123456789_*+`.%indeed'~ sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@",
    ).replace("1 INVITE", "1 !interesting-Method0123456789_*+`.%indeed'~"),
  ],
  ["§3.1.1.3 escapes in URIs", edit("sip:stream1@", "sip:sips%3Auser%40example.com@")],
  ["§3.1.1.6 no space before the bracket", edit('"Extn 201" <', "caller<")],
  [
    "§3.1.1.7 long values",
    edit("Max-Forwards: 70", `Max-Forwards: 70\r\nX: ${"long".repeat(500)}`),
  ],
  ["§3.1.1.8 a second message behind the first", `${VALID}REGISTER sip:x SIP/2.0\r\n`],
  [
    "§3.1.1.9 semicolons in the user part",
    edit("sip:stream1@192", "sip:user;par=u%40example.net@192"),
  ],
  ["§3.1.1.10 unknown transports", edit("SIP/2.0/UDP", "SIP/2.0/UNKNOWN")],
  ["§3.2.1 branch of the cookie alone", edit(/branch=\S+/, "branch=z9hG4bK")],
  ["§3.3.4 unknown schemes in To and From", edit("<sip:201@192.0.2.1>", "<isbn:2983792873>")],
  [
    "§3.3.2 an unknown scheme in the Request-URI",
    edit("sip:stream1@192.0.2.10", "nobodyKnowsThisScheme:totallyopaquecontent"),
  ],
  [
    "bare line feeds",
    VALID.replaceAll("\r\n", "\n").replace(/Content-Length: \d+/, "Content-Length: 5"),
  ],
  ["leading empty lines", `\r\n\r\n${VALID}`],
  ["RFC 5118 §4.1 IPv6 reference", edit("stream1@192.0.2.10", "stream1@[2001:db8::10]:5070")],
  ["RFC 5118 §4.5 received without brackets", edit(";rport", ";received=2001:db8::9:255")],
  ["RFC 5118 §4.5 received with brackets", edit(";rport", ";received=[2001:db8::9:255]")],
  ["RFC 5118 §4.10 IPv4-mapped addresses", edit("192.0.2.1:5070>", "[::ffff:192.0.2.10]:19823>")],
];

test("RFC 3261 §7.3.1: a line of one white space continues a header, and does not end them", () => {
  const text = request("OPTIONS", { headers: ["Subject: a"] })
    .replaceAll("\r\n", "\n")
    .replace("Max-Forwards", "Priority: a\n \nMax-Forwards");
  assert.equal(headerValue(requestOf(text), "Max-Forwards"), "70");
});

for (const [name, text] of ACCEPTED) {
  test(`RFC 4475: ${name} is accepted`, () => {
    const core = readRequestCore(requestOf(text));
    assert.ok(core.ok, core.ok ? "" : core.problem.detail);
  });
}

const REFUSED: readonly [section: string, text: string][] = [
  ["§3.1.2.1 empty Via parameters", edit(";rport", ";;,;,,")],
  ["§3.1.2.1 empty Contact parameters", edit("5070>\r\nC", "5070>;;;;\r\nC")],
  [
    "§3.1.2.2 Content-Length beyond the datagram",
    edit(/Content-Length: \d+/, "Content-Length: 9999"),
  ],
  ["§3.1.2.3 negative Content-Length", edit(/Content-Length: \d+/, "Content-Length: -999")],
  ["§3.1.2.4 CSeq out of range", edit("CSeq: 1", "CSeq: 36893488147419103232")],
  ["§3.1.2.4 Max-Forwards out of range", edit("Forwards: 70", "Forwards: 300")],
  [
    "§3.1.2.6 unterminated quote in To",
    edit("To: <sip:stream1@192.0.2.10>", 'To: "Mr. J. User <sip:j.user@example.com>'),
  ],
  [
    "§3.1.2.7 brackets around the Request-URI",
    edit("sip:stream1@192.0.2.10 ", "<sip:stream1@192.0.2.10> "),
  ],
  ["§3.1.2.8 white space in the Request-URI", edit("192.0.2.10 SIP", "192.0.2.10; lr SIP")],
  ["§3.1.2.9 two spaces in the start line", edit("INVITE ", "INVITE  ")],
  ["§3.1.2.10 trailing white space in the start line", edit("SIP/2.0\r\n", "SIP/2.0  \r\n")],
  [
    "§3.1.2.11 headers in the Request-URI",
    edit("192.0.2.10 SIP", "192.0.2.10?Route=%3Csip:example.com%3E SIP"),
  ],
  [
    "§3.1.2.13 Contact with headers and no brackets",
    edit(/Contact: .*/, "Contact: sip:user@example.com?Route=%3Csip:sip.example.com%3E"),
  ],
  [
    "§3.1.2.14 spaces within the brackets",
    edit("To: <sip:stream1@192.0.2.10>", "To: < sip:t.watson@example.org >"),
  ],
  ["§3.1.2.15 a display name that needs quotes", edit('"Extn 201" <', "Bell, Alexander <")],
  ["§3.1.2.16 an unknown version", edit("SIP/2.0\r\n", "SIP/7.0\r\n")],
  ["§3.1.2.17 CSeq of another method", edit("1 INVITE", "1 OPTIONS")],
  ["§3.1.2.18 CSeq of another, unknown method", edit("INVITE sip:", "NEWMETHOD sip:")],
  ["§3.3.1 no Call-ID", edit(/Call-ID: .*\r\n/, "")],
  ["§3.3.1 no From", edit(/From: .*\r\n/, "")],
  ["§3.3.1 no To", edit(/To: .*\r\n/, "")],
  ["§3.3.1 no CSeq", edit(/CSeq: .*\r\n/, "")],
  ["§3.3.8 CSeq twice", edit("CSeq: 1", "CSeq: 5 INVITE\r\nCSeq: 1")],
  ["§3.3.8 Max-Forwards twice", edit("Max-Forwards: 70", "Max-Forwards: 70\r\nMax-Forwards: 5")],
  ["§3.3.9 two Content-Lengths", edit("Content-Length", "Content-Length: 1\r\nContent-Length")],
  ["RFC 5118 §4.2 IPv6 without brackets", edit("stream1@192.0.2.10 ", "stream1@2001:db8::10 ")],
  ["no Via", edit(/Via: .*\r\n/, "")],
  ["a Via without sent-by", edit(/Via: .*/, "Via: SIP/2.0/UDP")],
  ["a Via of another protocol", edit("Via: SIP/2.0", "Via: HTTP/1.1")],
  ["a line without colon", edit("Max-Forwards: 70", "Max-Forwards 70")],
  ["an empty Call-ID", edit("Call-ID: call-1", "Call-ID:")],
  ["a Call-ID with spaces", edit("Call-ID: call-1", "Call-ID: a b")],
  ["a broken Route", edit("Max-Forwards: 70", "Route: <sip:a@b\r\nMax-Forwards: 70")],
  ["no number in CSeq", edit("CSeq: 1 INVITE", "CSeq: INVITE")],
  ["Max-Forwards in words", edit("Forwards: 70", "Forwards: many")],
  ["a method that is no token", edit("INVITE sip:", "INV{ITE sip:")],
];

for (const [name, text] of REFUSED) {
  test(`RFC 4475: ${name} is refused, and can be answered`, () => {
    const message = parseMessage(Buffer.from(text));
    if (!message.ok) {
      assert.ok(message.request !== null, "the refusal carries the request");
      return;
    }
    assert.ok(message.value.kind === "request");
    assert.equal(readRequestCore(message.value).ok, false);
  });
}

test("RFC 4475 §3.1.1.12, §3.1.1.13: reason phrases in UTF-8, or empty, are kept", () => {
  const tail = "\r\nContent-Length: 0\r\n\r\n";
  const cyrillic = parseMessage(
    Buffer.from(`SIP/2.0 200 = 2**3 * 5**2 но сто девяносто девять${tail}`),
  );
  assert.ok(cyrillic.ok && cyrillic.value.kind === "response");
  assert.equal(cyrillic.value.reasonPhrase, "= 2**3 * 5**2 но сто девяносто девять");
  const empty = parseMessage(Buffer.from(`SIP/2.0 100 ${tail}`));
  assert.ok(empty.ok && empty.value.kind === "response");
  assert.deepEqual([empty.value.status, empty.value.reasonPhrase], [100, ""]);
});

test("what is not SIP is not answerable", () => {
  for (const text of [
    "",
    "hello",
    "GET / HTTP/1.1\r\n\r\n",
    "SIP/2.0 4294967301 big\r\n\r\n",
    " INVITE sip:a SIP/2.0",
  ]) {
    assert.equal(problemOf(text).method, null, text);
  }
});

test("a message cut at any byte is refused; without Content-Length the body is what there is", () => {
  const whole = Buffer.from(VALID);
  for (let length = 0; length < whole.length; length++) {
    assert.equal(parseMessage(whole.subarray(0, length)).ok, false, `${length} bytes`);
  }
  assert.ok(parseMessage(whole).ok);
  const open = requestOf(VALID.replace(/Content-Length: \d+\r\n/, ""));
  assert.equal(bodyText(open), SDP);
});

test("limits: header count, header length, message length", () => {
  const many = VALID.replace("Max-Forwards", `${"X: y\r\n".repeat(300)}Max-Forwards`);
  assert.deepEqual(problemOf(many), { code: "too-many-headers", method: "INVITE" });
  const long = VALID.replace("Max-Forwards", `X: ${"y".repeat(9_000)}\r\nMax-Forwards`);
  assert.deepEqual(problemOf(long), { code: "header-too-long", method: "INVITE" });
  const huge = VALID + "x".repeat(SIP_PARSE_LIMITS.maximumMessageBytes);
  assert.deepEqual(problemOf(huge), { code: "too-large", method: "INVITE" });
});

test("headers that are not UTF-8 survive the way in and out", () => {
  const bytes = Buffer.from(VALID.replace("Extn 201", "M\u00fcller"), "latin1");
  const request = requestOf(bytes);
  assert.equal(request.charset, "latin1");
  assert.deepEqual(Buffer.from(serializeMessage(request)), bytes);
});

test("what is serialised is parsed to the same", () => {
  const token = fc.stringMatching(/^[A-Za-z][A-Za-z0-9.-]{1,12}$/);
  const value = fc.string({ maxLength: 40 }).map((text) => text.replace(/[^\x21-\x7e]/g, "x"));
  const message = fc.record({
    method: token,
    headers: fc.array(fc.tuple(token, value), { maxLength: 8 }),
    body: fc.uint8Array({ maxLength: 60 }),
  });
  fc.assert(
    fc.property(message, ({ method, headers, body }) => {
      const request: SipRequest = {
        kind: "request",
        method,
        uri: "sip:a@b",
        headers: headers
          .filter(([name]) => name.toLowerCase() !== "content-length")
          .map(([name, text]) => makeHeader(name, text)),
        body,
        charset: "utf8",
      };
      const again = requestOf(serializeMessage(request));
      const length = makeHeader("Content-Length", String(body.length));
      assert.deepEqual(
        { ...again, body: [...again.body] },
        { ...request, headers: [...request.headers, length], body: [...body] },
      );
    }),
    { numRuns: 200, seed: 5 },
  );
});

test("a line break in a value cannot forge a header", () => {
  assert.equal(makeHeader("Reason", "x\r\nVia: forged").value, "x Via: forged");
});

test("RFC 3581: stamping keeps the other Vias and replaces a forged received", () => {
  const text = VALID.replace(";rport", ";rport;received=6.6.6.6").replace(
    "From:",
    "v: SIP/2.0/TCP second;branch=x\r\nFrom:",
  );
  const stamped = stampVia(requestOf(text), { host: "192.0.2.9", port: 7 });
  const vias = headerValues(stamped, "Via");
  assert.deepEqual(vias, [
    "SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bKinvite;rport=7;received=192.0.2.9",
    "SIP/2.0/TCP second;branch=x",
  ]);
  const broken = requestOf(VALID.replace(/Via: .*/, "Via: nonsense"));
  assert.equal(stampVia(broken, { host: "192.0.2.9", port: 7 }), broken);
});

test("RFC 3261 §8.1.1.7: a branch tells transactions apart if it has the cookie, and something more", () => {
  const branchOf = (parameters: string): string | null => {
    const via = parseVia(`SIP/2.0/UDP a${parameters}`);
    assert.ok(via.ok);
    return uniqueBranch(via.value);
  };
  assert.equal(branchOf(";branch=z9hG4bKx"), "z9hG4bKx");
  assert.equal(branchOf(";branch=Z9HG4BKx"), "Z9HG4BKx");
  for (const other of ["", ";branch", ";branch=z9hG4bK", ";branch=x", ";branch=xz9hG4bKx"]) {
    assert.equal(branchOf(other), null, other);
  }
  assert.equal(branchOf(";branch=z9hG4bK@x"), null, "no token");
});
