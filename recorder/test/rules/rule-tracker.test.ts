// What the tracker keeps of a call, and what it forgets at its limit.
import assert from "node:assert/strict";
import { test } from "node:test";
import { agentSet } from "../../src/calls/agents.ts";
import { CallModel } from "../../src/calls/call-model.ts";
import { Metrics } from "../../src/metrics.ts";
import { RuleTracker, STEPS_KEPT } from "../../src/rules/rule-tracker.ts";
import { detail, held, talking } from "../association/records.ts";
import { rulesOf } from "./steps.ts";

test("steps beyond the limit of one call are forgotten and counted; what matched stays", () => {
  const [model, metrics] = [new CallModel(), new Metrics()];
  const rules = rulesOf({ title: "talks", kind: "advanced-event", match: { events: ["talking"] } });
  const tracker = new RuleTracker({ rules: () => rules, recordFromBeginning: true }, metrics);
  const agents = agentSet("all");
  for (let index = 0; index < STEPS_KEPT + 3; index += 1) {
    const moment = { nowMs: index, wallMs: index };
    model.apply(index % 2 === 0 ? talking() : held(), moment);
    const [call] = model.calls();
    assert.ok(call !== undefined);
    const found = tracker.observe(call, { agents, eventId: null, moment });
    assert.equal(found.length, index === 0 ? 1 : 0, "a rule matches once");
  }
  const [call] = model.calls();
  assert.ok(call !== undefined);
  assert.equal(tracker.stepsOf(call.conversation, 1_000).length, STEPS_KEPT);
  assert.equal(metrics.get("rule_steps_dropped_total"), 3);
  assert.equal(tracker.verdictOf(call.conversation).decision, "positive");
});

test("a call that a snapshot shows has a gap, unless nobody has answered it", () => {
  const isGapless = (
    record: Parameters<CallModel["apply"]>[0],
    model: CallModel = new CallModel(),
  ): boolean => {
    const tracker = new RuleTracker({ rules: () => [], recordFromBeginning: true }, new Metrics());
    const moment = { nowMs: 0, wallMs: 0 };
    model.apply(record, moment);
    const [call] = model.calls();
    assert.ok(call !== undefined);
    assert.equal(tracker.isGapless(call.conversation), false, "never seen");
    tracker.observe(call, { agents: agentSet("all"), eventId: null, moment });
    return tracker.isGapless(call.conversation);
  };
  const queued = detail();
  assert.equal(isGapless(talking()), false);
  assert.equal(isGapless({ ...queued, call: { ...queued.call, queue: 1 } }), false);
  assert.equal(isGapless(detail()), true);
  const targeted = (call: Partial<typeof queued.call>) =>
    isGapless({ ...queued, call: { ...queued.call, ...call } });
  assert.equal(targeted({ originalUser: "2001", currentUser: "2001" }), true);
  assert.equal(targeted({ originalUser: "2001", currentUser: "2003" }), false, "transferred");
  assert.equal(targeted({ originalUser: "2001", currentGroup: "200" }), false);
  assert.equal(targeted({ originalGroup: "200", currentGroup: "200" }), true);
  assert.equal(targeted({ originalGroup: "200", currentGroup: "200", currentUser: "2003" }), true);
  assert.equal(targeted({ originalGroup: "200", currentGroup: "201" }), false);
  assert.equal(targeted({ originalGroup: "200", currentUser: "2003" }), false);
  assert.equal(targeted({ originalUser: "2001" }), true, "the PBX does not say where it is");
  // It rings again, after a transfer while the recorder was not there.
  const [before, after] = [new CallModel(), new CallModel()];
  before.apply(detail(), { nowMs: 0, wallMs: 0 });
  const [recorded] = before.calls();
  assert.ok(recorded !== undefined);
  const { deviceCallId, conversation } = recorded;
  const { callKey } = conversation;
  after.restore({ callKey, deviceCallId, part: 1, recordedUntilMs: -1_000 });
  assert.equal(isGapless(detail(), after), false, "a part was recorded before the restart");
});

test("when other rules come into force, what matched is found anew from all that the call did", () => {
  const events = (title: string, event: string): object => ({
    ...{ title, kind: "advanced-event", match: { events: [event] } },
  });
  let rules = rulesOf(events("holds", "held"));
  const tracker = new RuleTracker({ rules: () => rules, recordFromBeginning: true }, new Metrics());
  const model = new CallModel();
  const agents = agentSet("all");
  [talking(), held()].forEach((record, nowMs) => {
    const moment = { nowMs, wallMs: 1_000 + nowMs };
    model.apply(record, moment);
    const [call] = model.calls();
    assert.ok(call !== undefined);
    tracker.observe(call, { agents, eventId: null, moment });
  });
  const conversation = model.calls()[0]?.conversation ?? assert.fail("no call");
  const matched = (): string[] => tracker.matchesOf(conversation).map(({ title }) => title);
  assert.deepEqual(matched(), ["holds"]);
  rules = rulesOf(events("talks", "talking"), events("parks", "parked"));
  assert.deepEqual(matched(), ["holds"], "until the tracker is told");
  tracker.rulesChanged(conversation, 10);
  assert.deepEqual(matched(), ["talks"]);
});
