// Stream ids: their alphabet (devlink3.md §13.3), and that chance is spread evenly over it.
// Random bytes come from the test.
import assert from "node:assert/strict";
import { test } from "node:test";
import { newStreamId } from "../../src/association/stream-id.ts";
import type { Random } from "../../src/ports/index.ts";

function randomOf(bytes: readonly number[]): Random {
  const rest = [...bytes];
  return {
    bytes: (count) => Uint8Array.from({ length: count }, () => rest.shift() ?? 0),
    uuid: () => assert.fail("no UUID is needed here"),
  };
}

test("a stream id has 20 characters of devlink3.md §13.3's alphabet", () => {
  const id = newStreamId(randomOf([0, 25, 26, 51, 52, 61, 62, 247]));
  assert.match(id, /^[A-Za-z0-9]{20}$/);
  assert.equal(id.slice(0, 8), "AZaz09A9");
});

test("bytes that would favour some characters are thrown away", () => {
  const id = newStreamId(randomOf([...Array<number>(40).fill(248), ...Array<number>(20).fill(1)]));
  assert.equal(id, "B".repeat(20));
});
