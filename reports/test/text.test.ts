// Text of reports: figures a person reads, and hostile characters made harmless.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  escapeMarkup,
  formatCount,
  formatDuration,
  formatMoment,
  formatShare,
  plural,
  visibleLine,
  visibleText,
} from "../src/text.ts";

test("durations are written in the unit that a person would use", () => {
  const table: readonly (readonly [number, string])[] = [
    [0, "0 ms"],
    [999.4, "999 ms"],
    [999.6, "1.0 s"],
    [4_230, "4.2 s"],
    [59_960, "1 min 00 s"],
    [185_000, "3 min 05 s"],
    [7_800_000, "2 h 10 min"],
  ];
  for (const [ms, text] of table) assert.equal(formatDuration(ms), text);
});

test("a small loss is never written as none", () => {
  assert.equal(formatShare(0), "0 %");
  assert.equal(formatShare(0.000001), "< 0.01 %");
  assert.equal(formatShare(0.0002), "0.02 %");
  assert.equal(formatShare(0.031), "3.1 %");
});

test("counts and moments", () => {
  assert.equal(formatCount(1_234_567), "1,234,567");
  assert.equal(formatCount(12), "12");
  assert.equal(plural(1, "run"), "1 run");
  assert.equal(plural(1_200, "run"), "1,200 runs");
  assert.equal(formatMoment(12_345), "12.345 s");
});

test("control characters, direction marks and lone surrogates become visible", () => {
  assert.equal(visibleText("a\u0000b\r\nc\u001b[2K\u007f"), "a\u2400b\nc\u241b[2K\u2421");
  assert.equal(visibleText("x\u202ey\u2066\ud800"), String.raw`x\u202ey\u2066` + "\ufffd");
  assert.equal(visibleLine("a\tb\nc"), "a\u2409b\u240ac");
});

test("no text leaves its element or attribute", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const escaped = escapeMarkup(text);
      assert.doesNotMatch(escaped, /[<>"']/);
      assert.doesNotMatch(escaped.replaceAll(/&(amp|lt|gt|quot|#39);/g, ""), /&/);
      // oxlint-disable-next-line no-control-regex -- XML 1.0 forbids exactly these
      assert.doesNotMatch(escaped, /[\u0000-\u0008\u000b-\u001f\ufffe\uffff]/);
    }),
  );
});
