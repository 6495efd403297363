// Rules that pause: while an event goes on at which they match, the recordings of its call are
// paused; they have no say in what is recorded (R21).
import assert from "node:assert/strict";
import { test } from "node:test";
import { rulesOf } from "../rules/steps.ts";
import { cleared, detail, held, ringing, talking } from "./records.ts";
import { FactsWorld } from "./world.ts";

const ON_HOLD = {
  title: "On hold",
  kind: "advanced-event",
  action: "pause",
  match: { events: ["held"] },
};
const BOB = { title: "Payment desk", kind: "agent", action: "pause", match: { agents: ["2002"] } };

function world(...rules: readonly object[]): FactsWorld {
  const made = new FactsWorld();
  made.rules = rulesOf(...rules);
  made.service.start();
  made.link.comeUp();
  return made;
}

test("R21: a pause by rule begins and ends with its event, each told once", () => {
  const made = world(ON_HOLD);
  made.link.tell(ringing(), talking());
  made.recordWith("r1");
  assert.deepEqual(made.told.pauses, []);
  made.link.tell(held(), held());
  assert.deepEqual(made.told.pauses, ["r1 On hold"]);
  made.link.tell(talking());
  assert.deepEqual(made.told.pauses, ["r1 On hold", "r1 -"]);
  made.link.tell(...cleared());
  made.end("r1");
  assert.equal(made.told.pauses.length, 2);
});

test("R21: a recording is paused with the news of what it is, before its first sample", () => {
  const made = world(BOB);
  made.link.tell(ringing("2002"), talking("2002"));
  made.recordWith("r1");
  assert.deepEqual(made.told.pauses, ["r1 Payment desk"]);
});

test("R13: a rule that pauses does not say what is recorded: without others, all is kept", () => {
  const made = world(BOB);
  made.link.tell(ringing(), talking());
  made.recordWith("r1");
  made.link.tell(...cleared());
  made.end("r1");
  made.advance(1_000);
  assert.equal(made.told.verdicts.get("r1")?.keep, true);
  assert.equal(made.told.rows[0]?.["ruleDecision"], "no-rules");
});

test("R21: an event after the recording's end, told in time for its row, pauses nothing", () => {
  const made = world(ON_HOLD);
  made.link.tell(ringing(), talking());
  made.recordWith("r1");
  made.end("r1");
  made.link.tell(held());
  assert.deepEqual(made.told.pauses, []);
});

test("R21: other rules are in force at once, in mid-call", () => {
  const made = world();
  made.link.tell(ringing(), held());
  made.recordWith("r1");
  made.rules = rulesOf(ON_HOLD);
  made.service.rulesChanged();
  assert.deepEqual(made.told.pauses, ["r1 On hold"]);
});

test("records of one call leave the recordings of others alone", () => {
  const made = world(ON_HOLD);
  made.link.tell(ringing(), talking());
  made.recordWith("r1");
  const before = made.told.lines.length;
  made.link.tell(detail({ callId: 99 }));
  assert.equal(made.told.lines.length, before);
  assert.deepEqual(made.told.pauses, []);
});
