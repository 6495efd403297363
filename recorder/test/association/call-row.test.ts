// The rows of calls.jsonl (formats.md, "State directory").
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  conversationRow,
  lostConversationRow,
  partRow,
  resumedPartRow,
} from "../../src/association/call-row.ts";
import type { RuleReport } from "../../src/association/rule-fields.ts";
import { ResumedParts } from "../../src/association/resumed-parts.ts";
import type { AssociationFacts } from "../../src/association-facts.ts";
import { CallModel, type ModelCall } from "../../src/calls/call-model.ts";
import { directionOf } from "../../src/calls/direction.ts";
import type { DetailRecord } from "../../src/devlink3/delta3-record.ts";
import { newPart, type Part } from "../../src/rules/part.ts";
import { detail, END_2001, NODE, phone, talking, trunk, TRUNK_END } from "./records.ts";

const WALL_MS = 1_795_366_801_234;
const CALL_KEY = `${NODE}-31-${WALL_MS}`;

function callOf(record: DetailRecord): ModelCall {
  const model = new CallModel();
  model.apply(record, { nowMs: 0, wallMs: WALL_MS });
  const call = model.calls()[0];
  assert.ok(call !== undefined);
  return call;
}

function somePart(set: Partial<Part> = {}): Part {
  const part = newPart({
    liveStreamId: "s1",
    callKey: CALL_KEY,
    part: 1,
    deviceCallId: `${NODE}-31`,
    endId: END_2001,
    agent: "Alice",
    extension: "2001",
    pbx: "192.168.10.1",
    call: callOf(talking()),
    beganMs: 0,
  });
  return { ...part, ...set };
}

const outgoing = trunk({ endId: `${NODE}0000232a`, direction: 0, targetNumber: "02079460001" });

const NO_RULES: RuleReport = {
  verdict: { decision: "no-rules", deciding: null, isWanted: true, isFinal: true },
  matches: [],
  steps: [],
  recordFromBeginning: true,
  isGapless: true,
};

const DIRECTIONS: readonly (readonly [string, DetailRecord, string])[] = [
  ["a public line by which the call came in", talking(), "inbound"],
  ["a public line by which it goes out", detail({ a: phone(), b: outgoing }), "outbound"],
  ["both", detail({ b: outgoing }), "tandem"],
  ["neither", detail({ a: phone(), b: phone("2002") }), "internal"],
];

for (const [name, record, expected] of DIRECTIONS) {
  test(`direction (devlink3.md §9.2): ${name} is ${expected}`, () => {
    assert.equal(directionOf([{ detail: record }]), expected);
  });
}

test("a row names the conversation, its calls, times, parties and parts", () => {
  const call = callOf(talking());
  const row = conversationRow(call.conversation, {
    pbx: "192.168.10.1",
    calls: [call],
    parts: [partRow(somePart({ requestedMs: 5, recordingKey: "r1" }), CALL_KEY)],
    rules: NO_RULES,
    endedWallMs: WALL_MS + 60_000,
  });
  assert.deepEqual(row, {
    version: 1,
    type: "call",
    callKey: CALL_KEY,
    deviceCallIds: [`${NODE}-31`],
    pbx: "192.168.10.1",
    startedAt: new Date(WALL_MS).toISOString(),
    answeredAt: new Date(WALL_MS).toISOString(),
    endedAt: new Date(WALL_MS + 60_000).toISOString(),
    direction: "inbound",
    parties: ["02079460000", "2001"],
    wanted: true,
    rule: null,
    ruleDecision: "no-rules",
    recordFromBeginning: true,
    events: [],
    parts: [{ part: 1, agent: "Alice", extension: "2001", liveStreamId: "s1", recordingKey: "r1" }],
  });
});

test("a call that goes on when the recorder stops is open, and one without parts not wanted", () => {
  const call = callOf(detail({ a: trunk({ state: 19 }) }));
  const about = { pbx: "p", calls: [call], parts: [], rules: NO_RULES, endedWallMs: null };
  const row = conversationRow(call.conversation, about);
  assert.deepEqual(
    [row["open"], row["endedAt"], row["answeredAt"], row["wanted"]],
    [true, null, null, false],
  );
});

