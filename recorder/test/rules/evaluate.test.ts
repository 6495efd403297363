// Each of the seven kinds, and what all have in common (domain.md, "Rules").
import assert from "node:assert/strict";
import { test } from "node:test";
import type { CallStep } from "../../src/rules/call-step.ts";
import { awaitedDurationsMs, missAt } from "../../src/rules/evaluate.ts";
import { CALL_KEY, MONDAY_MS, ruleOf, rulesOf, step } from "./steps.ts";

const CASES: readonly (readonly [
  name: string,
  rule: object,
  step: Partial<CallStep>,
  miss: string | null,
])[] = [
  [
    "inbound-number: the number dialled",
    { kind: "inbound-number", match: { numbers: ["5550100"] } },
    {},
    null,
  ],
  [
    "inbound-number: as people write it",
    { kind: "inbound-number", match: { numbers: ["555-01*"] } },
    {},
    null,
  ],
  [
    "inbound-number: a SIP address",
    { kind: "inbound-number", match: { numbers: [5550100] } },
    { dialled: ["sip:5550100@10.0.0.9"] },
    null,
  ],
  [
    "inbound-number: another",
    { kind: "inbound-number", match: { numbers: ["5550101"] } },
    {},
    "subject",
  ],
  [
    "inbound-number: not the caller's",
    { kind: "inbound-number", match: { numbers: ["+4930123456"] } },
    {},
    "subject",
  ],
  [
    "external-number: with a pattern",
    { kind: "external-number", match: { numbers: ["+49*"] } },
    {},
    null,
  ],
  [
    "external-number: nobody outside",
    { kind: "external-number", match: { numbers: ["*"] } },
    { external: [] },
    "subject",
  ],
  [
    "external-number: a withheld number is none",
    { kind: "external-number", match: { numbers: ["*"] } },
    { external: [{ number: "", name: "" }] },
    "subject",
  ],
  ["agent: by extension", { kind: "agent", match: { agents: [2001] } }, {}, null],
  [
    "agent: by any name, whatever its case",
    { kind: "agent", match: { agents: ["alice archer"] } },
    {},
    null,
  ],
  ["agent: another", { kind: "agent", match: { agents: ["2002"] } }, {}, "subject"],
  [
    "agent: only rings",
    { kind: "agent", match: { agents: ["2001"] } },
    { kind: "ringing" },
    "subject",
  ],
  ["agent: holds", { kind: "agent", match: { agents: ["2001"] } }, { kind: "held" }, null],
  ["group: of the call", { kind: "group", match: { groups: ["300"] } }, { kind: "ringing" }, null],
  [
    "group: of the agent",
    { kind: "group", match: { groups: ["Sales"] } },
    { agents: [{ extension: "2001", names: [], groups: ["Sales"] }] },
    null,
  ],
  ["group: another", { kind: "group", match: { groups: ["301"] } }, {}, "subject"],
  [
    "call-event: group and agent, talking",
    { kind: "call-event", match: { groups: ["300"], agents: ["2001"] } },
    {},
    null,
  ],
  [
    "call-event: another event",
    { kind: "call-event", match: { event: "held", agents: ["2001"] } },
    {},
    "subject",
  ],
  [
    "call-event: the group is another",
    { kind: "call-event", match: { groups: ["301"], agents: ["2001"] } },
    {},
    "subject",
  ],
  [
    "advanced-event: all that is named",
    {
      kind: "advanced-event",
      match: {
        events: ["queued", "talking"],
        dialledNumbers: ["5550100"],
        externalParties: ["Acme"],
        atLeastSeconds: 10,
      },
    },
    {},
    null,
  ],
  [
    "advanced-event: too short",
    { kind: "advanced-event", match: { atLeastSeconds: 10.5 } },
    {},
    "subject",
  ],
  [
    "advanced-event: account code and tag",
    { kind: "advanced-event", match: { accountCodes: ["77"], tags: ["vip*"] } },
    { accountCode: "77", tag: "VIP-1" },
    null,
  ],
  [
    "advanced-event: no tag is not any tag",
    { kind: "advanced-event", match: { tags: ["*"] } },
    {},
    "subject",
  ],
  [
    "direction: as it is",
    { kind: "group", direction: "inbound", match: { groups: ["300"] } },
    {},
    null,
  ],
  [
    "direction: another",
    { kind: "group", direction: "outbound", match: { groups: ["300"] } },
    {},
    "direction",
  ],
  [
    "direction: tandem is in and out",
    { kind: "group", direction: "outbound", match: { groups: ["300"] } },
    { direction: "tandem" },
    null,
  ],
  [
    "direction: tandem is not internal",
    { kind: "group", direction: "internal", match: { groups: ["300"] } },
    { direction: "tandem" },
    "direction",
  ],
  [
    "external party: by name",
    { kind: "group", externalParty: ["acm?"], match: { groups: ["300"] } },
    {},
    null,
  ],
  [
    "external party: another",
    { kind: "group", externalParty: ["+33*"], match: { groups: ["300"] } },
    {},
    "external-party",
  ],
  [
    "times: within",
    {
      kind: "group",
      times: [{ days: ["mon"], from: "08:00", to: "08:01" }],
      match: { groups: ["300"] },
    },
    {},
    null,
  ],
  [
    "times: the end is not in it",
    { kind: "group", times: [{ to: "08:00" }], match: { groups: ["300"] } },
    {},
    "times",
  ],
  ["share: none", { kind: "group", share: 0, match: { groups: ["300"] } }, {}, "share"],
];

