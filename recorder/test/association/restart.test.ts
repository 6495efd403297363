// The recorder is started again while calls go on: R6, design.md §5 "Live pair and crash"; also
// INVITEs that the process before has asked for (devlink3.md §13.6, rung 1).
import assert from "node:assert/strict";
import { test } from "node:test";
import { LAST_RECORD_MS, STOP_GRACE_MS } from "../../src/association/facts.ts";
import type { AssociationFacts } from "../../src/association-facts.ts";
import { refusal } from "./fake-control.ts";
import {
  cleared,
  detail,
  END_2001,
  END_2002,
  leg,
  lost,
  NODE,
  parkSlot,
  phone,
  ringing,
  talking,
  trunk,
} from "./records.ts";
import { clues, FactsWorld } from "./world.ts";

const CALL_KEY = `${NODE}-31-1600000000000`;

const KNOWN: AssociationFacts = {
  rung: 1,
  callKey: CALL_KEY,
  part: 2,
  deviceCallId: `${NODE}-31`,
  endId: END_2001,
  agent: "Alice",
  extension: "2001",
  parties: ["02079460000", "2001"],
  liveStreamId: "old-stream",
};

function restarted(
  known: AssociationFacts | null = KNOWN,
  set: ConstructorParameters<typeof FactsWorld>[0] = {},
): FactsWorld {
  const world = new FactsWorld(set);
  world.service.recordingResumed(clues({ recordingKey: "r1" }), known, null);
  world.service.start();
  return world;
}

test("R6: a recording that goes on keeps its part: no second START", () => {
  const world = restarted();
  world.link.comeUp([talking()]);
  assert.deepEqual(world.control.starts, []);
  assert.deepEqual(world.told.lines, []);
  world.advance(3_000);
  world.link.tell(...cleared());
  world.end("r1");
  assert.deepEqual(world.control.stops, ["old-stream"]);
  assert.deepEqual(world.told.lines, [`row ${NODE}-31`, "r1 settled keep"]);
  const [row] = world.told.rows;
  assert.equal(row?.["callKey"], CALL_KEY);
  assert.equal(row["startedAt"], new Date(1_600_000_000_000).toISOString());
  assert.deepEqual(world.lastParts(), [
    {
      part: 2,
      agent: "Alice",
      extension: "2001",
      liveStreamId: "old-stream",
      recordingKey: "r1",
    },
  ]);
});

test("R6: the next part goes on with number and callKey of before the restart", () => {
  const world = restarted();
  world.link.comeUp([talking()]);
  world.link.tell(lost(END_2001, 126), ringing("2002"), talking("2002"));
  world.end("r1");
  world.recordWith("r2");
  const { part, callKey } = world.told.lastAssociation("r2");
  assert.deepEqual([part, callKey], [3, CALL_KEY]);
  world.link.tell(...cleared(END_2002));
  world.end("r2");
  assert.deepEqual(
    world.lastParts().map(({ recordingKey }) => recordingKey),
    ["r1", "r2"],
  );
});

test("R6: a recording that is settled while its call goes on leaves the row to the call's end", () => {
  const world = restarted();
  world.link.comeUp([talking()]);
  world.end("r1");
  world.advance(LAST_RECORD_MS);
  assert.deepEqual(world.told.lines, ["r1 settled keep"]);
  world.link.tell(...cleared());
  assert.deepEqual(world.told.lines, ["r1 settled keep", `row ${NODE}-31`]);
});

test("R6: events after a restart are told, under ids that the journal does not have", () => {
  const world = restarted();
  world.link.comeUp([talking()]);
  world.advance(3_000);
  world.link.tell(...cleared());
  world.end("r1");
  assert.deepEqual(world.told.eventTexts("r1"), ["talking 0–3000"]);
  assert.match(world.told.events.get("r1")?.[0]?.eventId ?? "", /-1700000000000$/);
});

