// How a SIP call is tied to its call, rung by rung, in time or late, and which events it hears of:
// R7, devlink3.md §13.6. Whole stories from records to what recording/ is told.
import assert from "node:assert/strict";
import { test } from "node:test";
import { EVENT_DELAY_MS, LAST_RECORD_MS, LATE_MATCH_MS } from "../../src/association/facts.ts";
import { refusal } from "./fake-control.ts";
import {
  cleared,
  detail,
  END_2001,
  held,
  leg,
  LEG_TRUNK_END,
  lost,
  NODE,
  phone,
  ringing,
  sipTrack,
  talking,
  trunk,
} from "./records.ts";
import { microtasks } from "../storage/manual-clock.ts";
import { FactsWorld } from "./world.ts";

const SIP_CALL_ID = "77aa@192.168.10.1";

function worldUp(set: ConstructorParameters<typeof FactsWorld>[0] = {}): FactsWorld {
  const world = new FactsWorld(set);
  world.service.start();
  world.link.comeUp();
  return world;
}

test("R7: Q1 from ringing to the row, by rung 1", () => {
  const world = worldUp();
  world.advance(1_000);
  world.link.tell(ringing());
  world.advance(3_000);
  world.link.tell(talking());
  assert.equal(world.control.starts.length, 1);
  world.control.answer();
  world.advance(20);
  world.invite("r1", { requestUser: world.control.lastStreamId });
  const callKey = `${NODE}-31-${1_700_000_000_000 + 1_000}`;
  assert.deepEqual(world.told.lastAssociation("r1"), {
    rung: 1,
    callKey,
    part: 1,
    deviceCallId: `${NODE}-31`,
    endId: END_2001,
    agent: "2001",
    extension: "2001",
    parties: ["02079460000", "2001"],
    liveStreamId: world.control.lastStreamId,
  });
  world.advance(10_000);
  world.link.tell(...cleared());
  world.end("r1");
  assert.deepEqual(world.told.eventTexts("r1"), ["ringing 1000–4000", "talking 4000–14020"]);
  assert.deepEqual(world.told.lines, ["r1 rung 1 part 1", `row ${NODE}-31`, "r1 settled keep"]);
  assert.deepEqual(world.control.stops, [world.control.lastStreamId]);
  const [row] = world.told.rows;
  assert.equal(row?.["callKey"], callKey);
  assert.deepEqual([row["direction"], row["wanted"]], ["inbound", true]);
  assert.deepEqual(world.lastParts()[0]?.["recordingKey"], "r1");
  assert.deepEqual(world.clock.running(), []);
});

test("R7: the INVITE may come before START's answer", () => {
  const world = worldUp();
  world.link.tell(talking());
  world.invite("r1", { requestUser: world.control.lastStreamId });
  world.control.answer();
  assert.equal(world.told.lastAssociation("r1").rung, 1);
  world.advance(60_000);
  assert.deepEqual(world.told.lines, ["r1 rung 1 part 1"]);
});

test("R7: rung 2 of a PBX that records by itself: SIPTrack and Detail after the INVITE", () => {
  const world = worldUp();
  world.link.control.isAvailable = false;
  world.link.tell(talking());
  world.invite("r1", { sipCallId: SIP_CALL_ID });
  assert.deepEqual(world.told.lines, []);
  world.link.track(sipTrack(SIP_CALL_ID));
  world.link.tell(leg("another@192.168.10.1"));
  assert.deepEqual(world.told.lines, ["r1 rung 2 part 1"]);
  const { liveStreamId, extension } = world.told.lastAssociation("r1");
  assert.deepEqual([liveStreamId, extension], [null, "2001"]);
});

test("R7: rung 2: SIPTrack and Detail before the INVITE", () => {
  const world = worldUp();
  world.link.control.isAvailable = false;
  world.link.tell(talking(), leg("another@192.168.10.1"));
  world.link.track(sipTrack(SIP_CALL_ID, { endId: LEG_TRUNK_END }));
  world.invite("r1", { sipCallId: SIP_CALL_ID });
  assert.deepEqual(world.told.lines, ["r1 rung 2 part 1"]);
});

test("R7: rung 3 of a PBX that records by itself, and no failure is told at the end", () => {
  const world = worldUp();
  world.link.control.isAvailable = false;
  world.link.tell(talking());
  world.invite("r1", { sipCallId: SIP_CALL_ID });
  world.link.tell(leg(SIP_CALL_ID));
  world.advance(5_000);
  world.link.tell(...cleared());
  world.end("r1");
  assert.deepEqual(world.told.lines, ["r1 rung 3 part 1", `row ${NODE}-31`, "r1 settled keep"]);
  assert.deepEqual(world.control.stops, [], "nobody asked for it");
  assert.equal(world.told.failures.length, 0);
});

test("R7: rung 4: the caller's extension while its START is pending", () => {
  const world = worldUp();
  world.link.tell(talking());
  world.advance(4_999);
  world.invite("r1", { callerUsers: ["2001"] });
  assert.deepEqual(world.told.lines, ["r1 rung 4 part 1"]);
});

