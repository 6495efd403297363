// R1: who is an agent, and who never is.
import assert from "node:assert/strict";
import { test } from "node:test";
import { agentName, agentSet, isAgent } from "../../src/calls/agents.ts";
import type { Party } from "../../src/devlink3/delta3-record.ts";
import { records } from "./story.ts";

const answered = records("Q1")[1];
assert.ok(answered?.kind === "Detail" && answered.partyA !== null && answered.partyB !== null);
const trunk = answered.partyA;
const phone: Party = { ...answered.partyB, name: "Ann Agent" };
const users = new Map([["2001", { names: ["Ann Known"], groups: ["Sales"] }]]);

test("R1 with `all` every phone with an identity is an agent", () => {
  const set = agentSet("all");
  assert.equal(isAgent(set, phone), true);
  assert.equal(isAgent(set, { ...phone, identity: "" }), false);
});

test("R1 trunks, voicemail, park slots and recorder legs never are agents", () => {
  const set = agentSet("all");
  assert.equal(isAgent(set, trunk), false);
  for (const equipmentClass of [12, 16, 17, 19, 26]) {
    assert.equal(isAgent(set, { ...phone, equipmentClass }), false, String(equipmentClass));
  }
});

test("Q10 a phone of another node is its own node's agent", () => {
  assert.equal(isAgent(agentSet("all"), { ...phone, isRemote: true }), false);
});

test("R1 agents are listed by extension, name or group, without regard to case", () => {
  for (const word of ["2001", "ann agent", "ANN KNOWN", "sales"]) {
    assert.equal(isAgent(agentSet([word], users), phone), true, word);
  }
  assert.equal(isAgent(agentSet(["2002", "support"], users), phone), false);
  assert.equal(isAgent(agentSet([], users), phone), false);
});

test("an agent's name is the PBX's, else the user list's, else the extension", () => {
  assert.equal(agentName(agentSet("all", users), phone), "Ann Agent");
  assert.equal(agentName(agentSet("all", users), { ...phone, name: "" }), "Ann Known");
  assert.equal(agentName(agentSet("all"), { ...phone, name: "" }), "2001");
});
