// TCP framing: any cut of the stream gives the same messages; damage is final.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { SIP_PARSE_LIMITS } from "../../src/sip/parse.ts";
import { StreamFraming, type FramingOutput } from "../../src/sip/stream-framing.ts";
import { invite, request } from "./endpoint-fixture.ts";

function show(outputs: readonly FramingOutput[]): string[] {
  return outputs.map((output) =>
    output.type === "message" ? Buffer.from(output.bytes).toString() : output.type,
  );
}

const ONE = invite();
const TWO = request("OPTIONS", { callId: "two" });

test("RFC 3261 §18.3: messages are cut by Content-Length wherever the stream is cut", () => {
  const stream = Buffer.from(`\r\n${ONE}\r\n\r\n${TWO}\r\n${ONE}`);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 20 }), (sizes) => {
      const framing = new StreamFraming(SIP_PARSE_LIMITS);
      const outputs: FramingOutput[] = [];
      let at = 0;
      for (const size of [...sizes, stream.length]) {
        outputs.push(...framing.push(stream.subarray(at, at + size)));
        at += size;
      }
      assert.deepEqual(show(outputs), [ONE, "ping", TWO, ONE]);
    }),
    { numRuns: 200, seed: 3 },
  );
});

test("a folded or compact Content-Length is found, a bare LF ends lines too", () => {
  const framing = new StreamFraming(SIP_PARSE_LIMITS);
  const text = "OPTIONS sip:a@b SIP/2.0\nl :\n  3\nVia: x\n\nabcREST";
  assert.deepEqual(show(framing.push(Buffer.from(text))), [text.slice(0, -4)]);
});

for (const [name, text, code] of [
  ["no Content-Length", "OPTIONS sip:a@b SIP/2.0\r\nVia: x\r\n\r\n", "bad-content-length"],
  ["two of them", "OPTIONS sip:a@b SIP/2.0\r\nl: 1\r\nl: 1\r\n\r\n", "bad-content-length"],
  ["a negative one", "OPTIONS sip:a@b SIP/2.0\r\nl: -1\r\n\r\n", "bad-content-length"],
  ["one beyond the limit", "OPTIONS sip:a@b SIP/2.0\r\nl: 99999\r\n\r\n", "too-large"],
  ["headers without end", "x".repeat(65_536), "too-large"],
] as const) {
  test(`${name} damages the stream for good`, () => {
    const framing = new StreamFraming(SIP_PARSE_LIMITS);
    const outputs = framing.push(Buffer.from(text));
    assert.equal(outputs.length, 1);
    const [output] = outputs;
    assert.ok(output?.type === "damaged");
    assert.equal(output.problem.code, code);
    assert.ok(output.bytes.length <= SIP_PARSE_LIMITS.maximumMessageBytes);
    assert.deepEqual(framing.push(Buffer.from(TWO)), []);
  });
}

test("any bytes in any pieces: no exception", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 10 }), (pieces) => {
      const framing = new StreamFraming(SIP_PARSE_LIMITS);
      for (const piece of pieces) framing.push(piece);
    }),
    { numRuns: 300, seed: 4 },
  );
});
