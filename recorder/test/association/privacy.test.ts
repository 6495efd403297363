// Calls that must not be recorded, from the start or in the middle: design.md §5, "Privacy or
// consent flags on any party: not started, or stopped at once".
import assert from "node:assert/strict";
import { test } from "node:test";
import { UNRECORDED_PARTS_LIMIT } from "../../src/association/call-row.ts";
import { cleared, detail, END_2002, leg, phone, talking, trunk } from "./records.ts";
import { FactsWorld } from "./world.ts";

const SIP_CALL_ID = "77aa@192.168.10.1";

function worldUp(set: ConstructorParameters<typeof FactsWorld>[0] = {}): FactsWorld {
  const world = new FactsWorld(set);
  world.service.start();
  world.link.comeUp();
  return world;
}

const PRIVACY = 0x01;
const CONSENT_REFUSED = 0x20;

test("privacy in mid-call: stopped at once, blocked, and not kept", () => {
  const world = worldUp();
  world.link.tell(talking());
  world.recordWith("r1");
  world.advance(1_000);
  world.link.tell(talking("2001", { flags: PRIVACY }));
  assert.deepEqual(world.told.lines, ["r1 rung 1 part 1", "r1 stop"]);
  assert.equal(world.control.stops.length, 1);
  world.end("r1");
  assert.deepEqual(world.told.verdicts.get("r1"), { keep: false, why: "privacy" });
  world.link.tell(...cleared());
  assert.deepEqual(
    world.lastParts().map(({ part, outcome, why }) => [part, outcome, why]),
    [[1, "blocked", "privacy"]],
  );
});

test("a call that is private from the start shows as a blocked part, and is never asked for", () => {
  const world = worldUp();
  world.link.tell(talking("2001", { flags: CONSENT_REFUSED }));
  world.link.tell(...cleared());
  assert.deepEqual(world.control.starts, []);
  assert.equal(world.told.lines[0], "part 1 failed consent");
  const [first] = world.lastParts();
  assert.deepEqual(
    [first?.["outcome"], first?.["why"], first?.["recordingKey"]],
    ["blocked", "consent", null],
  );
  assert.equal(world.told.rows[0]?.["wanted"], true);
});

test("blocked parts are noted once while the flag stands", () => {
  const world = worldUp();
  const blocked = talking("2001", { flags: PRIVACY });
  const blockedHeld = detail({ a: trunk({ tone: 1 }), b: phone("2001", { flags: PRIVACY }) });
  world.link.tell(blocked, blockedHeld, blocked);
  world.link.tell(...cleared());
  assert.deepEqual(world.control.starts, []);
  assert.equal(world.lastParts().length, 1);
});

test("when the flag is withdrawn the call is recorded from then on, as the next part", () => {
  const world = worldUp();
  world.link.tell(talking("2001", { flags: PRIVACY }));
  assert.deepEqual(world.control.starts, []);
  world.link.tell(talking());
  world.recordWith("r1");
  assert.equal(world.told.lastAssociation("r1").part, 2);
  assert.deepEqual(world.told.lastAssociation("r1").unrecorded, [
    { part: 1, agent: "2001", extension: "2001", outcome: "blocked", why: "privacy" },
  ]);
  world.link.tell(...cleared());
  world.end("r1");
  assert.deepEqual(
    world.lastParts().map(({ part, outcome }) => [part, outcome]),
    [
      [1, "blocked"],
      [2, undefined],
    ],
  );
});

test("a flag that goes on and off for ever makes no endless line: the newest parts are told", () => {
  const world = worldUp();
  for (let times = 0; times < UNRECORDED_PARTS_LIMIT + 20; times += 1) {
    world.link.tell(talking("2001", { flags: PRIVACY }), talking());
  }
  world.link.tell(talking("2001", { flags: PRIVACY }));
  world.link.tell(talking());
  world.recordWith("r1");
  const { part, unrecorded } = world.told.lastAssociation("r1");
  assert.ok(part !== null && unrecorded !== undefined);
  assert.equal(unrecorded.length, UNRECORDED_PARTS_LIMIT);
  assert.equal(unrecorded.at(-1)?.part, part - 1);
});

test("another agent on a call that is still private is another blocked part", () => {
  const world = worldUp();
  world.link.tell(talking("2001", { flags: PRIVACY }), talking("2002", { flags: PRIVACY }));
  world.link.tell(...cleared(END_2002));
  assert.deepEqual(
    world.lastParts().map(({ part, extension, outcome }) => [part, extension, outcome]),
    [
      [1, "2001", "blocked"],
      [2, "2002", "blocked"],
    ],
  );
});

test("a recording that the PBX sends of a blocked call is ended and not kept", () => {
  const world = worldUp();
  world.link.tell(talking("2001", { flags: PRIVACY }), leg(SIP_CALL_ID));
  world.invite("r1", { sipCallId: SIP_CALL_ID });
  world.advance(0);
  assert.deepEqual(world.told.lines, ["part 1 failed privacy", "r1 rung 3 part 1", "r1 stop"]);
  world.end("r1");
  assert.deepEqual(world.told.verdicts.get("r1"), { keep: false, why: "privacy" });
  world.link.tell(...cleared());
  assert.equal(world.lastParts()[0]?.["outcome"], "blocked");
});

test("a flag before the SIP call came: blocked is what is told", () => {
  const world = worldUp();
  world.link.tell(talking());
  world.control.answer();
  world.link.tell(talking("2001", { flags: PRIVACY }));
  assert.deepEqual(world.told.lines, ["part 1 failed privacy"]);
  assert.deepEqual(world.control.stops, [world.control.lastStreamId]);
});

test("what is not wanted is not blocked either", () => {
  const world = worldUp({ recordFromBeginning: false });
  world.link.tell(talking("2001", { flags: PRIVACY }));
  world.link.tell(...cleared());
  assert.deepEqual(world.lastParts(), []);
});
