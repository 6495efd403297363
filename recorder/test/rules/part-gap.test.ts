// The gap between parts, R22: from the end of the recorded part before to the next SIP call.
import assert from "node:assert/strict";
import { test } from "node:test";
import { gapBefore, gapFields } from "../../src/rules/part-gap.ts";

const part = (number: number, beganMs: number | null, endedMs: number | null, byeMs = endedMs) => ({
  part: number,
  beganMs: beganMs ?? 0,
  recordingBeganMs: beganMs,
  endedMs,
  recordingEndedMs: byeMs,
});

test("the first part has none, nor one of which no recording came", () => {
  assert.equal(gapBefore(part(1, 10, null), [], null), null);
  assert.equal(gapBefore(part(2, null, null), [part(1, 10, 20)], 5), null);
});

test("it begins with the agent's leaving or the BYE, whichever came first", () => {
  assert.equal(gapBefore(part(2, 100, null), [part(1, 10, 60, 40)], null), 60);
  assert.equal(gapBefore(part(2, 100, null), [part(1, 10, 40, 60)], null), 60);
});

test("a failed part in between is part of the gap", () => {
  assert.equal(gapBefore(part(3, 100, null), [part(1, 10, 40), part(2, null, 90)], null), 60);
});

test("parts that overlap have a gap of nothing", () => {
  assert.equal(gapBefore(part(2, 100, null), [part(1, 10, null)], null), 0);
});

test("what only the process before knew counts as a part before, if it is the last one", () => {
  assert.equal(gapBefore(part(2, 100, null), [], -20), 120);
  assert.equal(gapBefore(part(3, 100, null), [part(2, 10, 40)], -20), 60);
});

test("a later part of the same conversation is none before it", () => {
  const own = part(2, 100, null);
  assert.equal(gapBefore(own, [own, part(3, 10, 40)], null), null);
});

test("journal and row name whole milliseconds, and only for a part that follows another", () => {
  const timed = { recordingBeganMs: 105.6, beganMs: 100 };
  assert.deepEqual(gapFields({ ...timed, gapMs: 60.4 }), { gapMs: 60, missedMs: 6 });
  assert.deepEqual(gapFields({ ...timed, gapMs: null }), {});
});
