// Which recordings retention takes, each rule with its boundary.
import assert from "node:assert/strict";
import { test } from "node:test";
import { expired, type RetentionEntry, type RetentionRule } from "../../src/storage/retention.ts";

const DAY_MS = 86_400_000;
const NOW_MS = 1_795_366_801_000;

const keyOf = (ageMs: number, n = 1): string =>
  `00000000-0000-4000-8000-${String(n).padStart(12, "0")}-${NOW_MS - ageMs}`;
const entry = (ageMs: number, set: Partial<RetentionEntry> = {}): RetentionEntry => ({
  ...{ recordingKey: keyOf(ageMs), pool: "main", isHeld: false },
  ...set,
});
const taken = (entries: readonly RetentionEntry[], rule: Partial<RetentionRule> = {}): string[] =>
  expired(
    entries,
    new Map([["main", { deleteAfterDays: 30, keepAtLeastDays: 0, ...rule }]]),
    NOW_MS,
  );

test("a recording's time is over when its days are full, not a millisecond before", () => {
  assert.deepEqual(taken([entry(30 * DAY_MS)]), [keyOf(30 * DAY_MS)]);
  assert.deepEqual(taken([entry(30 * DAY_MS - 1)]), []);
});

test("0 days is never, a legal hold keeps, another pool has no rule, a strange name no age", () => {
  const old = 400 * DAY_MS;
  assert.deepEqual(taken([entry(old)], { deleteAfterDays: 0 }), []);
  assert.deepEqual(taken([entry(old, { isHeld: true })]), []);
  assert.deepEqual(taken([entry(old, { pool: "other" })]), []);
  assert.deepEqual(taken([entry(old, { recordingKey: "strange" })]), []);
});

test("what must be kept at least is kept, though it may be deleted sooner", () => {
  const rule = { keepAtLeastDays: 90 };
  assert.deepEqual(taken([entry(90 * DAY_MS - 1)], rule), []);
  assert.deepEqual(taken([entry(90 * DAY_MS)], rule), [keyOf(90 * DAY_MS)]);
  assert.deepEqual(taken([entry(30 * DAY_MS)], { keepAtLeastDays: 7 }), [keyOf(30 * DAY_MS)]);
});

test("the oldest go first, those of one moment by their key", () => {
  const [first, second, third] = [keyOf(50 * DAY_MS), keyOf(40 * DAY_MS, 1), keyOf(40 * DAY_MS, 2)];
  const entries = [third, first, second].map((recordingKey) => entry(0, { recordingKey }));
  assert.deepEqual(taken(entries), [first, second, third]);
});
