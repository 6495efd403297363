// The parts of conversations from records to rows: transfers, park, conference, failures. R22,
// devlink3.md §10 (Q4–Q7), design.md §5 "Agents, perspective, parts".
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Party } from "../../src/devlink3/delta3-record.ts";
import { STOP_GRACE_MS } from "../../src/association/facts.ts";
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
  const caller = detail({ callId: 31, a: trunk(), b: conference(`${NODE}00000401`) });
  world.link.tell(caller, member(34, "000003f5", "2001"), member(35, "000003f7", "2002"));
  assert.equal(world.control.starts.length, 1);
  assert.equal(world.control.starts[0]?.callId, 34);
  world.link.tell(lost(`${NODE}000003f5`), lost(`${NODE}00000404`));
  assert.equal(world.control.starts.length, 2);
  assert.equal(world.control.starts[1]?.callId, 35);
  world.link.tell(lost(TRUNK_END), lost(`${NODE}00000401`));
  assert.equal(world.control.starts.length, 2, "who is left alone is not recorded anew");
});

test("R22: a conference of which nobody is left but one agent is not recorded anew", () => {
  const world = worldUp();
  const member = (callId: number, endId: string, identity: string) =>
    detail({
      callId,
      a: phone(identity, { endId: `${NODE}${endId}`, direction: 1 }),
      b: conference(`${NODE}0000040${callId % 10}`),
    });
  world.link.tell(member(34, "000003f5", "2001"), member(35, "000003f7", "2002"));
  assert.equal(world.control.starts[0]?.callId, 34);
  world.link.tell(lost(`${NODE}000003f5`), lost(`${NODE}00000404`));
  assert.equal(world.control.starts.length, 1);
});

test("R22: privacy of one member stops the recording of a conference, with one row", () => {
  const world = worldUp();
  const member = (callId: number, endId: string, more: Partial<Party>) =>
    detail({
      callId,
      a: phone(`200${callId - 33}`, { endId: `${NODE}${endId}`, direction: 1, ...more }),
      b: conference(`${NODE}0000040${callId % 10}`),
    });
  world.link.tell(member(34, "000003f5", {}), member(35, "000003f7", {}));
  world.recordWith("r1");
  world.link.tell(member(35, "000003f7", { flags: 1 }));
  assert.equal(world.control.stops.length, 1);
  world.link.tell(member(34, "000003f5", {}), member(35, "000003f7", { flags: 1 }));
  assert.equal(world.control.starts.length, 1);
  world.link.tell(member(35, "000003f7", {}));
  assert.equal(world.control.starts.length, 2, "allowed again: the next part");
  assert.deepEqual(
    world.told.failures.map(({ why }) => why),
    [],
    "what was recorded and stopped has its own row",
  );
});

test("R22: an agent of each of two nodes (Q10): the call is recorded once, from who was first", () => {
  const world = worldUp();
  const other = "c0a81401";
  const near = phone("2001", { endId: `${NODE}000003f4`, direction: 1 });
  const far = phone("3001", { endId: `${other}000003e9` });
  world.link.tell(
    detail({ callId: 38, a: near, b: { ...far, isRemote: true, equipmentClass: 4 } }),
    detail({ node: other, callId: 12, a: { ...near, isRemote: true, equipmentClass: 4 }, b: far }),
  );
  assert.deepEqual(
    world.control.starts.map(({ node, callId }) => [node, callId]),
    [[NODE, 38]],
  );
});

test("R22: the gap between parts is in the association of the next one, the row and the metrics", () => {
  const world = worldUp();
  world.link.tell(talking());
  world.recordWith("r1");
  world.advance(10_000);
  world.link.tell(lost(END_2001, 126), ringing("2002"));
  world.end("r1");
  world.advance(4_000);
  world.link.tell(talking("2002"));
  world.control.answer();
  world.advance(300);
  world.invite("r2", { requestUser: world.control.lastStreamId });
  const { gapMs, missedMs } = world.told.lastAssociation("r2");
  assert.deepEqual([gapMs, missedMs], [4_300, 300]);
  assert.equal(world.told.lastAssociation("r1").gapMs, undefined);
  world.link.tell(...cleared(END_2002));
  world.end("r2");
  const parts = world.lastParts();
  assert.deepEqual(
    parts.map((part) => part["gapMs"]),
    [undefined, 4_300],
  );
  assert.equal(world.metrics.get("part_gaps_total"), 1);
  assert.equal(world.metrics.get("part_gap_milliseconds_total"), 4_300);
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

test("R3, R22: a part that the PBX gave up keeps its number, the next attempt has the next", () => {
  const world = worldUp();
  world.link.tell(talking());
  world.recordWith("r1");
  world.advance(4_000);
  world.end("r1");
  world.link.status(status(world.control.lastStreamId, "failed", { sipStatus: 503 }));
  world.advance(2_000);
  world.recordWith("r2");
  assert.deepEqual(world.told.lines, ["r1 rung 1 part 1", "r1 settled keep", "r2 rung 1 part 2"]);
  assert.equal(world.told.lastAssociation("r2").gapMs, 2_000);
  world.advance(5_000);
  world.link.tell(lost(END_2001, 126), ringing("2002"));
  world.end("r2");
  world.link.tell(talking("2002"));
  world.recordWith("r3");
  world.link.tell(...cleared(END_2002));
  world.end("r3");
  assert.deepEqual(
    world.lastParts().map(({ part, recordingKey, why }) => [part, recordingKey, why]),
    [
      [1, "r1", undefined],
      [2, "r2", undefined],
      [3, "r3", undefined],
    ],
  );
});

test("R22: the PBX stops the next attempt of a part like any other, under the same stream", () => {
  const world = worldUp();
  world.link.tell(talking());
  world.recordWith("r1");
  world.end("r1");
  world.link.status(status(world.control.lastStreamId, "failed", { sipStatus: 503 }));
  world.advance(2_000);
  world.recordWith("r2");
  world.link.tell(lost(END_2001, 126), ringing("2002"));
  assert.deepEqual(world.control.stops, [world.control.lastStreamId]);
  world.advance(STOP_GRACE_MS);
  assert.equal(world.told.lines.at(-1), "r2 stop");
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
