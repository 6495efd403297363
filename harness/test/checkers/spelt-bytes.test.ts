// Bytes spelt by a text: the search that skips finds what a search character by character does.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { speltBytes } from "../../src/checkers/spelt-bytes.ts";

/** Character by character. */
function plainly(text: string): string[] {
  return [...text.matchAll(/[A-Za-z0-9+/_-]{213,}/g)].flatMap(([run]) => [
    ...[...run.matchAll(/[0-9a-f]{320,}/gi)].map(
      ([hex]) => `hex ${Buffer.from(hex, "hex").toString("hex")}`,
    ),
    `base64 ${Buffer.from(run, "base64").toString("hex")}`,
  ]);
}

function found(text: string): string[] {
  const spelt = [...speltBytes(Buffer.from(text))];
  return spelt.map(({ by, bytes }) => `${by} ${Buffer.from(bytes).toString("hex")}`);
}

test("runs of 213 characters count, those of 212 do not, wherever they stand", () => {
  for (const before of ["", " ", "x ", '{"data":"', "é"]) {
    for (const after of ["", '"}', "\n"]) {
      assert.equal(found(`${before}${"A".repeat(213)}${after}`).length, 1);
      assert.equal(found(`${before}${"A".repeat(212)}${after}`).length, 0);
    }
  }
});

test("hex of a whole frame is found beside the base64 that it might be as well", () => {
  const hex = "0F".repeat(160);
  assert.deepEqual(found(`data ${hex} end`)[0], `hex ${Buffer.from(hex, "hex").toString("hex")}`);
  assert.deepEqual(found(`data ${hex.slice(2)} end`).length, 1);
});

test("any text gives what a search character by character gives", () => {
  const piece = fc.oneof(
    fc.constantFrom(" ", "é", '"', "=", "\n", "ab cd"),
    fc
      .tuple(fc.constantFrom("a", "Z", "0f", "+/"), fc.integer({ min: 1, max: 400 }))
      .map(([letter, count]) => letter.repeat(count)),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = pieces.join("");
      assert.deepEqual(found(text), plainly(text));
    }),
    { numRuns: 300, seed: 1 },
  );
});
