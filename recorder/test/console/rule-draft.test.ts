// The console's rule form: what a person sees of a rule, and the document that it becomes again, as
// the recorder's own schema judges it (rules/rule-schema.ts).
import assert from "node:assert/strict";
import { test } from "node:test";
import { documentOf, formOf, listOf, newForm } from "../../console/src/rules/rule-draft.ts";
import { ruleSentence } from "../../console/src/rules/rule-words.ts";
import { checkRules } from "../../src/config-rules.ts";
import type { RuleDocument } from "../../src/rules-contract.ts";

const RULES: readonly (readonly [rule: object, sentence: string])[] = [
  [
    { title: "a", kind: "inbound-number", match: { numbers: ["5550100", "55502*"] } },
    "Calls to 5550100, 55502*.",
  ],
  [
    { title: "b", kind: "external-number", record: false, match: { numbers: ["+49*"] } },
    "Calls from or to +49*.",
  ],
  [
    { title: "c", kind: "agent", share: 12.5, direction: "inbound", match: { agents: [201] } },
    "Calls of 201, inbound, 12.5 % of them.",
  ],
  [
    { title: "d", kind: "group", externalParty: ["Bank*"], match: { groups: ["Sales"] } },
    "Calls of group Sales, with Bank*.",
  ],
  [
    {
      ...{ title: "e", kind: "call-event", action: "pause" },
      ...{ match: { event: "held", agents: ["Ann"], groups: ["Sales"] } },
    },
    "Calls in which Ann of group Sales is held.",
  ],
  [
    {
      ...{ title: "f", kind: "advanced-event" },
      match: { events: ["talking", "held"], tags: ["vip"], atLeastSeconds: 30 },
    },
    "Calls with an event where talking or held and tag vip and at least seconds 30.",
  ],
  [
    {
      ...{ title: "g", kind: "advanced-to-this-point" },
      match: {
        happened: [{ events: ["queued"] }, { agents: ["201"] }],
        notHappened: [{ events: ["voicemail"] }],
      },
    },
    "Calls up to the point: queued, then agent 201, and never voicemail.",
  ],
  [
    {
      ...{ title: "h", kind: "agent", match: { agents: ["201"] }, timezone: "Europe/Berlin" },
      times: [{ days: ["mon", "fri"], from: "08:30", to: "17:00" }, { from: "22:00" }],
    },
    "Calls of 201, mon fri 08:30–17:00 or daily 22:00–24:00 (Europe/Berlin).",
  ],
];

function checked(rule: object): RuleDocument {
  const answer = checkRules([rule]);
  assert.ok(answer.ok, JSON.stringify(answer));
  const [document] = answer.rules;
  assert.ok(document !== undefined);
  return { ...document };
}

for (const [given, sentence] of RULES) {
  const rule = checked(given);
  test(`a rule by ${rule.kind} is the same after the form, and reads "${sentence}"`, () => {
    assert.deepEqual(checked(documentOf(formOf(rule))), rule);
    assert.equal(ruleSentence(rule), sentence);
  });
}

test("a new rule names nothing yet, and the recorder says what it lacks", () => {
  const answer = checkRules([documentOf(newForm())]);
  assert.ok(!answer.ok);
  const paths = answer.problems.map(({ path }) => path);
  assert.ok(
    paths.includes("rules[0].title") && paths.includes("rules[0].match.agents"),
    paths.join(),
  );
});

test("lists are typed with commas; spaces and empty places do not matter", () => {
  assert.deepEqual(listOf(" 201 ,, Ann Archer,"), ["201", "Ann Archer"]);
});
