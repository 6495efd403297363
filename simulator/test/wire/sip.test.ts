// SIP codec of the simulator: messages as text, limits, framing on streams, truncation.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  headerValue,
  headerValues,
  parseSip,
  serializeSip,
  SIP_LIMITS,
  SipFramer,
} from "../../src/wire/sip.ts";
import type { SipMessage } from "../../src/wire/sip.ts";

const encoder = new TextEncoder();

function bytes(...lines: string[]): Uint8Array {
  return encoder.encode(lines.join("\r\n"));
}

const INVITE = bytes(
  "INVITE sip:s1@192.0.2.10:5060 SIP/2.0",
  "v: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKa",
  "Via: SIP/2.0/TCP 192.0.2.9;branch=z9hG4bKb",
  "f:  <sip:2001@192.0.2.1>;tag=1",
  "t: <sip:s1@192.0.2.10:5060>",
  "i : c1@192.0.2.1",
  "CSeq: 1 INVITE",
  "Subject: folded",
  "\tover two lines",
  "l: 5",
  "",
  "v=0\r\nand more that belongs to nobody",
);

test("compact forms, folding, several Vias and surplus octets are read (RFC 3261 §7.3, §18.3)", () => {
  const result = parseSip(INVITE);
  assert.ok(result.ok && result.value.type === "request");
  const message = result.value;
  assert.equal(message.method, "INVITE");
  assert.equal(headerValues(message, "Via").length, 2);
  assert.equal(headerValue(message, "from"), "<sip:2001@192.0.2.1>;tag=1");
  assert.equal(headerValue(message, "Call-ID"), "c1@192.0.2.1");
  assert.equal(headerValue(message, "Subject"), "folded over two lines");
  assert.equal(headerValue(message, "Contact"), null);
  assert.equal(new TextDecoder().decode(message.body), "v=0\r\n");
});

test("a response keeps status and reason, also an empty one", () => {
  const result = parseSip(bytes("SIP/2.0 486 Busy Here", "Content-Length: 0", "", ""));
  assert.ok(result.ok && result.value.type === "response");
  assert.equal(result.value.status, 486);
  assert.equal(result.value.reason, "Busy Here");
  const silent = parseSip(bytes("SIP/2.0 200 ", "Content-Length: 0", "", ""));
  assert.equal(silent.ok && silent.value.type === "response" && silent.value.reason, "");
});

test("serializing writes Content-Length itself", () => {
  const message: SipMessage = {
    type: "response",
    status: 200,
    reason: "OK",
    headers: [
      {
        name: "Content-Length",
        value: "99",
      },
      {
        name: "To",
        value: "<sip:a@b>",
      },
    ],
    body: encoder.encode("ä"),
  };
  const text = new TextDecoder().decode(serializeSip(message));
  assert.equal(text, "SIP/2.0 200 OK\r\nTo: <sip:a@b>\r\nContent-Length: 2\r\n\r\nä");
});

test("bad messages are values with a code", () => {
  const many = Array.from({ length: SIP_LIMITS.headerCount + 1 }, () => "A: b");
  const cases: [Uint8Array, string][] = [
    [new Uint8Array(0), "truncated"],
    [bytes("INVITE sip:a SIP/2.0", "From: x"), "truncated"],
    [bytes("HELLO", "", ""), "bad-start-line"],
    [bytes("SIP/2.0 99 Low", "", ""), "bad-start-line"],
    [bytes("IN(VITE sip:a SIP/2.0", "", ""), "bad-start-line"],
    [bytes("INVITE sip:a b SIP/2.0", "", ""), "bad-start-line"],
    [bytes("BYE sip:a SIP/2.0", "no colon here", "", ""), "bad-header"],
    [bytes("BYE sip:a SIP/2.0", " folded: first", "", ""), "bad-header"],
    [bytes("BYE sip:a SIP/2.0", `A: ${"x".repeat(9000)}`, "", ""), "line-too-long"],
    [bytes("BYE sip:a SIP/2.0", ...many, "", ""), "too-many-headers"],
    [bytes("BYE sip:a SIP/2.0", "Content-Length: -1", "", ""), "bad-content-length"],
    [bytes("BYE sip:a SIP/2.0", "l: 1", "Content-Length: 2", "", "xx"), "bad-content-length"],
    [bytes("BYE sip:a SIP/2.0", "Content-Length: 3", "", "xx"), "truncated"],
    [new Uint8Array(70_000), "too-long"],
  ];
  for (const [data, code] of cases) {
    const result = parseSip(data);
    assert.equal(!result.ok && result.problem.code, code);
  }
});

