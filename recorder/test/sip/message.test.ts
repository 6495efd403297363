// Messages as data (RFC 3261 §7.3): names in any form, values that cannot forge, text of any bytes.
import assert from "node:assert/strict";
import test from "node:test";
import {
  bodyText,
  callTag,
  headerKey,
  headerValue,
  headerValues,
  makeHeader,
  NO_BODY,
  type SipRequest,
  wireText,
} from "../../src/sip/message.ts";

/** RFC 3261 §7.3.3 and the registrations after it (IANA, "Header Fields"). */
const COMPACT_FORMS: Readonly<Record<string, string>> = {
  ...{ a: "Accept-Contact", b: "Referred-By", c: "Content-Type", d: "Request-Disposition" },
  ...{ e: "Content-Encoding", f: "From", i: "Call-ID", j: "Reject-Contact", k: "Supported" },
  ...{ l: "Content-Length", m: "Contact", o: "Event", r: "Refer-To", s: "Subject", t: "To" },
  ...{ u: "Allow-Events", v: "Via", x: "Session-Expires", y: "Identity" },
};

function requestWith(...headers: [name: string, value: string][]): SipRequest {
  const made = headers.map(([name, value]) => makeHeader(name, value));
  const start = { kind: "request", method: "INFO", uri: "sip:a@192.0.2.1" } as const;
  return { ...start, headers: made, body: NO_BODY, charset: "utf8" };
}

test("a compact name is its long one, in either case; other letters and names are themselves", () => {
  for (const [compact, long] of Object.entries(COMPACT_FORMS)) {
    assert.equal(headerKey(compact), long.toLowerCase());
    assert.equal(headerKey(compact.toUpperCase()), long.toLowerCase());
    assert.equal(headerValue(requestWith([compact, "x"]), long), "x");
  }
  assert.deepEqual(["q", "Z", "X-Own", ""].map(headerKey), ["q", "z", "x-own", ""]);
});

test("of several header lines the first is the value, all are the values, in order", () => {
  const message = requestWith(["Via", "one"], ["To", "b"], ["v", "two"], ["VIA", "three"]);
  assert.equal(headerValue(message, "via"), "one");
  assert.deepEqual(headerValues(message, "V"), ["one", "two", "three"]);
  assert.equal(headerValue(message, "From"), null);
  assert.deepEqual(headerValues(message, "From"), []);
});

test("a header keeps its name; line breaks in its value become one space each run", () => {
  const header = makeHeader("Subject", "a\r\n\r\nVia: forged\rb\nc");
  assert.deepEqual(header, { name: "Subject", key: "subject", value: "a Via: forged b c" });
  assert.equal(makeHeader("s", "plain  text").value, "plain  text");
});

test("bytes that are UTF-8 are read as such, a byte order mark kept; others byte by byte", () => {
  assert.deepEqual(wireText(Buffer.from("\ufeffgrüß")), { text: "\ufeffgrüß", charset: "utf8" });
  const latin1 = wireText(Uint8Array.of(0x67, 0xfc, 0x00, 0xff));
  assert.deepEqual(latin1, { text: "g\u00fc\u0000\u00ff", charset: "latin1" });
  const body = Buffer.from("grüß");
  assert.equal(bodyText({ ...requestWith(), body }), "grüß");
});

test("the log's tag is the Call-ID in either form, wherever its line stands", () => {
  assert.deepEqual(callTag("INVITE x\r\nCall-ID: a@b\r\n"), { sipCallId: "a@b" });
  assert.deepEqual(callTag("i:x1 y\r\n"), { sipCallId: "x1" });
  assert.deepEqual(callTag("BYE x\r\ncall-id \t: \tz\r\n"), { sipCallId: "z" });
  assert.deepEqual(callTag(`i: ${"c".repeat(300)}`), { sipCallId: "c".repeat(255) });
  assert.deepEqual(callTag("X-Call-ID: a\r\n"), {});
  assert.deepEqual(callTag("Call-ID:\r\n"), {});
});
