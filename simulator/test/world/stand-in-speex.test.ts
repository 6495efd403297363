// The container of the virtual encoder: lossless both ways, and never an exception.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  linearFromMuLaw,
  parseStandInSpeex,
  serializeStandInSpeex,
} from "../../src/world/index.ts";

describe("stand-in Speex", () => {
  const runs = fc.array(fc.tuple(fc.integer({ min: 1, max: 700 }), fc.nat(255)), { maxLength: 12 });

  test("any µ-law comes back, to the sample", () => {
    fc.assert(
      fc.property(runs, fc.uint8Array({ maxLength: 900 }), (spans, noise) => {
        const parts = spans.map(([length, value]) => new Uint8Array(length).fill(value));
        const muLaw = new Uint8Array(Buffer.concat([...parts, noise, ...parts]));
        const file = parseStandInSpeex(serializeStandInSpeex(muLaw, 8));
        assert.ok(file.ok);
        assert.equal(file.quality, 8);
        assert.deepEqual(file.muLaw, muLaw);
      }),
      { numRuns: 100, seed: 1 },
    );
  });

  test("a recording does not grow by being stored", () => {
    const muLaw = new Uint8Array(80_000).fill(0xff);
    assert.ok(serializeStandInSpeex(muLaw, 8).length < muLaw.length + 32);
  });

  test("truncated or changed at any byte it is a problem, never an exception", () => {
    const whole = serializeStandInSpeex(
      Uint8Array.from({ length: 200 }, (_, at) => at % 50),
      8,
    );
    for (let length = 0; length < whole.length; length += 1) {
      assert.equal(parseStandInSpeex(whole.subarray(0, length)).ok, false);
    }
    for (let at = 0; at < whole.length; at += 1) {
      const changed = whole.slice();
      changed[at] = (changed[at] ?? 0) ^ 0x10;
      assert.equal(parseStandInSpeex(changed).ok, false);
    }
  });

  test("µ-law codes have the values of ITU-T G.711 table 2", () => {
    const codes = Uint8Array.of(0xff, 0x7f, 0xfe, 0xef, 0xf0, 0x80, 0x00, 0x8f, 0xdf);
    const expected = [0, 0, 8, 132, 120, 32_124, -32_124, 16_764, 396];
    assert.deepEqual([...linearFromMuLaw(codes)], expected);
  });
});