test("R7: rung 4 looks back 5 s only", () => {
  const world = worldUp();
  world.link.tell(talking());
  world.control.answer();
  world.advance(5_001);
  world.invite("r1", { callerUsers: ["2001"] });
  assert.deepEqual(world.told.lines, []);
});

test("R7: rung 4: a START that is sent after the INVITE has come did not bring it", () => {
  const world = worldUp();
  world.invite("r1", { callerUsers: ["2001"] });
  world.end("r1");
  world.advance(1_000);
  world.link.tell(talking());
  world.control.answer();
  assert.deepEqual(world.told.lines, []);
});

test("R7: rung 4 with two pending parts of one extension ties nothing", () => {
  const world = worldUp();
  const other = detail({
    callId: 32,
    a: trunk({ endId: "t2" }),
    b: phone("2001", { endId: "e2" }),
  });
  world.link.tell(talking(), other);
  assert.equal(world.control.starts.length, 2);
  world.invite("r1", { callerUsers: ["2001"] });
  assert.deepEqual(world.told.lines, []);
});

test("a recording of an end that is nobody's part is tied to its call, without a part", () => {
  const world = worldUp({ agents: ["2002"] });
  world.link.tell(talking(), leg(SIP_CALL_ID));
  world.invite("r1", { sipCallId: SIP_CALL_ID });
  const { rung, part, extension } = world.told.lastAssociation("r1");
  assert.deepEqual([rung, part, extension], [3, null, "2001"]);
  world.link.tell(held(), talking());
  assert.deepEqual(world.told.lines, ["r1 rung 3 part none"], "told once");
  world.advance(1_000);
  world.link.tell(...cleared());
  world.end("r1");
  assert.deepEqual(world.told.eventTexts("r1"), ["talking 0–1000"]);
  assert.equal(world.told.rows[0]?.["wanted"], false);
});

test("a part that begins for an end found first takes its recording over", async () => {
  const world = new FactsWorld({ agents: ["Alice"] });
  world.link.userList = "Alice,2001,Alice Smith\r\n";
  world.link.comeUp([talking(), leg(SIP_CALL_ID)]);
  world.invite("r1", { sipCallId: SIP_CALL_ID });
  assert.equal(world.told.lastAssociation("r1").part, null);
  await Promise.resolve();
  assert.equal(world.link.filesRead[0], "nasystem/user_list");
  assert.equal(world.told.lastAssociation("r1").part, 1);
  world.control.answer(refusal("already"));
  world.link.tell(...cleared());
  world.end("r1");
  assert.equal(world.told.failures.length, 0);
});

test("the agent of a recording that began before the user list came gets the name", async () => {
  const world = new FactsWorld();
  world.link.userList = "Alice,2001,Alice Smith\r\n";
  world.link.comeUp();
  world.link.tell(talking());
  world.recordWith("r1");
  assert.equal(world.told.lastAssociation("r1").agent, "2001");
  await microtasks();
  assert.equal(world.told.lastAssociation("r1").agent, "Alice");
  assert.equal(world.told.lastAssociation("r1").part, 1);
  const told = world.told.lines.length;
  world.link.tell(talking());
  assert.equal(world.told.lines.length, told, "told once");
  world.link.tell(...cleared());
  world.end("r1");
  const parts = world.told.rows[0]?.["parts"] as readonly { readonly agent: string }[];
  assert.deepEqual(
    parts.map(({ agent }) => agent),
    ["Alice"],
  );
});

test("R1: without a user list agents are still known by extension", async () => {
  const world = worldUp({ agents: ["2001"] });
  await Promise.resolve();
  world.link.tell(talking());
  assert.equal(world.control.starts.length, 1);
  const all = ["nasystem/user_list"];
  assert.deepEqual(worldUp().link.filesRead, all, "all: for their names");
});

test("a second SIP call for a part that has its recording is an orphan", () => {
  const world = worldUp();
  world.link.tell(talking());
  world.recordWith("r1");
  world.invite("r2", { requestUser: world.control.lastStreamId });
  world.end("r2");
  world.advance(LATE_MATCH_MS);
  assert.deepEqual(world.told.lines, [
    "r1 rung 1 part 1",
    "r2 rung orphan part none",
    "r2 settled keep",
  ]);
});

test("R7: an orphan is settled 30 s after its end while facts may come", () => {
  const world = worldUp();
  world.invite("r1", { callerUsers: ["2001"] });
  world.end("r1");
  world.advance(LATE_MATCH_MS - 1);
  assert.deepEqual(world.told.lines, []);
  world.advance(1);
  assert.deepEqual(world.told.lines, ["r1 rung orphan part none", "r1 settled keep"]);
  assert.deepEqual(world.told.lastAssociation("r1").parties, ["2001"]);
  assert.deepEqual(world.clock.running(), []);
});

test("R10: an orphan is settled at once when there is no link", () => {
  const world = new FactsWorld();
  world.invite("r1");
  world.end("r1");
  assert.deepEqual(world.told.lines, ["r1 rung orphan part none", "r1 settled keep"]);
});

