// A matrix counts once and runs as its cells, each a scenario with a name that says which.
import assert from "node:assert/strict";
import { test } from "node:test";
import { runnable } from "../src/index.ts";
import { scenario } from "../src/language/index.ts";
import { cellName, cellsOf } from "../src/language/matrix.ts";

const MADE = scenario({
  name: "group/matrix",
  title: "In every combination",
  proves: ["R1"],
  matrix: { kind: ["blind", "supervised"], transport: ["udp", "tcp"], isOn: [true, false] },
  drives: 2,
  recorder: ({ transport, isOn }) => ({ sip: { transports: [transport] }, isOn }),
  tls: ({ isOn }) => isOn,
  modes: ({ kind }) => (kind === "blind" ? undefined : ["virtual"]),
  notElsewhere: ({ kind }) => (kind === "blind" ? undefined : "for this test"),
  story: (story, { kind }) => Promise.reject(new Error(`${story.mode} ${kind}`)),
  expects: ({ kind }) => ({ recordings: kind === "blind" ? [] : [{ part: 1 }] }),
});

test("each combination is a cell, the first axis changes slowest", () => {
  assert.deepEqual(MADE.cells.map(({ name }) => name).slice(0, 3), [
    "group/matrix[kind=blind,transport=udp,isOn=true]",
    "group/matrix[kind=blind,transport=udp,isOn=false]",
    "group/matrix[kind=blind,transport=tcp,isOn=true]",
  ]);
  assert.equal(MADE.cells.length, 8);
  assert.equal(new Set(MADE.cells.map(({ name }) => name)).size, 8);
  assert.deepEqual(runnable([MADE]), MADE.cells);
});

test("what differs is asked for each cell, what does not is in all", async () => {
  const last = MADE.cells.at(-1);
  assert.deepEqual(last?.cell, { kind: "supervised", transport: "tcp", isOn: false });
  assert.deepEqual(last?.recorder, { sip: { transports: ["tcp"] }, isOn: false });
  assert.deepEqual([last?.drives, last?.tls, last?.modes], [2, null, ["virtual"]]);
  assert.deepEqual(last?.expects?.recordings, [{ part: 1 }]);
  assert.deepEqual(MADE.cells[0]?.tls, {});
  assert.deepEqual(MADE.cells[0]?.modes, ["virtual", "live"]);
  const told = { mode: "virtual" } as Parameters<typeof MADE.story>[0];
  await assert.rejects(MADE.cells[0]?.story(told) ?? Promise.resolve(), /virtual blind/);
});

test("the matrix itself has the modes of its cells, and no story", async () => {
  assert.deepEqual(MADE.modes, ["virtual", "live"]);
  assert.equal(MADE.cell, null);
  const told = {} as Parameters<typeof MADE.story>[0];
  await assert.rejects(MADE.story(told), /is a matrix: run its cells/);
});

test("a scenario without axes is its own only cell", () => {
  assert.deepEqual(cellsOf("a/b", {}), [{}]);
  assert.equal(cellName("a/b", {}), "a/b");
});

for (const [what, matrix, problem] of [
  ["a value twice", { kind: ["a", "a"] }, /needs values, each once/],
  ["no value", { kind: [] }, /needs values, each once/],
  ["a value that is no word", { kind: ["a,b"] }, /"a,b" is no word/],
  ["an axis that is no word", { "a=b": [1] }, /"a=b" is no axis name/],
  ["too many cells", { a: range(20), b: range(20) }, /400 cells, more than 200/],
] as const) {
  test(`a matrix with ${what} is refused`, () => {
    assert.throws(() => cellsOf("a/b", matrix), problem);
  });
}

test("a cell that runs in one mode says why not in the other", () => {
  const given = { name: "a/b", title: "t", proves: ["R1"], matrix: { kind: [1] } } as const;
  assert.throws(
    () => scenario({ ...given, modes: ["live"], story: () => Promise.resolve() }),
    /names its modes but not why/,
  );
});

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