test("R6: when the agent has left meanwhile, the old recording is ended, the next part begins", () => {
  const world = restarted();
  world.link.comeUp([talking("2002")]);
  assert.equal(world.control.starts.length, 1);
  world.recordWith("r2");
  assert.equal(world.told.lastAssociation("r2").part, 3);
  world.advance(STOP_GRACE_MS);
  assert.ok(world.told.lines.includes("r1 stop"));
  world.end("r1");
  world.link.tell(...cleared(END_2002));
  assert.deepEqual(
    world.lastParts().map(({ part, recordingKey }) => [part, recordingKey]),
    [
      [2, "r1"],
      [3, "r2"],
    ],
  );
});

test("R6: a conversation that the PBX does not show again still has its row", () => {
  const world = restarted();
  world.link.comeUp([]);
  world.end("r1");
  assert.deepEqual(world.told.lines, ["r1 settled keep", `row ${NODE}-31`]);
  const [row] = world.told.rows;
  assert.deepEqual([row?.["callKey"], row?.["endedAt"], row?.["open"]], [CALL_KEY, null, true]);
  assert.equal(world.lastParts()[0]?.["recordingKey"], "r1");
});

test("R6: no second row where a closed one tells of the recording, its own call's or another's", () => {
  const rowsOf = (told: readonly string[]): readonly string[] => {
    const world = new FactsWorld();
    world.service.partsTold(new Set(told));
    world.service.recordingResumed(clues({ recordingKey: "r1" }), KNOWN, null);
    world.service.start();
    world.link.comeUp([]);
    world.end("r1");
    return world.told.lines;
  };
  assert.deepEqual(rowsOf(["r0", "r1"]), ["r1 settled keep"]);
  assert.deepEqual(rowsOf(["r0"]), ["r1 settled keep", `row ${NODE}-31`]);
});

/** What was told of r1 beside rows, 10 s after the link has shown `records`. */
function toldOfUnseen(records: Parameters<FactsWorld["link"]["comeUp"]>[0]): readonly string[] {
  const world = restarted();
  world.link.comeUp(records);
  world.advance(STOP_GRACE_MS - 1);
  assert.deepEqual(world.told.lines, []);
  world.advance(1);
  return world.told.lines;
}

test("R6: a call that the PBX does not show again is hung up: its BYE may have been lost", () => {
  assert.deepEqual(toldOfUnseen([]), ["r1 stop"]);
  assert.deepEqual(toldOfUnseen([talking()]), [], "it goes on");
});

test("R6: a recording whose leg is shown goes on, though its end has moved to another call", () => {
  const moved = detail({ callId: 32, b: phone() });
  const shown = leg("77aa@192.168.10.1", { streamId: "old-stream" });
  assert.deepEqual(toldOfUnseen([moved, shown]), []);
  assert.deepEqual(toldOfUnseen([moved]), ["r1 stop"]);
});

test("R6: a recording whose stream a part of another call has taken over ends with that part", () => {
  const world = restarted();
  world.link.comeUp([detail({ callId: 32, b: phone() })]);
  world.control.answer(refusal("already", { activeStreamId: "old-stream" }));
  world.link.tell(...cleared());
  world.advance(STOP_GRACE_MS - 1);
  assert.ok(!world.told.lines.includes("r1 stop"));
  world.advance(1);
  assert.ok(world.told.lines.includes("r1 stop"));
});

test("R6: of two IP Offices the one that called says that the call is over", () => {
  const links = ["192.168.10.1", "192.168.10.2"].map((pbx) => ({ pbx, scn: false }));
  const [own, other] = [restarted(KNOWN, { links }), restarted(KNOWN, { links })];
  own.links[0]?.comeUp([]);
  other.links[1]?.comeUp([]);
  for (const world of [own, other]) world.advance(STOP_GRACE_MS);
  assert.deepEqual(own.told.lines, ["r1 stop"]);
  assert.deepEqual(other.told.lines, []);
});

test("R6: who called cannot be told by the name of an IP Office: all have to have spoken", () => {
  const links = ["hq.example", "branch.example"].map((pbx) => ({ pbx, scn: false }));
  const world = restarted(KNOWN, { links });
  world.links[0]?.comeUp([]);
  world.links[1]?.comeUp([], { finish: false });
  world.advance(STOP_GRACE_MS);
  assert.deepEqual(world.told.lines, []);
  world.links[1]?.finishSnapshot();
  world.advance(STOP_GRACE_MS);
  assert.deepEqual(world.told.lines, ["r1 stop"]);
});

