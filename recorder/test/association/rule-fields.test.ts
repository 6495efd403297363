// What a row of calls.jsonl says of the rules, and the events read from it again (`rules test`).
import assert from "node:assert/strict";
import { test } from "node:test";
import { ruleFields, stepsOfRow, type RuleReport } from "../../src/association/rule-fields.ts";
import type { RuleMatch, Verdict } from "../../src/rules/verdict.ts";
import { MONDAY_MS, step } from "../rules/steps.ts";

const MATCH: RuleMatch = {
  ...{ order: 0, title: "Sales", kind: "group", record: true, event: "talking" },
  ...{ eventId: "e1", deviceCallId: "c0a80a01-31", atWallMs: MONDAY_MS },
};
const WANTED: Verdict = { decision: "positive", deciding: MATCH, isWanted: true, isFinal: true };
const NONE: Verdict = { decision: "none", deciding: null, isWanted: false, isFinal: false };
const REFUSED: Verdict = { ...WANTED, decision: "negative", isWanted: false };
const NO_RULES: Verdict = { ...NONE, decision: "no-rules" };

function report(set: Partial<RuleReport> = {}): RuleReport {
  const known = { matches: [], steps: [], recordFromBeginning: true, isGapless: true };
  return { verdict: WANTED, ...known, ...set };
}

test("the deciding rule stands there with its kind, the matches as in the journal", () => {
  assert.deepEqual(ruleFields(report({ matches: [MATCH] }), true), {
    wanted: true,
    rule: "Sales",
    ruleKind: "group",
    ruleDecision: "positive",
    recordFromBeginning: true,
    rules: [
      {
        ...{ title: "Sales", kind: "group", record: true, event: "talking", eventId: "e1" },
        ...{ deviceCallId: "c0a80a01-31", at: "2026-01-05T08:00:00.000Z" },
      },
    ],
    events: [],
  });
});

test("without a deciding rule neither kind nor matches are there", () => {
  assert.deepEqual(ruleFields(report({ verdict: NONE }), true), {
    ...{ wanted: false, rule: null, ruleDecision: "none", recordFromBeginning: true, events: [] },
  });
});

test("wanted is what the rules want, what a gap leaves unproven, and what a match has begun", () => {
  const told = (set: Partial<RuleReport>, hasParts = true): unknown[] => {
    const { wanted, ruleDecision } = ruleFields(report(set), hasParts);
    return [wanted, ruleDecision];
  };
  const gap = { isGapless: false };
  const off = { recordFromBeginning: false };
  assert.deepEqual(told({}, false), [false, "positive"], "no agent was on it");
  assert.deepEqual(told({ verdict: NONE, ...gap }), [true, "unproven"]);
  assert.deepEqual(told({ verdict: REFUSED, ...gap }), [true, "unproven"]);
  assert.deepEqual(told({ verdict: NO_RULES, ...gap }), [false, "no-rules"]);
  assert.deepEqual(told({ ...gap }), [true, "positive"]);
  assert.deepEqual(told({ verdict: NONE, ...gap }, false), [false, "none"]);
  assert.deepEqual(told({ verdict: NONE, ...off }), [true, "none"]);
  assert.deepEqual(told({ verdict: NONE, ...off, ...gap }), [true, "none"]);
  assert.deepEqual(told({ verdict: REFUSED, ...off }), [false, "negative"]);
});

test("events are read from the row as they were written, account code and tag if there are any", () => {
  const steps = [step({ accountCode: "4711", tag: "vip", durationMs: 1_234 }), step()];
  const row = ruleFields(report({ steps }), true);
  assert.deepEqual(stepsOfRow(JSON.parse(JSON.stringify(row)) as Record<string, unknown>), steps);
  const [first, second] = row["events"] as Record<string, unknown>[];
  assert.deepEqual([first?.["accountCode"], first?.["tag"]], ["4711", "vip"]);
  assert.ok(second !== undefined && !("accountCode" in second) && !("tag" in second));
  const [rounded] = ruleFields(report({ steps: [step({ durationMs: 9.6 })] }), true)[
    "events"
  ] as Record<string, unknown>[];
  assert.equal(rounded?.["durationMs"], 10);
});

test("a row without events has none to be judged by; damaged ones are left out", () => {
  assert.equal(stepsOfRow({}), null);
  assert.equal(stepsOfRow({ events: "talking" }), null);
  const good = { kind: "talking", direction: "inbound", at: "2026-01-05T08:00:00.000Z" };
  const damaged = [
    ...[null, 5, "x", { ...good, kind: "singing" }, { ...good, direction: "up" }],
    ...[
      { ...good, at: "never" },
      { ...good, at: 5 },
    ],
  ];
  assert.deepEqual(stepsOfRow({ events: damaged }), []);
  assert.equal(stepsOfRow({ events: [...damaged, good] })?.length, 1);
});
