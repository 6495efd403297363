// What a complete journal tells of the part that it recorded, for the conversation to go on.
import assert from "node:assert/strict";
import { test } from "node:test";
import { finishedPartOf, readFinishedParts } from "../../src/recording/finished-part.ts";
import { RecordingLog } from "../devlink3/fakes.ts";
import { MemoryDisk } from "../memory-disk.ts";
import { ASSOCIATION, END, HEADER, journalOf, journalText, KEY, UP } from "./journals.ts";

const COMPLETE = [...UP, ASSOCIATION, END];
/** Lines are a second apart. */
const ENDED_MS = 1_795_366_801_000 + (COMPLETE.length - 1) * 1000;

test("R22: a part is known by its last association, and ends with its journal", () => {
  const lines = [...UP, ASSOCIATION, { ...ASSOCIATION, part: 2 }, END];
  const part = finishedPartOf(journalOf(lines));
  assert.equal(part?.recordingKey, KEY);
  assert.equal(part.association.part, 2);
  assert.equal(part.association.callKey, "c0a80a01-31-1795366801000");
  assert.equal(part.endedWallMs, ENDED_MS + 1000);
});

test("R22: its own gap goes with it, and whether it was tied late", () => {
  const about = { late: true, gapMs: 70, missedMs: 5 };
  const lines = [...UP, { ...ASSOCIATION, ...about }, END];
  const { late, gapMs, missedMs } = finishedPartOf(journalOf(lines))?.association ?? {};
  assert.deepEqual({ late, gapMs, missedMs }, about);
  const plain = finishedPartOf(journalOf(COMPLETE))?.association ?? {};
  assert.deepEqual(["late" in plain, "gapMs" in plain, "missedMs" in plain], [false, false, false]);
});

test("its stream id stands in the header", () => {
  const lines = [{ ...HEADER, liveStreamId: "s1" }, ...COMPLETE.slice(1)];
  assert.equal(finishedPartOf(journalOf(lines))?.association.liveStreamId, "s1");
  assert.equal(finishedPartOf(journalOf(COMPLETE))?.association.liveStreamId, null);
});

test("without header, end or association, and as nobody's part, it is none", () => {
  for (const missing of [HEADER, END, ASSOCIATION]) {
    const lines = COMPLETE.filter((line) => line !== missing);
    assert.equal(finishedPartOf(journalOf(lines)), null, missing.type);
  }
  const nobodys = [...UP, { ...ASSOCIATION, part: null }, END];
  assert.equal(finishedPartOf(journalOf(nobodys)), null);
  const timeless = [...UP, ASSOCIATION, { ...END, at: "yesterday" }];
  assert.equal(finishedPartOf(journalOf(timeless)), null);
});

test("a journal that cannot be read is told of, and keeps no other from being known", async () => {
  const disk = new MemoryDisk();
  const log = new RecordingLog();
  disk.put("/live/bad.vrtx", "x");
  disk.failures.set("readFile /live/bad.vrtx", "EIO");
  disk.put("/live/orphan.vrtx", journalText([...UP, END]));
  disk.put(`/live/${KEY}.vrtx`, journalText(COMPLETE));
  const parts = await readFinishedParts("/live", ["bad", "orphan", KEY], { disk, log });
  assert.deepEqual(
    parts.map(({ recordingKey }) => recordingKey),
    [KEY],
  );
  assert.deepEqual(
    log.lines.map(({ message, fields }) => [message, fields["code"], fields["recordingId"]]),
    [["/live/bad.vrtx: EIO", "LIVE_READ_FAILED", "bad"]],
  );
  disk.readFile = () => Promise.reject(new TypeError("a mistake"));
  await assert.rejects(readFinishedParts("/live", [KEY], { disk, log }), /a mistake/);
});
