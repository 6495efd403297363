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

function problemOf(text: string, limits = SIP_PARSE_LIMITS): unknown {
  const last = new StreamFraming(limits).push(Buffer.from(text)).at(-1);
  return last?.type === "damaged" ? last.problem : (last?.type ?? null);
}

test("§18.3: damage says what a stream needs, and gives back what was read", () => {
  const at = "Content-Length";
  const text = "OPTIONS sip:a@b SIP/2.0\r\nVia: x\r\n\r\n";
  assert.deepEqual(new StreamFraming(SIP_PARSE_LIMITS).push(Buffer.from(text)), [
    {
      type: "damaged",
      problem: {
        ...{ code: "bad-content-length", at },
        detail: "On a stream exactly one proper Content-Length is needed.",
      },
      bytes: new Uint8Array(Buffer.from(text)),
    },
  ]);
  const limits = { ...SIP_PARSE_LIMITS, maximumMessageBytes: 60 };
  const long = { code: "too-large", at };
  assert.deepEqual(problemOf("x".repeat(61), limits), {
    ...{ ...long, detail: "The headers are longer than a message may be." },
  });
  assert.equal(problemOf("x".repeat(60), limits), null);
  const head = "OPTIONS sip:a@b SIP/2.0\r\nl: 20\r\n\r\n";
  const body = "y".repeat(20);
  const exact = { ...SIP_PARSE_LIMITS, maximumMessageBytes: head.length + 20 };
  assert.equal(problemOf(head + body, exact), "message");
  assert.deepEqual(problemOf(head + body, { ...exact, maximumMessageBytes: head.length + 19 }), {
    ...long,
    detail: "Content-Length is beyond what a message may have.",
  });
});

test("a Content-Length of 0 ends the message with its head, and 0 stray bytes are no message", () => {
  const framing = new StreamFraming(SIP_PARSE_LIMITS);
  const text = "OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 0\r\n\r\n";
  assert.deepEqual(show(framing.push(Buffer.from(text + text))), [text, text]);
  assert.deepEqual(framing.push(new Uint8Array()), []);
});

test("a header whose name only ends like Content-Length is none; a bare line is stepped over", () => {
  const text = "OPTIONS sip:a@b SIP/2.0\r\nX-Content-Length: 9\r\nnonsense\r\nl: 2\r\n\r\nab";
  assert.deepEqual(show(new StreamFraming(SIP_PARSE_LIMITS).push(Buffer.from(text))), [text]);
});

test("RFC 5626 §3.5.1: two line ends are a ping, one alone is passed over, whatever comes between", () => {
  const framing = new StreamFraming(SIP_PARSE_LIMITS);
  const told = (text: string): string[] => show(framing.push(Buffer.from(text)));
  assert.deepEqual(told("\r\n\r"), []);
  assert.deepEqual(told("\n"), ["ping"]);
  assert.deepEqual(told(`\n\r\n\n${TWO}`), [TWO]);
  assert.deepEqual(told(`\r\n\r\n\r\n\r\n\r\n${TWO}`), ["ping", "ping", TWO]);
  assert.deepEqual(told(`${TWO}\r\n\r\n`), [TWO, "ping"]);
});

test("line ends within a body belong to it", () => {
  const text = "OPTIONS sip:a@b SIP/2.0\r\nl: 8\r\n\r\n\r\n\r\n\r\n\r\n";
  const framing = new StreamFraming(SIP_PARSE_LIMITS);
  assert.deepEqual(show(framing.push(Buffer.from(text.slice(0, -4)))), []);
  assert.deepEqual(show(framing.push(Buffer.from(text.slice(-4)))), [text]);
});