test("R10: an orphan that waits is settled when the link goes", () => {
  const world = worldUp();
  world.invite("r1");
  world.end("r1");
  world.link.goDown();
  assert.deepEqual(world.told.lines, ["r1 rung orphan part none", "r1 settled keep"]);
  assert.deepEqual(world.clock.running(), []);
});

test("R7: an association after the recording's end is late; it has its events all the same", () => {
  const world = worldUp();
  world.link.control.isAvailable = false;
  world.link.tell(talking());
  world.invite("r1", { sipCallId: SIP_CALL_ID });
  world.advance(4_000);
  world.link.tell(...cleared());
  world.end("r1");
  world.advance(10_000);
  world.link.tell(leg(SIP_CALL_ID));
  assert.equal(world.told.lastAssociation("r1").late, true);
  assert.deepEqual(world.told.lines.slice(-2), ["r1 rung 3 part 1", "r1 settled keep"]);
  assert.deepEqual(world.told.eventTexts("r1"), ["talking 0–4000"]);
  world.advance(60_000);
  assert.equal(world.told.lines.filter((line) => line.startsWith("r1 settled")).length, 1);
});

test("the end of a recording that nobody knows, or twice, is nothing", () => {
  const world = worldUp();
  world.end("never heard of");
  world.link.tell(talking());
  world.recordWith("r1");
  world.end("r1");
  world.end("r1");
  world.advance(LAST_RECORD_MS);
  world.end("r1");
  assert.deepEqual(world.told.lines, ["r1 rung 1 part 1", "r1 settled keep"]);
});

test("R7: hold is an event of its own, each event is told once, and hold keeps the part", () => {
  const world = worldUp();
  world.link.tell(talking());
  world.recordWith("r1");
  world.advance(1_000);
  world.link.tell(held(), held());
  world.advance(2_000);
  world.link.tell(talking(), talking());
  world.advance(3_000);
  world.link.tell(...cleared());
  world.end("r1");
  assert.deepEqual(world.told.eventTexts("r1"), [
    "talking 0–1000",
    "held 1000–3000",
    "talking 3000–6000",
  ]);
  const ids = world.told.events.get("r1")?.map(({ eventId }) => eventId) ?? [];
  assert.equal(new Set(ids).size, ids.length);
  assert.equal(world.control.starts.length, 1);
});

test("R7: what goes on when the recording ends is told up to there", () => {
  const world = worldUp();
  world.link.tell(talking());
  world.recordWith("r1");
  world.advance(2_500);
  world.end("r1");
  world.advance(LAST_RECORD_MS);
  assert.deepEqual(world.told.eventTexts("r1"), ["talking 0–2500"]);
  assert.deepEqual(world.told.lines, ["r1 rung 1 part 1", "r1 settled keep"]);
});

test("R7: an event is told a second after its end, when its audio is there", () => {
  const world = worldUp();
  world.link.tell(talking());
  world.recordWith("r1");
  world.advance(5_000);
  world.link.tell(held());
  world.advance(EVENT_DELAY_MS - 1);
  world.link.tell(talking());
  assert.deepEqual(world.told.eventTexts("r1"), []);
  world.advance(1);
  assert.deepEqual(world.told.eventTexts("r1"), ["talking 0–5000"]);
  world.advance(EVENT_DELAY_MS);
  assert.deepEqual(world.told.eventTexts("r1"), ["talking 0–5000", "held 5000–5999"]);
});

test("R7: BYE may overtake the record that tells of the transfer", () => {
  const world = worldUp();
  world.link.tell(talking());
  world.recordWith("r1");
  world.advance(4_000);
  world.end("r1");
  world.advance(20);
  assert.ok(!world.told.verdicts.has("r1"));
  world.link.tell(lost(END_2001, 126));
  assert.ok(world.told.verdicts.has("r1"));
  assert.deepEqual(world.told.eventTexts("r1"), ["talking 0–4000", "transferred 4000–4000"]);
});

test("BYE may overtake the record that tells of privacy: not kept", () => {
  const world = worldUp();
  world.link.tell(talking());
  world.recordWith("r1");
  world.end("r1");
  world.advance(20);
  world.link.tell(talking("2001", { flags: 0x01 }));
  assert.deepEqual(world.told.verdicts.get("r1"), { keep: false, why: "privacy" });
  assert.ok(!world.told.lines.includes("r1 stop"), "it has ended");
});

test("privacy long after the PBX has ended the recording does not take it away", () => {
  const world = worldUp();
  world.link.tell(talking());
  world.recordWith("r1");
  world.end("r1");
  world.advance(60_000);
  world.link.tell(talking("2001", { flags: 0x01 }));
  world.link.tell(...cleared());
  assert.equal(world.told.verdicts.get("r1")?.keep, true);
  assert.equal(world.lastParts()[0]?.["outcome"], undefined);
});

test("R10: a recording that waits for its last record is settled when the link goes", () => {
  const world = worldUp();
  world.link.tell(talking());
  world.recordWith("r1");
  world.end("r1");
  world.link.goDown();
  assert.deepEqual(world.told.lines, ["r1 rung 1 part 1", "r1 settled keep"]);
});