test("R6: after the snapshot a call of the same CallID is another one", () => {
  const world = restarted();
  world.link.comeUp([]);
  world.link.tell(talking());
  assert.equal(world.control.starts.length, 1);
  world.recordWith("r2");
  const { part, callKey } = world.told.lastAssociation("r2");
  assert.equal(part, 1);
  assert.notEqual(callKey, CALL_KEY);
});

test("R6: a recording of a part that the PBX made by itself is not stopped by a STOP", () => {
  const world = restarted({ ...KNOWN, rung: 3, liveStreamId: null });
  world.link.comeUp([talking()]);
  assert.deepEqual(world.control.starts, []);
  world.link.tell(...cleared());
  assert.deepEqual(world.control.stops, []);
});

test("R6: the later part of two that were left behind is the one that goes on", () => {
  const world = new FactsWorld();
  world.service.recordingResumed(clues({ recordingKey: "r2" }), KNOWN, null);
  const first = { ...KNOWN, part: 1, endId: END_2002 };
  world.service.recordingResumed(clues({ recordingKey: "r1" }), first, null);
  world.link.comeUp([talking()]);
  assert.deepEqual(world.control.starts, []);
  world.link.tell(...cleared());
  world.end("r2");
  assert.deepEqual(
    world.lastParts().map(({ part }) => part),
    [1, 2],
  );
});

test("R6: an association without a part cannot be restored, and does no harm", () => {
  const world = new FactsWorld();
  const nobodys = { ...KNOWN, part: null, callKey: null };
  world.service.recordingResumed(clues({ recordingKey: "r1" }), nobodys, null);
  world.link.comeUp([talking()]);
  assert.equal(world.control.starts.length, 1);
  world.end("r1");
  assert.equal(world.told.rows.length, 0);
});

/** The process before had recorded part 2; its recording ended `agoMs` before this one began. */
function afterFinished(agoMs: number): FactsWorld {
  const world = new FactsWorld();
  world.advance(20_000);
  world.service.restoreFinished({
    recordingKey: "r1",
    association: KNOWN,
    endedWallMs: world.clock.wallTimeMs() - agoMs,
  });
  world.service.start();
  return world;
}

test("R22: what was complete before a restart is a part all the same: number, gap and row", () => {
  const world = afterFinished(5_000);
  world.advance(1_000);
  world.link.comeUp([talking("2002")]);
  world.recordWith("r2");
  const { part, callKey, gapMs, missedMs } = world.told.lastAssociation("r2");
  assert.deepEqual([part, callKey, gapMs, missedMs], [3, CALL_KEY, 6_000, 0]);
  world.link.tell(...cleared(END_2002));
  world.end("r2");
  assert.deepEqual(
    world.lastParts().map((row) => [row["part"], row["recordingKey"], row["gapMs"]]),
    [
      [2, "r1", undefined],
      [3, "r2", 6_000],
    ],
  );
});

const BLOCKED = {
  ...{ part: 1, agent: "Bob", extension: "2002" },
  ...{ outcome: "blocked", why: "privacy" },
};

test("R6: a part without a recording stands in a later part's journal, and then in the row", () => {
  const world = restarted({ ...KNOWN, unrecorded: [BLOCKED] });
  world.link.comeUp([talking()]);
  world.link.tell(...cleared());
  world.end("r1");
  const [first, second] = world.lastParts();
  assert.deepEqual(first, { ...BLOCKED, liveStreamId: null, recordingKey: null });
  assert.deepEqual([second?.["part"], second?.["recordingKey"]], [2, "r1"]);
  assert.equal(world.lastParts().length, 2);
});

