// Patterns with * and ?; numbers as people write them.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fitsNumber, fitsPattern, plainNumber } from "../../src/rules/pattern.ts";

test("* stands for any run, ? for one character, case does not matter", () => {
  for (const pattern of ["alice", "A*", "*e", "a?ice", "*l*c*", "*", "alice*", "**"]) {
    assert.ok(fitsPattern("Alice", pattern), pattern);
  }
  for (const pattern of ["", "alic", "alicee", "?", "a?lice", "b*", "*x*"]) {
    assert.ok(!fitsPattern("Alice", pattern), pattern);
  }
});

test("numbers are compared without what stands between digits", () => {
  assert.equal(plainNumber("+49 (30) 123-45/6"), "+4930123456");
  assert.equal(plainNumber("<sip:5550100@10.0.0.9;user=phone>"), "5550100");
  assert.ok(fitsNumber("+4930123456", "+49 30 *"));
  assert.ok(!fitsNumber("", "*"), "a withheld number is none");
});

test("any pattern is tried in little time, and a text fits itself", () => {
  const texts = fc.string({ maxLength: 40 });
  fc.assert(fc.property(texts, texts, (text, pattern) => void fitsPattern(text, pattern)));
  const plain = fc.stringMatching(/^[a-z0-9]{1,20}$/);
  fc.assert(fc.property(plain, plain, (one, two) => fitsPattern(one + two, `${one}*${two}`)));
  assert.ok(!fitsPattern("a".repeat(256), `${"a*".repeat(60)}b`));
});
