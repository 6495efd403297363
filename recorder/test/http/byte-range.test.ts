// RFC 9110 §14: range requests.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { contentRange, parseRange } from "../../src/http/byte-range.ts";

test("RFC 9110 §14.1.2 first-last, first-, and the last bytes", () => {
  assert.deepEqual(parseRange("bytes=0-99", 1_000), { from: 0, to: 100 });
  assert.deepEqual(parseRange("bytes=900-", 1_000), { from: 900, to: 1_000 });
  assert.deepEqual(parseRange("bytes=900-5000", 1_000), { from: 900, to: 1_000 });
  assert.deepEqual(parseRange("bytes=-100", 1_000), { from: 900, to: 1_000 });
  assert.deepEqual(parseRange("bytes=-5000", 1_000), { from: 0, to: 1_000 });
  assert.equal(contentRange({ from: 0, to: 100 }, 1_000), "bytes 0-99/1000");
});

test("RFC 9110 §15.5.17 what lies beyond the end is not satisfiable", () => {
  for (const header of ["bytes=1000-", "bytes=1000-1001", "bytes=-0"]) {
    assert.equal(parseRange(header, 1_000), "unsatisfiable", header);
  }
  assert.equal(parseRange("bytes=0-", 0), "unsatisfiable");
});

test("RFC 9110 §14.2 other ranges are as if there were none", () => {
  for (const header of [undefined, "", "bytes=-", "bytes=5-4", "bytes=0-1,3-4", "lines=1-2"]) {
    assert.equal(parseRange(header, 1_000), "all", String(header));
  }
});

test("whatever a header says, the range lies within the file", () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(), fc.nat(), (text, first, last) => {
      for (const header of [text, `bytes=${first}-${last}`, `bytes=-${last}`]) {
        const range = parseRange(header, 5_000);
        if (typeof range === "string") continue;
        assert.ok(range.from >= 0 && range.from < range.to && range.to <= 5_000);
      }
    }),
  );
});
