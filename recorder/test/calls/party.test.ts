// What a party is, by the tables of devlink3.md §8.3.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as party from "../../src/calls/party.ts";
import type { DetailRecord, Party } from "../../src/devlink3/delta3-record.ts";
import { records } from "./story.ts";

const [ringing, answered] = records("Q1");
assert.ok(ringing?.kind === "Detail" && answered?.kind === "Detail");
const trunk = answered.partyA;
const phone = answered.partyB;
assert.ok(trunk !== null && phone !== null);

const ofClass = (equipmentClass: number | null): Party => ({ ...phone, equipmentClass });
const inState = (state: number | null): Party => ({ ...phone, state });
const all = Array.from({ length: 31 }, (_, number) => number);

const CLASSES: readonly [string, (one: Party) => boolean, readonly number[]][] = [
  ["phones", party.isPhone, [8, 9, 10, 11, 21, 28]],
  ["conferences", party.isConference, [17, 30]],
  ["voicemail", party.isVoicemail, [12]],
  ["park slots", party.isParkSlot, [16]],
  ["recorders", party.isRecorder, [19, 26]],
  ["SIP", party.isSip, [5, 10]],
];

for (const [name, is, expected] of CLASSES) {
  test(`§8.3 equipment classes of ${name}`, () => {
    assert.deepEqual(
      all.filter((number) => is(ofClass(number))),
      expected,
    );
    assert.equal(is(ofClass(null)), false);
  });
}

const STATES: readonly [string, (one: Party) => boolean, readonly number[]][] = [
  ["connected", party.isConnected, [2, 25]],
  ["alerting", party.isAlerting, [1, 15, 19]],
  ["ending", party.isEnding, [3, 21, 23, 24]],
];

for (const [name, is, expected] of STATES) {
  test(`§8.3 states that are ${name}`, () => {
    assert.deepEqual(
      all.filter((number) => is(inState(number))),
      expected,
    );
    assert.equal(is(inState(null)), false);
  });
}

test("a phone without identity is nobody's", () => {
  assert.equal(party.isPhone({ ...phone, identity: "" }), false);
});

test("Q3 held: audio path 0 or hold music, on a connected party", () => {
  assert.equal(party.isHeld(phone), false);
  assert.equal(party.isHeld({ ...phone, audioPath: 0 }), true);
  assert.equal(party.isHeld({ ...phone, tone: 1 }), true);
  assert.equal(party.isHeld({ ...phone, tone: 1, state: 1 }), false);
});

test("a party is called by extension, else number, else name, else description, else end", () => {
  const bare: Party = {
    ...trunk,
    identity: "",
    cli: "",
    targetNumber: "",
    name: "",
    description: "",
  };
  assert.equal(party.partyLabel(phone), "2001");
  assert.equal(party.partyLabel(trunk), "02079460000");
  const out: Party = { ...trunk, direction: 0, cli: "2001", targetNumber: "020" };
  assert.equal(party.partyLabel(out), "020");
  assert.equal(party.partyLabel({ ...out, targetNumber: "" }), "2001");
  assert.equal(party.partyLabel({ ...bare, name: "Ann" }), "Ann");
  assert.equal(party.partyLabel({ ...bare, description: "5.7" }), "5.7");
  assert.equal(party.partyLabel(bare), bare.endId);
});

test("§9.2 talking: two connected parties", () => {
  assert.equal(party.isTalking(ringing), false);
  assert.equal(party.isTalking(answered), true);
  const alone: DetailRecord = { ...answered, partyB: null };
  assert.equal(party.isTalking(alone), false);
  assert.deepEqual(party.partiesOf(alone), [trunk]);
});