for (const [name, rule, set, miss] of CASES) {
  test(name, () => {
    const call = { callKey: CALL_KEY, steps: [step(set)] };
    assert.equal(missAt(ruleOf(rule), call, 0), miss);
  });
}

const POINT = ruleOf({
  kind: "advanced-to-this-point",
  match: {
    happened: [
      { events: ["queued"], atLeastSeconds: 5 },
      { events: ["held"] },
      { agents: ["2002"] },
    ],
    notHappened: [{ events: ["parked"] }],
  },
});
const QUEUED = step({ kind: "queued", agents: [] });
const HELD = step({ kind: "held" });
const BOB = step({ agents: [{ extension: "2002", names: [], groups: [] }] });

const POINTS: readonly (readonly [string, readonly CallStep[], string | null])[] = [
  ["all of it in order", [QUEUED, step(), HELD, BOB], null],
  ["another order", [HELD, QUEUED, BOB], "point"],
  ["one is missing", [QUEUED, BOB], "point"],
  ["one was too short", [step({ kind: "queued", durationMs: 4_000 }), HELD, BOB], "point"],
  ["what must not have happened has", [QUEUED, step({ kind: "parked" }), HELD, BOB], "point"],
  ["the point is not reached", [QUEUED, HELD], "subject"],
  ["each needs an event of its own", [step({ kind: "held", agents: BOB.agents })], "point"],
];

for (const [name, steps, miss] of POINTS) {
  test(`advanced-to-this-point: ${name}`, () => {
    const call = { callKey: CALL_KEY, steps };
    assert.equal(missAt(POINT, call, steps.length - 1), miss);
  });
}

test("a step that is not there matches nothing", () => {
  assert.equal(missAt(POINT, { callKey: CALL_KEY, steps: [] }, 0), "subject");
});

test("durations that some rule waits for, shortest first and once", () => {
  const rules = rulesOf(
    { title: "a", kind: "advanced-event", match: { events: ["held"], atLeastSeconds: 30 } },
    { title: "b", kind: "agent", match: { agents: ["1"] } },
    {
      title: "c",
      kind: "advanced-to-this-point",
      match: { happened: [{ atLeastSeconds: 5 }, { atLeastSeconds: 30 }, { events: ["held"] }] },
    },
  );
  assert.deepEqual(awaitedDurationsMs(rules), [5_000, 30_000]);
});

test("the share: the same on every run, off by no replay, and near its percentage", () => {
  const rule = ruleOf({ kind: "group", share: 30, match: { groups: ["300"] } });
  const isIn = (callKey: string): boolean => missAt(rule, { callKey, steps: [step()] }, 0) === null;
  let count = 0;
  for (let callId = 0; callId < 10_000; callId += 1) {
    const inShare = isIn(`c0a80a01-${callId}-${MONDAY_MS}`);
    assert.equal(isIn(`c0a80a01-${callId}-${MONDAY_MS + 3}`), inShare);
    if (inShare) count += 1;
  }
  assert.ok(count > 2_800 && count < 3_200, `${count} of 10,000`);
  assert.equal(isIn("a key of another form"), isIn("a key of another form"));
});