test("an INVITE cut at every byte is a value, and complete only at the end of its body", () => {
  const end = INVITE.length - "and more that belongs to nobody".length;
  for (let length = 0; length <= INVITE.length; length += 1) {
    assert.equal(parseSip(INVITE.subarray(0, length)).ok, length >= end, `at ${length}`);
  }
});

test("any bytes give a value, to the datagram and to the stream reader", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (data) => {
      parseSip(data);
      new SipFramer().push(data);
    }),
  );
});

const token = fc.stringMatching(/^[A-Za-z0-9\-.!%*_+`'~]{1,12}$/);
const value = fc.stringMatching(/^[!-~]{1,10}( [!-~]{1,10}){0,2}$/);
const messages: fc.Arbitrary<SipMessage> = fc
  .record({
    method: token,
    uri: fc.stringMatching(/^sip:[a-z0-9]{1,8}@[a-z0-9.]{1,12}$/),
    names: fc.array(fc.tuple(fc.stringMatching(/^X-[A-Za-z0-9-]{1,8}$/), value), { maxLength: 8 }),
    body: fc.uint8Array({ maxLength: 60 }),
  })
  .map(({ method, uri, names, body }) => ({
    type: "request",
    method,
    uri,
    body,
    headers: names.map(([name, text]) => ({
      name,
      value: text,
    })),
  }));

test("any message survives serializing and parsing", () => {
  fc.assert(
    fc.property(messages, (message) => {
      const result = parseSip(serializeSip(message));
      assert.ok(result.ok);
      const length = { name: "Content-Length", value: String(message.body.length) };
      assert.deepEqual(result.value, { ...message, headers: [...message.headers, length] });
    }),
  );
});

test("a stream gives the same messages however it is cut (RFC 3261 §18.3)", () => {
  fc.assert(
    fc.property(
      fc.array(messages, { minLength: 1, maxLength: 4 }),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 }),
      (sent, sizes) => {
        const wire = sent.flatMap((message) => [13, 10, ...serializeSip(message)]);
        const stream = Uint8Array.from(wire);
        const framer = new SipFramer();
        const seen: string[] = [];
        let turn = 0;
        for (let at = 0; at < stream.length; turn += 1) {
          const next = at + sizes[turn % sizes.length]!;
          for (const message of framer.push(stream.slice(at, next))) {
            assert.ok(message.ok);
            seen.push(Buffer.from(serializeSip(message.value)).toString("hex"));
          }
          at = next;
        }
        const expected = sent.map((message) => Buffer.from(serializeSip(message)).toString("hex"));
        assert.deepEqual(seen, expected);
        assert.equal(framer.pendingBytes(), 0);
      },
    ),
    { numRuns: 50 },
  );
});

test("a stream is lost after a bad message, one without length, or one that is too long", () => {
  const cases: [Uint8Array, string][] = [
    [bytes("HELLO", "", ""), "bad-start-line"],
    [bytes("BYE sip:a SIP/2.0", "", ""), "no-content-length"],
    [bytes("BYE sip:a SIP/2.0", "Content-Length: 65536", "", ""), "too-long"],
    [new Uint8Array(66_000).fill(65), "too-long"],
  ];
  for (const [data, code] of cases) {
    const framer = new SipFramer();
    const [result] = framer.push(data);
    assert.equal(result !== undefined && !result.ok && result.problem.code, code);
    assert.deepEqual(framer.push(INVITE), []);
  }
});
