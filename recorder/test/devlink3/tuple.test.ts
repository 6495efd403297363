// Tuples: bounds, texts in both encodings, the doubled Delta2 code.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  findNumber,
  findText,
  MAXIMUM_TUPLES,
  numberTuple,
  parseText,
  parseTuples,
  parseWideText,
  serializeText,
  serializeTuples,
  serializeWideText,
  textTuple,
  TUPLE_CODE,
} from "../../src/devlink3/tuple.ts";

describe("DevLink3 tuples, devlink3.md §3", () => {
  test("tuples survive a round trip, unknown codes too", () => {
    const tuple = fc.record({
      code: fc.integer({ min: 0, max: 0xffffffff }).filter((code) => code !== 0x00760001),
      data: fc.uint8Array({ maxLength: 50 }),
    });
    fc.assert(
      fc.property(fc.array(tuple, { maxLength: 6 }), (tuples) => {
        const back = parseTuples(serializeTuples(tuples), 0);
        assert.ok(back.ok);
        assert.deepEqual(
          back.value,
          tuples.map(({ code, data }) => ({ code, data: Uint8Array.from(data) })),
        );
      }),
    );
  });

  test("a tuple that runs past the payload is refused at every cut", () => {
    const bytes = serializeTuples([textTuple(1, "one"), numberTuple(2, 2)]);
    const whole = new Set([0, 10, bytes.length]);
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      assert.equal(parseTuples(bytes.slice(0, cut), 0).ok, whole.has(cut), `cut at ${cut}`);
    }
  });

  test("more tuples than the limit are refused", () => {
    const empty = { code: 9, data: new Uint8Array(0) };
    const most = serializeTuples(Array.from({ length: MAXIMUM_TUPLES }, () => empty));
    assert.ok(parseTuples(most, 0).ok);
    const more = parseTuples(Buffer.concat([most, serializeTuples([empty])]), 0);
    assert.ok(!more.ok && more.problem.code === "too-many-tuples");
  });

  test("a tuple beyond 65,535 bytes is a programmer's mistake", () => {
    assert.throws(() => serializeTuples([{ code: 1, data: new Uint8Array(65_536) }]), /65,535/);
  });

  test("the code pair 00760001 00760002 is Delta2, as is 00760002 alone (§6.5, I13)", () => {
    const delta2 = { code: TUPLE_CODE.callDelta2, data: Uint8Array.of(1, 2) };
    const next = numberTuple(7, 7);
    const single = serializeTuples([delta2, next]);
    const pair = Buffer.concat([Uint8Array.of(0, 0x76, 0, 1), single]);
    for (const bytes of [single, Uint8Array.from(pair)]) {
      const tuples = parseTuples(bytes, 0);
      assert.ok(tuples.ok);
      assert.deepEqual(tuples.value, [delta2, next]);
    }
  });

  test("a Delta3 tuple of 0x0076 bytes is no Delta2 pair", () => {
    const delta3 = { code: TUPLE_CODE.callDelta3, data: new Uint8Array(0x76).fill(0x3c) };
    const tuples = parseTuples(serializeTuples([delta3]), 0);
    assert.ok(tuples.ok);
    assert.deepEqual(tuples.value, [delta3]);
  });

  test("trailing NULs are stripped and may be absent", () => {
    for (const nuls of ["", "\0", "\0\0"]) {
      assert.equal(parseText(new TextEncoder().encode(`Müller${nuls}`)), "Müller");
      assert.equal(parseWideText(serializeWideText(`Müller${nuls}`)), "Müller");
    }
    assert.equal(parseText(serializeText("a")), "a");
    assert.equal(parseText(Uint8Array.of()), "");
  });

  test("bad UTF-8, odd lengths and lone surrogates are tolerated", () => {
    assert.equal(parseText(Uint8Array.of(0x41, 0xff)), "A\ufffd");
    assert.equal(parseWideText(Uint8Array.of(0, 0x41, 0)), "A");
    assert.equal(parseWideText(Uint8Array.of(0xd8, 0)), "\ufffd");
  });

  test("texts and numbers are found by code; a number has four bytes", () => {
    const tuples = [textTuple(1, "first"), textTuple(1, "second"), numberTuple(2, 0xfffffffe)];
    assert.equal(findText(tuples, 1), "first");
    assert.equal(findText(tuples, 3), null);
    assert.equal(findNumber(tuples, 2), 0xfffffffe);
    assert.equal(findNumber(tuples, 1), null);
    assert.equal(findNumber(tuples, 3), null);
  });
});
