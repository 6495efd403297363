// domain.md, "Recording Monitor": who calls and who is called, as people say it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { callingAndReceiving } from "../../src/calls/calling-party.ts";
import type { DetailRecord, Party } from "../../src/devlink3/delta3-record.ts";
import { records } from "./story.ts";

const [ringing, answered] = records("Q1");
assert.ok(ringing?.kind === "Detail" && answered?.kind === "Detail");
const { partyA: trunk, partyB: phone } = answered;
assert.ok(trunk !== null && phone !== null);

function said(change: Partial<DetailRecord>): [string, string] {
  const { callingParty, receivingParty } = callingAndReceiving({
    detail: { ...answered, ...change } as DetailRecord,
  });
  return [callingParty, receivingParty];
}

test("the caller is the party by which the call came into the PBX, on either side", () => {
  assert.deepEqual(said({}), ["02079460000", "2001"]);
  assert.deepEqual(said({ partyA: phone, partyB: trunk }), ["02079460000", "2001"]);
});

test("where no party came in, the first one calls", () => {
  const dialled: Party = { ...trunk, direction: 0, targetNumber: "5550199" };
  assert.deepEqual(said({ partyA: phone, partyB: dialled }), ["2001", "5550199"]);
});

test("while it rings, the first target is called, else what was dialled, else the line's number", () => {
  assert.deepEqual(said({ partyB: null, targets: ringing.targets }), ["02079460000", "2001"]);
  const caller: Party = { ...trunk, dialled: "902079460001", did: "5550100" };
  assert.deepEqual(said({ partyA: caller, partyB: null, targets: [] })[1], "902079460001");
  const inbound: Party = { ...caller, dialled: "" };
  assert.deepEqual(said({ partyA: inbound, partyB: null, targets: [] })[1], "5550100");
  assert.deepEqual(said({ partyA: { ...inbound, did: "" }, partyB: null, targets: [] })[1], "");
});

test("a target without identity does not hide what was dialled", () => {
  const [target] = ringing.targets;
  assert.ok(target !== undefined);
  const targets = [{ ...target, identity: "" }];
  assert.equal(said({ partyB: null, targets })[1], "5550100");
});

test("a call without parties has neither", () => {
  assert.deepEqual(said({ partyA: null, partyB: null, targets: [] }), ["", ""]);
  assert.deepEqual(said({ partyA: null }), ["", "2001"]);
});
