// Why a past call would be recorded or not, in words (`rules test`).
import assert from "node:assert/strict";
import { test } from "node:test";
import type { CallStep } from "../../src/rules/call-step.ts";
import { explainCall, type CallExplanation } from "../../src/rules/explain.ts";
import { drawOf } from "../../src/rules/share.ts";
import { CALL_KEY, rulesOf, step } from "./steps.ts";

const HEAD = { startedAt: "2026-01-05T08:00:00.000Z", direction: "inbound", parties: ["2001"] };

function explain(
  rules: readonly object[],
  steps: readonly CallStep[] = [step()],
  recordFromBeginning = true,
): CallExplanation {
  const call = { callKey: CALL_KEY, ...HEAD, steps };
  return explainCall(call, { rules: rulesOf(...rules), recordFromBeginning });
}

const becauseOf = (rule: object, steps: readonly CallStep[] = [step()]): string | undefined =>
  explain([{ title: "it", ...rule }], steps).rules[0]?.because;

const ALICE = { title: "Alice", kind: "agent", match: { agents: ["2001"] } };
const NOT_ALICE = { ...ALICE, title: "not Alice", record: false };
const BOB = { title: "Bob", kind: "agent", match: { agents: ["2002"] } };

test("a positive rule that matches wants the call, and says at which event", () => {
  assert.deepEqual(explain([ALICE, BOB]), {
    callKey: CALL_KEY,
    ...HEAD,
    wouldRecord: true,
    decision: "positive",
    rule: "Alice",
    because: 'the rule "Alice" wants it',
    rules: [
      {
        ...{ title: "Alice", kind: "agent", record: true, matched: true },
        because: "matches at talking, 2026-01-05T08:00:00.000Z",
      },
      {
        ...{ title: "Bob", kind: "agent", record: true, matched: false },
        because: "no event of the call is what it asks for",
      },
    ],
  });
});

test("a negative rule that matches refuses it", () => {
  const { decision, because, rule, wouldRecord, rules } = explain([ALICE, NOT_ALICE]);
  assert.deepEqual(
    [decision, rule, wouldRecord, because],
    ["negative", "not Alice", false, 'the negative rule "not Alice" refuses it'],
  );
  assert.deepEqual(
    rules.map(({ record, matched }) => [record, matched]),
    [
      [true, true],
      [false, true],
    ],
  );
});

test("without a match, or without rules, that is said", () => {
  const none = explain([BOB]);
  assert.deepEqual([none.because, none.rule, none.wouldRecord], ["no rule matches", null, false]);
  assert.equal(
    explain([]).because,
    "there are no rules, and Record From Beginning keeps everything",
  );
  assert.equal(
    explain([], [step()], false).because,
    "there are no rules, and Record From Beginning is off",
  );
});

test("a rule that does not match says what it lacked", () => {
  const group = { kind: "group", match: { groups: ["300"] } };
  assert.equal(becauseOf({ ...group, direction: "outbound" }), "the direction is another");
  assert.equal(becauseOf({ ...group, externalParty: ["+43*"] }), "the external party is another");
  assert.equal(
    becauseOf({ ...group, times: [{ days: ["tue"] }] }),
    "the event was outside its times",
  );
  const point = {
    kind: "advanced-to-this-point",
    match: { happened: [{ events: ["held"] }, { events: ["talking"] }] },
  };
  assert.equal(
    becauseOf(point),
    "what should have happened before did not, or what should not did",
  );
});

test("of all events the one that came nearest is told, and a call without events lacks the first", () => {
  const rule = { kind: "group", match: { groups: ["300"] }, direction: "outbound" };
  const other = step({ groups: [] });
  const text = "the direction is another";
  assert.equal(becauseOf(rule, [step(), other]), text);
  assert.equal(becauseOf(rule, [other, step()]), text);
  assert.equal(becauseOf(rule, []), "no event of the call is what it asks for");
});

test("outside the share its draw is told, to one decimal", () => {
  const draw = drawOf("it", CALL_KEY);
  const share = Math.max(1, Math.floor(draw));
  assert.equal(
    becauseOf({ kind: "group", match: { groups: ["300"] }, share }),
    `it is outside the share: this call draws ${draw.toFixed(1)}, recorded are those below ${share}`,
  );
});

test("a rule that pauses says so, whatever the call did", () => {
  const rule = { kind: "advanced-event", action: "pause", match: { events: ["talking"] } };
  assert.equal(becauseOf(rule), "it pauses, and does not say what is recorded");
});
