// Tuples and the texts in them.
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import {
  decodeNumber,
  decodeText,
  decodeWideText,
  encodeNumber,
  encodeText,
  encodeWideText,
  MAXIMUM_TUPLE_DATA_BYTES,
  parseTuples,
  serializeTuples,
} from "../../src/wire/devlink3-tuple.ts";

test("tuples go there and back, from any offset", () => {
  const tuple = fc.record(
    {
      code: fc.integer({ min: 0, max: 0xffffffff }),
      data: fc.uint8Array({ maxLength: 40 }),
    },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(fc.array(tuple, { maxLength: 5 }), fc.integer({ min: 0, max: 20 }), (list, at) => {
      const payload = new Uint8Array([...new Uint8Array(at), ...serializeTuples(list)]);
      assert.deepEqual(parseTuples(payload, at), { ok: true, value: list });
    }),
  );
});

test("tuples cut at any byte but a boundary are refused", () => {
  const bytes = serializeTuples([{ code: 0x00760001, data: encodeText("abc") }]);
  for (let end = 1; end < bytes.length; end += 1) {
    const result = parseTuples(bytes.slice(0, end), 0);
    assert.ok(!result.ok);
    assert.equal(result.problem.code, "truncated");
  }
});

test("a tuple can hold 65,535 bytes and no more", () => {
  const full = { code: 1, data: new Uint8Array(MAXIMUM_TUPLE_DATA_BYTES) };
  assert.equal(serializeTuples([full]).length, MAXIMUM_TUPLE_DATA_BYTES + 6);
  const tooLong = { code: 1, data: new Uint8Array(MAXIMUM_TUPLE_DATA_BYTES + 1) };
  assert.throws(() => serializeTuples([tooLong]), RangeError);
});

test("UTF-8 text ends with one NUL; trailing NULs are stripped, their absence is tolerated", () => {
  assert.deepEqual([...encodeText("é")], [0xc3, 0xa9, 0]);
  assert.equal(decodeText(Uint8Array.of(0x41, 0, 0, 0)), "A");
  assert.equal(decodeText(Uint8Array.of(0x41)), "A");
  assert.equal(decodeText(new Uint8Array()), "");
});

test("wide text is UTF-16BE with 0x0000, an odd last byte is ignored", () => {
  assert.deepEqual([...encodeWideText("A😀")], [0, 0x41, 0xd8, 0x3d, 0xde, 0, 0, 0]);
  assert.equal(decodeWideText(Uint8Array.of(0, 0x41, 0, 0, 0)), "A");
  assert.equal(decodeWideText(Uint8Array.of(0)), "");
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      assert.equal(decodeWideText(encodeWideText(text)), text.replace(/\0+$/, ""));
    }),
  );
});

test("numbers are exactly four bytes", () => {
  assert.equal(decodeNumber(encodeNumber(0xfffffffe)), 0xfffffffe);
  assert.equal(decodeNumber(Uint8Array.of(1, 2, 3)), null);
  assert.equal(decodeNumber(Uint8Array.of(0, 0, 0, 0, 1)), null);
});