test("R6: what several journals tell of an unrecorded part is one part, and recorded after all none", () => {
  const world = new FactsWorld();
  const finished = (recordingKey: string, part: number, unrecorded: (typeof BLOCKED)[]): void => {
    const association = { ...KNOWN, part, unrecorded };
    world.service.restoreFinished({
      ...{ recordingKey, association, endedWallMs: world.clock.wallTimeMs() },
    });
  };
  finished("r3", 3, [BLOCKED, { ...BLOCKED, part: 2 }]);
  finished("r4", 4, [BLOCKED]);
  finished("r2", 2, [BLOCKED]);
  world.service.recordingResumed(
    clues({ recordingKey: "r5" }),
    { ...KNOWN, part: 5, unrecorded: [BLOCKED] },
    null,
  );
  world.service.start();
  world.link.comeUp([talking()]);
  world.link.tell(...cleared());
  world.end("r5");
  assert.deepEqual(
    world.lastParts().map((row) => [row["part"], row["recordingKey"]]),
    [
      [1, null],
      [2, "r2"],
      [3, "r3"],
      [4, "r4"],
      [5, "r5"],
    ],
  );
});

test("R22: a conversation that the snapshot does not show again has left nothing behind", () => {
  const world = afterFinished(5_000);
  world.link.comeUp([]);
  world.link.tell(talking("2002"));
  world.recordWith("r2");
  const { part, callKey, gapMs } = world.told.lastAssociation("r2");
  assert.deepEqual([part, gapMs], [1, undefined]);
  assert.notEqual(callKey, CALL_KEY);
  assert.deepEqual(world.told.rows, []);
});

test("R22: a wall clock that was set back makes no negative past", () => {
  const world = afterFinished(-60_000);
  world.link.comeUp([talking("2002")]);
  world.recordWith("r2");
  assert.equal(world.told.lastAssociation("r2").gapMs, 0);
});

test("R22: the gap after a recording that a crash left over begins with its BYE, or its end", () => {
  for (const [endedAgoMs, gapMs] of [
    [9_000, 12_000],
    [null, 1_000],
  ] as const) {
    const world = new FactsWorld();
    world.advance(20_000);
    const endedWallMs = endedAgoMs === null ? null : world.clock.wallTimeMs() - endedAgoMs;
    world.service.recordingResumed(clues({ recordingKey: "r1" }), KNOWN, endedWallMs);
    world.advance(2_000);
    world.end("r1");
    world.advance(1_000);
    world.link.comeUp([talking("2002")]);
    world.recordWith("r2");
    const told = world.told.lastAssociation("r2");
    assert.deepEqual([told.part, told.gapMs], [3, gapMs]);
  }
});

const HEADERS = { "x-dl3-stream": "old-stream", "x-dl3-end": END_2001 };

test("R6: an INVITE that the old process asked for is no orphan: X-DL3-Stream with X-DL3-End", () => {
  const world = new FactsWorld();
  world.service.start();
  world.link.comeUp([talking()]);
  world.invite("r1", { requestUser: "old-stream", extensionHeaders: HEADERS });
  world.control.answer(refusal("already", { activeStreamId: "old-stream" }));
  const { rung, part, endId, liveStreamId } = world.told.lastAssociation("r1");
  assert.deepEqual([rung, part, endId, liveStreamId], [1, 1, END_2001, "old-stream"]);
  world.advance(60_000);
  world.link.tell(...cleared());
  assert.deepEqual(world.control.stops, ["old-stream"]);
  assert.deepEqual(world.told.failures, []);
});

test("R6: that INVITE may come before the link, and is tied when the call is seen", () => {
  const world = new FactsWorld();
  world.service.start();
  const extensionHeaders = {
    "x-dl3-stream": "old-stream",
    "x-dl3-node": NODE,
    "x-dl3-call": "31",
  };
  world.invite("r1", { requestUser: "old-stream", extensionHeaders });
  assert.deepEqual(world.told.lines, []);
  world.link.comeUp([talking()]);
  assert.deepEqual(world.told.lines, ["r1 rung 1 part 1"]);
  assert.equal(world.told.lastAssociation("r1").liveStreamId, "old-stream");
});

test("R6: that INVITE is tied to the call that it names, not to another one's part", () => {
  const world = new FactsWorld();
  const a = trunk({ endId: "t2" });
  const other = detail({ callId: 32, a, b: phone("2002", { endId: "e2" }) });
  world.link.comeUp([other, talking()]);
  const extensionHeaders = { "x-dl3-stream": "s", "x-dl3-node": NODE, "x-dl3-call": "31" };
  world.invite("r1", { extensionHeaders });
  const { deviceCallId, extension } = world.told.lastAssociation("r1");
  assert.deepEqual([deviceCallId, extension], [`${NODE}-31`, "2001"]);
});