test("R6: after a restart a row's start is still that of the callKey", () => {
  const call = callOf(talking());
  const known = { callKey: `${NODE}-31-1000`, beganWallMs: WALL_MS, answeredWallMs: null };
  const about = { pbx: "p", calls: [call], parts: [], rules: NO_RULES, endedWallMs: WALL_MS };
  assert.equal(conversationRow(known, about)["startedAt"], "1970-01-01T00:00:01.000Z");
  const odd = conversationRow({ ...known, callKey: "odd" }, about);
  assert.equal(odd["startedAt"], new Date(WALL_MS).toISOString());
});

test("a failed part tells outcome and why; one that nobody asked for has no stream id", () => {
  const failed = somePart({ failure: { why: "privacy", outcome: "blocked" } });
  assert.deepEqual(partRow(failed, CALL_KEY), {
    part: 1,
    agent: "Alice",
    extension: "2001",
    liveStreamId: null,
    recordingKey: null,
    outcome: "blocked",
    why: "privacy",
  });
});

test("a part of a call that was linked later names its own callKey", () => {
  assert.equal(partRow(somePart(), "another")["callKey"], CALL_KEY);
  assert.ok(!("callKey" in partRow(somePart(), CALL_KEY)));
});

const KNOWN: AssociationFacts = {
  rung: 1,
  callKey: CALL_KEY,
  part: 2,
  deviceCallId: `${NODE}-31`,
  endId: END_2001,
  agent: null,
  extension: "2001",
  parties: ["02079460000", "2001"],
  liveStreamId: "s1",
};

test("R6: parts of before a restart are kept by conversation, in their order", () => {
  const resumed = new ResumedParts();
  resumed.add("r2", KNOWN);
  resumed.add("r1", { ...KNOWN, part: 1 });
  resumed.add("r3", { ...KNOWN, part: null });
  resumed.add("r4", { ...KNOWN, callKey: null });
  assert.equal(resumed.isTold(CALL_KEY), false);
  const keys = (own: Parameters<ResumedParts["without"]>[1]): unknown[] =>
    resumed.without(CALL_KEY, own).map(({ recordingKey }) => recordingKey);
  assert.deepEqual(keys([]), ["r1", "r2"]);
  assert.deepEqual(keys([partRow(somePart({ recordingKey: "r2" }), CALL_KEY)]), ["r1"]);
  resumed.told(new Set(["r1"]));
  assert.equal(resumed.isTold(CALL_KEY), false, "of r2 no row tells");
  resumed.told(new Set(["r1", "r2"]));
  assert.ok(resumed.isTold(CALL_KEY));
  resumed.told(new Set());
  resumed.forget(CALL_KEY);
  assert.deepEqual([resumed.isTold(CALL_KEY), keys([])], [true, []], "nothing is left to tell");
});

test("R6: a part of before a restart has its extension for a name where the journal has none", () => {
  assert.equal(resumedPartRow("r1", KNOWN)?.agent, "2001");
  assert.equal(resumedPartRow("r1", { ...KNOWN, agent: "Alice" })?.agent, "Alice");
  assert.equal(resumedPartRow("r1", { ...KNOWN, extension: null }), null);
});

test("R6: a conversation that was not seen again has a row of what the journal knew", () => {
  const row = lostConversationRow(CALL_KEY, { pbx: "p", known: KNOWN, parts: [] });
  assert.deepEqual(
    [row["deviceCallIds"], row["startedAt"], row["endedAt"], row["open"], row["parties"]],
    [[`${NODE}-31`], new Date(WALL_MS).toISOString(), null, true, KNOWN.parties],
  );
  const bare = { pbx: "p", known: { ...KNOWN, deviceCallId: null }, parts: [] };
  const odd = lostConversationRow("odd", bare);
  assert.deepEqual([odd["deviceCallIds"], odd["startedAt"]], [[], null]);
});

test("parties are named once, whoever tells of them", () => {
  const calls = [callOf(talking()), callOf(detail({ a: trunk({ endId: TRUNK_END }), b: phone() }))];
  const [first] = calls;
  assert.ok(first !== undefined);
  const row = conversationRow(first.conversation, {
    pbx: "p",
    calls,
    parts: [],
    rules: NO_RULES,
    endedWallMs: 0,
  });
  assert.deepEqual(row["parties"], ["02079460000", "2001"]);
});
