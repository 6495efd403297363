// What rules see of a call (domain.md, "Rules"): agents, groups, numbers and people outside.
import assert from "node:assert/strict";
import { test } from "node:test";
import { agentSet } from "../../src/calls/agents.ts";
import type { ModelCall } from "../../src/calls/model-call.ts";
import { factsOfKind, stepFactsOf, type StepFacts } from "../../src/rules/call-step.ts";
import { records, Story } from "../calls/story.ts";

const USERS = new Map([
  ["2001", { names: ["Ann Known", "Ann"], groups: ["Sales"] }],
  ["2002", { names: ["Bob"], groups: ["Support"] }],
]);
const ALL = agentSet("all", USERS);

/** After so many records of a sequence. */
function callAfter(name: Parameters<typeof records>[0], count: number): ModelCall {
  const story = new Story();
  story.tell(records(name).slice(0, count));
  const [call] = story.model.calls();
  return call ?? assert.fail("no call");
}

function factsAfter(name: Parameters<typeof records>[0], count: number, agents = ALL): StepFacts {
  return stepFactsOf(callAfter(name, count), agents) ?? assert.fail("no step");
}

test("Q1 while it rings, those whom the call is offered to are its agents", () => {
  assert.deepEqual(factsAfter("Q1", 1), {
    kind: "ringing",
    direction: "inbound",
    agents: [{ extension: "2001", names: ["Ann Known", "Ann"], groups: ["Sales"] }],
    groups: [],
    dialled: ["5550100"],
    external: [{ number: "02079460000", name: "" }],
    accountCode: "",
    tag: "",
  });
});

test("Q1 when it is answered, the agent has the names of call and user list, each once", () => {
  const call = callAfter("Q1", 2);
  const { partyB } = call.detail;
  assert.ok(partyB !== null);
  call.detail = { ...call.detail, partyB: { ...partyB, name: "Ann" } };
  assert.deepEqual(stepFactsOf(call, ALL)?.agents, [
    { extension: "2001", names: ["Ann", "Ann Known"], groups: ["Sales"] },
  ]);
  assert.deepEqual(stepFactsOf(call, agentSet("all"))?.agents, [
    { extension: "2001", names: ["Ann"], groups: [] },
  ]);
});

test("Q8 a group's call names its group once, and its members while they ring", () => {
  const { agents, groups } = factsAfter("Q8", 1);
  assert.deepEqual(
    agents.map(({ extension }) => extension),
    ["2001", "2002"],
  );
  assert.deepEqual(groups, ["300"]);
  const queued = factsAfter("Q8", 4);
  assert.deepEqual([queued.kind, queued.agents, queued.groups], ["queued", [], ["300"]]);
});

test("whom the call is offered to counts by extension, name or group of the configured agents", () => {
  const ringing = (agents: readonly string[]): string[] =>
    factsAfter("Q8", 1, agentSet(agents, USERS)).agents.map(({ extension }) => extension);
  assert.deepEqual(ringing(["2002"]), ["2002"]);
  assert.deepEqual(ringing(["ann known"]), ["2001"]);
  assert.deepEqual(ringing(["SUPPORT"]), ["2002"]);
  assert.deepEqual(ringing(["nobody"]), []);
});

test("targets that are no phone of this node are nobody's", () => {
  const call = callAfter("Q1", 1);
  const [target] = call.detail.targets;
  assert.ok(target !== undefined);
  const agentsOf = (change: Partial<typeof target>): number => {
    call.detail = { ...call.detail, targets: [{ ...target, ...change }] };
    return factsOfKind("ringing", call, ALL).agents.length;
  };
  assert.equal(agentsOf({}), 1);
  for (const equipmentClass of [9, 10, 11, 21, 28]) assert.equal(agentsOf({ equipmentClass }), 1);
  for (const equipmentClass of [null, 2, 5, 12]) assert.equal(agentsOf({ equipmentClass }), 0);
  assert.equal(agentsOf({ identity: "" }), 0);
  assert.equal(agentsOf({ isRemote: true }), 0);
});

test("targets count only while the call rings or queues", () => {
  const call = callAfter("Q1", 1);
  for (const kind of ["ringing", "queued"] as const) {
    assert.equal(factsOfKind(kind, call, ALL).agents.length, 1, kind);
  }
  for (const kind of ["talking", "held", "transferred"] as const) {
    assert.equal(factsOfKind(kind, call, ALL).agents.length, 0, kind);
  }
});

test("Q2 of an outgoing call the number outside is the one that was called", () => {
  const facts = factsAfter("Q2", 4);
  assert.equal(facts.direction, "outbound");
  assert.deepEqual(facts.external, [{ number: "02079460001", name: "" }]);
  assert.deepEqual(facts.dialled, [], "what an agent dialled is no number that came in");
  const call = callAfter("Q2", 4);
  const { partyB } = call.detail;
  assert.ok(partyB !== null);
  call.detail = { ...call.detail, partyB: { ...partyB, targetNumber: "" } };
  assert.deepEqual(stepFactsOf(call, ALL)?.external, [{ number: "2001", name: "" }]);
});

test("a call that is only being dialled, or has nobody on it, has no step", () => {
  assert.equal(stepFactsOf(callAfter("Q2", 1), ALL), null);
  const call = callAfter("Q1", 2);
  call.ends.clear();
  assert.equal(stepFactsOf(call, ALL), null);
});

test("account code and tag are the call's", () => {
  const call = callAfter("Q1", 2);
  call.detail = {
    ...call.detail,
    call: { ...call.detail.call, accountCode: "4711", tag: "vip", ownerGroup: "301" },
  };
  const facts = stepFactsOf(call, ALL);
  assert.deepEqual([facts?.accountCode, facts?.tag, facts?.groups], ["4711", "vip", ["301"]]);
});
