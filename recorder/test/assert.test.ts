// Programmer's mistakes are found, also in production; bad input is a value.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as product from "../src/assert.ts";
import { parsed, refused } from "../src/parsed.ts";

const check: typeof product.assert = product.assert;

test("a broken assumption is an AssertionFailure with its message", () => {
  check(true, "fine");
  assert.throws(() => check(false, "broken"), { name: "AssertionFailure", message: "broken" });
});

test("what the compiler proved impossible is a mistake at run time", () => {
  const impossible = "other" as never;
  assert.throws(() => product.unreachable(impossible), /unreachable: "other"/);
});

test("a parser's results are values", () => {
  assert.deepEqual(parsed(5), { ok: true, value: 5 });
  assert.deepEqual(refused("truncated", 4, "It ends."), {
    ok: false,
    problem: { code: "truncated", at: 4, detail: "It ends." },
  });
});
