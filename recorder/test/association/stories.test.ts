// Whole stories of calls as the IP Office tells them, and what recording/ hears of them: R7, R22,
// devlink3.md §9, §10, §13.6.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  EVENT_DELAY_MS,
  LAST_RECORD_MS,
  LATE_MATCH_MS,
  STOP_GRACE_MS,
} from "../../src/association/facts.ts";
import { refusal } from "./fake-control.ts";
import {
  cleared,
  conference,
  detail,
  END_2001,
  END_2002,
  held,
  leg,
  LEG_TRUNK_END,
  lost,
  NODE,
  parkSlot,
  phone,
  ringing,
  sipTrack,
  status,
  talking,
  trunk,
  TRUNK_END,
} from "./records.ts";
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
  assert.deepEqual(world.link.filesRead, ["nasystem/user_list"]);
  assert.equal(world.told.lastAssociation("r1").part, 1);
  world.control.answer(refusal("already"));
  world.link.tell(...cleared());
  world.end("r1");
  assert.equal(world.told.failures.length, 0);
});

test("R1: without a user list agents are still known by extension", async () => {
  const world = worldUp({ agents: ["2001"] });
  await Promise.resolve();
  world.link.tell(talking());
  assert.equal(world.control.starts.length, 1);
  assert.deepEqual(worldUp().link.filesRead, [], "all: no list is needed");
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

// -- Orphans and late matches ----------------------------------------------------------------

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

// -- Events ----------------------------------------------------------------------------------

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

// -- Parts -----------------------------------------------------------------------------------

test("R22: a blind transfer (Q5) makes two parts of one callKey", () => {
  const world = worldUp();
  world.link.tell(talking());
  world.recordWith("r1");
  world.advance(5_000);
  world.link.tell(lost(END_2001, 126), ringing("2002"));
  assert.deepEqual(world.control.stops, [world.control.lastStreamId]);
  world.end("r1");
  world.advance(3_000);
  world.link.tell(talking("2002"));
  world.recordWith("r2");
  world.advance(4_000);
  world.link.tell(...cleared(END_2002));
  world.end("r2");
  const [first, second] = [world.told.lastAssociation("r1"), world.told.lastAssociation("r2")];
  assert.deepEqual([first.part, first.extension], [1, "2001"]);
  assert.deepEqual([second.part, second.extension], [2, "2002"]);
  assert.equal(first.callKey, second.callKey);
  assert.deepEqual(world.told.eventTexts("r1"), ["talking 0–5000", "transferred 5000–5000"]);
  assert.deepEqual(world.told.eventTexts("r2"), ["talking 8000–12000"]);
  assert.deepEqual(
    world.lastParts().map(({ part, recordingKey }) => [part, recordingKey]),
    [
      [1, "r1"],
      [2, "r2"],
    ],
  );
  assert.equal(world.told.rows.length, 1);
});

test("R22: we end the SIP call of a part that is over 2 s later, if the PBX does not", () => {
  const world = worldUp();
  world.link.tell(talking());
  world.recordWith("r1");
  world.link.tell(lost(END_2001, 126));
  world.advance(STOP_GRACE_MS - 1);
  assert.deepEqual(world.told.lines, ["r1 rung 1 part 1"]);
  world.advance(1);
  assert.deepEqual(world.told.lines, ["r1 rung 1 part 1", "r1 stop"]);
  world.end("r1");
  assert.equal(world.told.verdicts.get("r1")?.keep, true);
});

test("R22: a SIP call that comes after its part is over is ended at once", () => {
  const world = worldUp();
  world.link.tell(talking());
  world.control.answer();
  world.link.tell(lost(END_2001, 126), ringing("2002"));
  assert.deepEqual(world.told.lines, ["part 1 failed too-short"]);
  world.invite("r1", { requestUser: world.control.lastStreamId });
  // recording/ is still in the middle of taking the call.
  assert.ok(!world.told.lines.includes("r1 stop"));
  world.advance(0);
  assert.deepEqual(world.told.lines.slice(-2), ["r1 rung 1 part 1", "r1 stop"]);
  world.end("r1");
  world.link.tell(...cleared());
  assert.deepEqual(
    world.lastParts().map(({ recordingKey, why }) => [recordingKey, why]),
    [["r1", undefined]],
  );
});

test("R22: a supervised transfer (Q4): the consultation is a call of its own", () => {
  const world = worldUp();
  const consultation = detail({
    callId: 33,
    a: phone("2001", { endId: `${NODE}000003f5`, direction: 1 }),
    b: phone("2002", { endId: `${NODE}000003f7` }),
  });
  world.link.tell(talking());
  world.recordWith("r1");
  world.link.tell(held());
  world.link.tell(consultation);
  world.recordWith("r2");
  assert.equal(world.told.lastAssociation("r2").part, 1);
  assert.notEqual(
    world.told.lastAssociation("r2").callKey,
    world.told.lastAssociation("r1").callKey,
  );
  world.advance(1_000);
  world.link.tell(lost(END_2001, 126), lost(`${NODE}000003f5`, 126));
  world.link.tell(talking("2002", { endId: `${NODE}000003f7` }));
  world.end("r1");
  world.end("r2");
  world.recordWith("r3");
  const third = world.told.lastAssociation("r3");
  assert.deepEqual([third.part, third.extension], [2, "2002"]);
  assert.equal(third.callKey, world.told.lastAssociation("r1").callKey);
  world.link.tell(...cleared(`${NODE}000003f7`));
  world.end("r3");
  assert.equal(world.told.rows.length, 0, "call 33 may be continued for 2 s (§9.2)");
  world.advance(2_000);
  assert.equal(world.told.rows.length, 1, "one conversation");
  assert.deepEqual(
    world.lastParts().map(({ part, callKey }) => [part, callKey === undefined]),
    [
      [1, true],
      [1, false],
      [2, true],
    ],
  );
});

test("R22: park keeps the part; unparked by the same agent it goes on by the new end (Q7)", () => {
  const world = worldUp();
  world.link.tell(talking());
  world.recordWith("r1");
  world.link.tell(lost(END_2001, 117), detail({ b: parkSlot() }));
  world.advance(10_000);
  assert.deepEqual(world.told.lines, ["r1 rung 1 part 1"]);
  world.link.tell(talking("2001", { endId: `${NODE}00000411` }));
  assert.equal(world.control.starts.length, 1);
  world.link.tell(...cleared(`${NODE}00000411`));
  assert.equal(world.control.stops.length, 1);
  world.end("r1");
  assert.ok(world.told.eventTexts("r1").some((text) => text.startsWith("parked")));
});

test("R22: an agent who returns after the PBX has ended the recording gets the next part", () => {
  const world = worldUp();
  world.link.tell(talking());
  world.recordWith("r1");
  world.link.tell(lost(END_2001, 117), detail({ b: parkSlot() }));
  world.end("r1");
  world.advance(10_000);
  world.link.tell(talking("2001", { endId: `${NODE}00000411` }));
  world.recordWith("r2");
  assert.equal(world.told.lastAssociation("r2").part, 2);
});

test("R22: unparked by another agent, the next part starts (Q7)", () => {
  const world = worldUp();
  world.link.tell(talking());
  world.recordWith("r1");
  world.link.tell(lost(END_2001, 117), detail({ b: parkSlot() }), talking("2002"));
  assert.equal(world.control.starts.length, 2);
});

test("R22: a part follows its end into another call", () => {
  const world = worldUp();
  world.link.tell(talking());
  world.recordWith("r1");
  world.advance(1_000);
  world.link.tell(detail({ callId: 40, a: trunk(), b: phone() }));
  world.advance(1_000);
  assert.equal(world.control.starts.length, 1);
  assert.deepEqual(world.control.stops, []);
  world.link.tell(...cleared());
  world.end("r1");
  assert.equal(world.control.stops.length, 1);
  assert.deepEqual(world.told.eventTexts("r1"), ["talking 0–1000", "talking 1000–2000"]);
});

test("R22: a conference (Q6) is heard once; when who records it leaves, the next agent does", () => {
  const world = worldUp();
  const member = (callId: number, endId: string, identity: string) =>
    detail({
      callId,
      a: phone(identity, { endId: `${NODE}${endId}`, direction: 1 }),
      b: conference(`${NODE}0000040${callId % 10}`),
    });
  world.link.tell(member(34, "000003f5", "2001"), member(35, "000003f7", "2002"));
  assert.equal(world.control.starts.length, 1);
  assert.equal(world.control.starts[0]?.callId, 34);
  world.link.tell(lost(`${NODE}000003f5`), lost(`${NODE}00000404`));
  assert.equal(world.control.starts.length, 2);
  assert.equal(world.control.starts[1]?.callId, 35);
});

test("R22: a failed part keeps its number", () => {
  const world = worldUp();
  world.link.tell(talking());
  world.control.answer(refusal("licence"));
  world.link.tell(lost(END_2001, 126), ringing("2002"), talking("2002"));
  world.recordWith("r2");
  assert.equal(world.told.lastAssociation("r2").part, 2);
  world.link.tell(...cleared(END_2002));
  world.end("r2");
  assert.deepEqual(world.told.lines[0], "part 1 failed licence-missing");
  assert.deepEqual(
    world.lastParts().map(({ part, why }) => [part, why]),
    [
      [1, "licence-missing"],
      [2, undefined],
    ],
  );
});

test("R2: no INVITE in 10 s is told with the facts of its sentence", () => {
  const world = worldUp();
  world.link.tell(talking());
  world.control.answer();
  world.advance(10_000);
  assert.deepEqual(
    world.told.failures.map(({ why, facts }) => [why, facts]),
    [
      [
        "no-invite",
        { pbx: "192.168.10.1", extension: "2001", recorder: "192.0.2.10:5060", detail: "" },
      ],
    ],
  );
});

test("R16: VCM channels exhausted: told once, after three retries", () => {
  const world = worldUp();
  world.link.tell(talking());
  for (let time = 0; time < 4; time += 1) {
    world.control.answer(refusal("vcm", { retryAfterMs: 5_000 }));
    world.advance(5_000);
  }
  assert.deepEqual(world.told.lines, ["part 1 failed vcm-exhausted"]);
  assert.equal(world.control.starts.length, 4);
});

test("R3: a SIP call that the PBX gives up again is no recording of its part", () => {
  const world = worldUp();
  world.link.tell(talking());
  world.recordWith("r1");
  world.end("r1");
  world.link.status(status(world.control.lastStreamId, "failed", { sipStatus: 503 }));
  world.advance(2_000);
  world.recordWith("r2");
  assert.deepEqual(world.told.lines, ["r1 rung 1 part 1", "r1 settled keep", "r2 rung 1 part 1"]);
});

test("Record From Beginning off, no rules: nothing is asked for, the row says not wanted", () => {
  const world = worldUp({ recordFromBeginning: false });
  world.link.tell(talking());
  world.link.tell(...cleared());
  assert.deepEqual(world.control.starts, []);
  assert.deepEqual(
    world.told.rows.map((row) => [row["wanted"], row["parts"]]),
    [[false, []]],
  );
});

test("a call that nobody answers has a row, without parts", () => {
  const world = worldUp();
  world.link.tell(ringing(), lost(TRUNK_END));
  const [row] = world.told.rows;
  assert.deepEqual(
    [row?.["answeredAt"], row?.["wanted"], row?.["parties"]],
    [null, false, ["02079460000"]],
  );
});

test("a recording leg is no call of people: no part, no row (devlink3.md §9.3)", () => {
  const world = worldUp();
  world.link.tell(leg(SIP_CALL_ID));
  world.link.tell(lost(LEG_TRUNK_END), lost(`${NODE}0000042e`));
  assert.deepEqual(world.control.starts, []);
  assert.deepEqual(world.told.rows, []);
});

// -- Privacy and consent ---------------------------------------------------------------------

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
  world.link.tell(held(), talking("2001", { flags: CONSENT_REFUSED }));
  world.link.tell(...cleared());
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
