// Which rule decides, and what becomes of a recording (R13, R14; design.md §5, "Record From
// Beginning").
import assert from "node:assert/strict";
import { test } from "node:test";
import { allMatches, keepingOf, newMatches, verdictOf } from "../../src/rules/verdict.ts";
import { CALL_KEY, rulesOf, step } from "./steps.ts";

const agent = (title: string, extension: string, record = true): object => ({
  title,
  kind: "agent",
  record,
  match: { agents: [extension] },
});
const BOB = step({ agents: [{ extension: "2002", names: [], groups: [] }], atWallMs: 1 });
const CALL = { callKey: CALL_KEY, steps: [step(), BOB] };

function verdict(rules: readonly object[], recordFromBeginning = true) {
  const checked = rulesOf(...rules);
  const options = { rules: checked, recordFromBeginning };
  const { decision, deciding, isWanted, isFinal } = verdictOf(allMatches(checked, CALL), options);
  return [decision, deciding?.title ?? null, isWanted, isFinal];
}

test("the first in the list decides, not the first in time", () => {
  assert.deepEqual(verdict([agent("b", "2002"), agent("a", "2001")]), [
    "positive",
    "b",
    true,
    true,
  ]);
});

test("a negative match beats positive ones, wherever it stands", () => {
  const rules = [agent("a", "2001"), agent("not b", "2002", false)];
  assert.deepEqual(verdict(rules), ["negative", "not b", false, true]);
  assert.deepEqual(verdict(rules.toReversed()), ["negative", "not b", false, true]);
});

test("a verdict is final when nothing can change it any more", () => {
  assert.deepEqual(verdict([agent("a", "2001"), agent("n", "9", false)]), [
    "positive",
    "a",
    true,
    false,
  ]);
  assert.deepEqual(verdict([agent("c", "9")]), ["none", null, false, false]);
  assert.deepEqual(verdict([agent("n", "9", false)]), ["none", null, false, true]);
});

test("R13, R14: no rules: on keeps everything, off records nothing", () => {
  assert.deepEqual(verdict([], true), ["no-rules", null, true, true]);
  assert.deepEqual(verdict([], false), ["no-rules", null, false, true]);
});

test("a match says at which event of which call; a rule matches once", () => {
  const rules = rulesOf(agent("a", "2001"));
  const [match] = allMatches(rules, { callKey: CALL_KEY, steps: [step(), step()] });
  assert.deepEqual(match, {
    order: 0,
    title: "a",
    kind: "agent",
    record: true,
    event: "talking",
    eventId: "c0a80a01-31-2",
    deviceCallId: "c0a80a01-31",
    atWallMs: step().atWallMs,
  });
  assert.ok(match !== undefined);
  assert.deepEqual(newMatches(rules, CALL, { index: 0, known: [match] }), []);
  assert.deepEqual(newMatches(rules, CALL, { index: 9, known: [] }), []);
});

const ON = { recordFromBeginning: true, isGapless: true, hasBegunByRule: false };
const OFF = { recordFromBeginning: false, isGapless: true, hasBegunByRule: true };
type Case = readonly [string, Parameters<typeof keepingOf>, string];
const NONE = { decision: "none", isWanted: false } as const;
const NEGATIVE = { decision: "negative", isWanted: false } as const;
const POSITIVE = { decision: "positive", isWanted: true } as const;
const NO_RULES = { decision: "no-rules", isWanted: false } as const;

const KEEPINGS: readonly Case[] = [
  ["R13 on, a positive match", [POSITIVE, ON], "keep"],
  ["R13 on, a positive match and a gap", [POSITIVE, { ...ON, isGapless: false }], "keep"],
  ["R13 on, no match", [NONE, ON], "discard rule"],
  ["R13 on, a negative match", [NEGATIVE, ON], "discard rule"],
  ["R13 on, no match, link lost", [NONE, { ...ON, isGapless: false }], "keep rules-unproven"],
  ["R13 on, negative, link lost", [NEGATIVE, { ...ON, isGapless: false }], "keep rules-unproven"],
  ["R14 off, a later negative match", [NEGATIVE, OFF], "discard rule"],
  ["R14 off, negative, link lost", [NEGATIVE, { ...OFF, isGapless: false }], "discard rule"],
  ["R14 off, begun by a rule that is gone", [NONE, OFF], "keep"],
  ["R14 off, sent unasked, no match", [NONE, { ...OFF, hasBegunByRule: false }], "discard rule"],
  ["R14 off, no rules, sent unasked", [NO_RULES, { ...OFF, isGapless: false }], "discard rule"],
];

for (const [name, given, expected] of KEEPINGS) {
  test(`keeping: ${name}: ${expected}`, () => {
    const { keep, why } = keepingOf(...given);
    assert.equal([keep ? "keep" : "discard", ...(why === null ? [] : [why])].join(" "), expected);
  });
}
