// After a loss of power: a journal with holes is one JSON object a line again (formats.md).
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseJournal } from "../../src/audio/journal.ts";
import { mendTornJournal, withoutHoles } from "../../src/recording/torn-journal.ts";
import { MemoryDisk } from "../memory-disk.ts";
import { journalText, UP } from "./journals.ts";

const PATH = "/live/rec.tmpvrtx";
const text = journalText(UP);
const ends = [...text.matchAll(/\n/g)].map(({ index }) => index + 1);

/** The journal with zeros from byte `from` to byte `to`. */
function holed(from: number, to: number): Uint8Array {
  return new TextEncoder().encode(text).fill(0, from, to);
}

function linesOf(bytes: Uint8Array): unknown[] {
  const rows = new TextDecoder().decode(bytes).split("\n");
  return rows.filter((row) => row.trim() !== "").map((row) => JSON.parse(row) as unknown);
}

test("a hole in one line or over several costs those lines; all others are JSON as before", () => {
  const whole = linesOf(Buffer.from(text));
  assert.ok(whole.length >= 3);
  for (const [from, to, lost] of [
    [ends[0]! + 5, ends[0]! + 20, [1]],
    [ends[0]!, ends[1]! - 1, [1]],
    [ends[0]! + 5, ends[1]! + 5, [1, 2]],
  ] as const) {
    const mended = withoutHoles(holed(from, to)) ?? assert.fail("it has a hole");
    assert.equal(mended.length, text.length);
    const kept = whole.filter((_, index) => !(lost as readonly number[]).includes(index));
    assert.deepEqual(linesOf(mended), kept);
    assert.deepEqual(parseJournal(mended).problems, []);
  }
});

test("a whole line behind zeros is kept", () => {
  const mended = withoutHoles(holed(ends[0]!, ends[1]!)) ?? assert.fail("it has a hole");
  const whole = linesOf(Buffer.from(text));
  assert.deepEqual(linesOf(mended), whole.toSpliced(1, 1));
});

test("a journal without holes is not written, a torn end is left to who appends", async () => {
  const disk = new MemoryDisk();
  disk.directories.add("/live");
  for (const tail of ["", '{"at":', "\0\0\0"]) {
    const bytes = Buffer.from(text + tail);
    disk.put(PATH, bytes);
    assert.equal(await mendTornJournal(disk, PATH, bytes), null);
    assert.deepEqual(Buffer.from(await disk.readFile(PATH)), bytes);
  }
});

test("what is mended stands in the file, and nothing is left to mend", async () => {
  const disk = new MemoryDisk();
  disk.directories.add("/live");
  const bytes = holed(ends[0]! + 5, ends[1]! + 5);
  disk.put(PATH, bytes);
  const mended = await mendTornJournal(disk, PATH, bytes);
  const now = await disk.readFile(PATH);
  assert.deepEqual(now, mended);
  assert.equal(withoutHoles(now), null);
});