test("R6: that INVITE counts also while no recording control is to be had", () => {
  const world = new FactsWorld();
  world.link.hasControl = false;
  world.link.comeUp([talking()]);
  world.invite("r1", { extensionHeaders: HEADERS });
  world.link.tell(...cleared());
  world.end("r1");
  assert.equal(world.lastParts()[0]?.["liveStreamId"], "old-stream");
  assert.deepEqual(world.told.failures, []);
});

test("R6: a recording that ended before the link was there does not hold up the next part", () => {
  const world = restarted();
  world.end("r1");
  assert.deepEqual(world.told.lines, ["r1 settled keep", `row ${NODE}-31`]);
  world.link.comeUp([talking()]);
  assert.equal(world.control.starts.length, 1);
  world.recordWith("r2");
  assert.equal(world.told.lastAssociation("r2").part, 3);
  world.link.tell(...cleared());
  world.end("r2");
  assert.deepEqual(
    world.lastParts().map(({ part, recordingKey }) => [part, recordingKey]),
    [
      [2, "r1"],
      [3, "r2"],
    ],
    "the later row replaces the earlier one",
  );
});

test("R6: a call that is still parked after the restart keeps its part", () => {
  const world = restarted();
  world.link.comeUp([detail({ b: parkSlot() })]);
  assert.deepEqual(world.control.starts, []);
  world.advance(STOP_GRACE_MS);
  assert.deepEqual(world.told.lines, []);
});

test("R6: that INVITE for an end that is nobody's part keeps its stream id", () => {
  const world = new FactsWorld({ agents: ["2002"] });
  world.link.comeUp([talking()]);
  world.invite("r1", { extensionHeaders: HEADERS });
  const { rung, part, liveStreamId } = world.told.lastAssociation("r1");
  assert.deepEqual([rung, part, liveStreamId], [1, null, "old-stream"]);
});

test("R6: an end that nobody has seen is tied by the call beside it, as nobody's part", () => {
  const world = new FactsWorld();
  world.link.comeUp([talking()]);
  const beside = { "x-dl3-node": NODE, "x-dl3-call": "31" };
  world.invite("r1", { extensionHeaders: { ...HEADERS, ...beside, "x-dl3-end": "unseen" } });
  const { rung, part, endId, deviceCallId } = world.told.lastAssociation("r1");
  assert.deepEqual([rung, part, endId, deviceCallId], [1, null, "unseen", `${NODE}-31`]);
});

test("R6: a call beside the stream id that has no part ties nothing", () => {
  const world = new FactsWorld({ agents: ["2002"] });
  world.link.comeUp([talking()]);
  const extensionHeaders = { "x-dl3-stream": "s", "x-dl3-node": NODE, "x-dl3-call": "31" };
  world.invite("r1", { extensionHeaders });
  assert.deepEqual(world.told.lines, []);
});

test("R6: an INVITE that names another call is not brought by the START that is pending (rung 4)", () => {
  const rungOf = (callId: string): readonly string[] => {
    const world = new FactsWorld();
    world.link.comeUp([talking()]);
    assert.equal(world.control.starts.length, 1);
    const beside = { "x-dl3-node": NODE, "x-dl3-call": callId, "x-dl3-end": "gone" };
    const extensionHeaders = { "x-dl3-stream": "old-stream", ...beside };
    world.invite("r1", { callerUsers: ["2001"], extensionHeaders });
    return world.told.lines;
  };
  assert.deepEqual(rungOf("30"), []);
  assert.deepEqual(rungOf("31"), ["r1 rung 1 part none"]);
});

test("R6: a recording resumed without association is tied by the leg's Detail of the snapshot", () => {
  const world = restarted(null);
  world.link.comeUp([talking(), leg("77aa@192.168.10.1", { streamId: "old-stream" })]);
  assert.deepEqual(world.told.lines, ["r1 rung 3 part 1"]);
  world.control.answer(refusal("already", { activeStreamId: "old-stream" }));
  world.link.tell(...cleared());
  assert.deepEqual(world.control.stops, ["old-stream"]);
});
