// Links that come and go, several nodes, logs, and the end: R10, devlink3.md §9.2 "Reconnect",
// design.md §5 "Logs".
import assert from "node:assert/strict";
import { test } from "node:test";
import { STOP_GRACE_MS } from "../../src/association/facts.ts";
import type { DetailRecord } from "../../src/devlink3/delta3-record.ts";
import {
  cleared,
  detail,
  END_2001,
  leg,
  lost,
  NODE,
  phone,
  ringing,
  status,
  talking,
  trunk,
} from "./records.ts";
import { FactsWorld } from "./world.ts";

test("R10: a link that is lost and comes back leaves the part alone", () => {
  const world = new FactsWorld();
  world.link.comeUp([talking()]);
  world.recordWith("r1");
  world.advance(1_000);
  world.link.goDown();
  world.advance(5_000);
  world.link.comeUp([talking()]);
  assert.equal(world.control.queries, 1);
  world.control.answer({ ok: true, state: null });
  world.advance(60_000);
  assert.equal(world.control.starts.length, 1);
  assert.deepEqual(world.told.lines, ["r1 rung 1 part 1"]);
});

test("R10: a call that is gone after the snapshot has ended, and its part with it", () => {
  const world = new FactsWorld();
  world.link.comeUp([talking()]);
  world.recordWith("r1");
  world.link.goDown();
  world.link.comeUp([], { finish: false });
  assert.deepEqual(world.told.rows, []);
  world.link.finishSnapshot();
  assert.equal(world.told.rows.length, 1);
  world.advance(STOP_GRACE_MS);
  assert.equal(world.told.lines.at(-1), "r1 stop");
});

test("R10: a call that was answered while the link was down is recorded from then on", () => {
  const world = new FactsWorld();
  world.link.comeUp([ringing()]);
  world.link.goDown();
  world.advance(4_000);
  world.link.comeUp([talking()]);
  assert.equal(world.control.starts.length, 1);
  world.recordWith("r1");
  assert.equal(world.told.lastAssociation("r1").part, 1);
});

test("R10: an INVITE that comes while the link is down is tied by its stream id", () => {
  const world = new FactsWorld();
  world.link.comeUp([talking()]);
  world.control.answer();
  world.link.goDown();
  world.invite("r1", { requestUser: world.control.lastStreamId });
  assert.deepEqual(world.told.lines, ["r1 rung 1 part 1"]);
});

test("R10: an accepted request that the PBX has forgotten is asked for again", () => {
  const world = new FactsWorld();
  world.link.comeUp([talking()]);
  world.control.answer();
  world.advance(1_000);
  world.link.goDown();
  world.advance(1_000);
  world.link.comeUp([talking()]);
  world.control.answer({ ok: true, state: null });
  assert.equal(world.control.starts.length, 2);
  world.recordWith("r1");
  assert.deepEqual(world.told.lines, ["r1 rung 1 part 1"]);
});

test("R10: one that the PBX still knows is not", () => {
  const world = new FactsWorld();
  world.link.comeUp([talking()]);
  world.control.answer();
  world.link.goDown();
  world.advance(1_000);
  world.link.comeUp([talking()]);
  world.link.status(status(world.control.lastStreamId, "inviting"));
  world.control.answer({ ok: true, state: null });
  assert.equal(world.control.starts.length, 1);
});

test("R10: a request without an answer when the link went is made again, once", () => {
  const world = new FactsWorld();
  world.link.comeUp([talking()]);
  world.link.goDown();
  world.advance(1_000);
  world.link.comeUp([talking()]);
  assert.equal(world.control.starts.length, 2);
  assert.deepEqual(world.control.open, ["start", "query"]);
  world.recordWith("r1");
  world.control.answer({ ok: true, state: null });
  assert.equal(world.control.starts.length, 2);
});

test("a PBX without recording control: its lack is told when the call is over, not before", () => {
  const world = new FactsWorld();
  world.link.hasControl = false;
  world.link.comeUp([talking()]);
  assert.equal(world.told.statuses.at(-1)?.code, "RECORDING_CONTROL_UNAVAILABLE");
  world.advance(60_000);
  assert.deepEqual(world.told.lines, []);
  world.link.tell(...cleared());
  assert.deepEqual(world.told.lines, [
    "part 1 failed recording-control-unavailable",
    `row ${NODE}-31`,
  ]);
  assert.equal(world.lastParts()[0]?.["outcome"], "failed");
});

test("status of the links: what the link says, with the name from the configuration", () => {
  const world = new FactsWorld();
  world.service.start();
  assert.ok(world.link.isStarted);
  assert.deepEqual(
    world.service.links().map(({ pbx, state, recordingControl }) => [pbx, state, recordingControl]),
    [["192.168.10.1", "waiting", false]],
  );
  world.link.comeUp();
  assert.deepEqual(
    world.told.statuses.map(({ state, code }) => [state, code]),
    [
      ["synchronising", null],
      ["streaming", null],
    ],
  );
});

test("a link that streams without dl3rec/1 is up, and says that nothing can be asked by it", () => {
  const world = new FactsWorld();
  world.service.start();
  world.link.hasControl = false;
  world.link.comeUp();
  const status = world.told.statuses.at(-1);
  assert.equal(status?.state, "recording-control-unavailable");
  assert.equal(status.code, "RECORDING_CONTROL_UNAVAILABLE");
  assert.equal(status.recordingControl, false);
  assert.match(status.remedy ?? "", /recorded and associated/);
  assert.deepEqual([status.buildSupport, status.licence], ["unknown", "granted"]);
});

const NODE_B = "c0a81401";
const END_3001 = `${NODE_B}000003e9`;

/** Q10: the call as the trunk's node sees it, and as the phone's. */
const IN_VIEW_A: DetailRecord = detail({
  callId: 38,
  b: phone("3001", { endId: END_3001, isRemote: true, equipmentClass: 4 }),
});
const IN_VIEW_B: DetailRecord = detail({
  callId: 12,
  node: NODE_B,
  a: trunk({ isRemote: true, equipmentClass: 4 }),
  b: phone("3001", { endId: END_3001 }),
});

test("SCN (Q10): the node of the phone records it; both views are one conversation", () => {
  const world = new FactsWorld({ links: [{ pbx: "192.168.10.1", scn: true }] });
  world.link.comeUp();
  world.link.tellFrom("192.168.10.1", IN_VIEW_A);
  world.link.tellFrom("192.168.20.1", IN_VIEW_B);
  world.link.tellFrom("192.168.20.1", IN_VIEW_B);
  assert.deepEqual(world.told.nodeHosts, ["192.168.10.1", "192.168.20.1"]);
  assert.deepEqual(
    world.control.starts.map(({ node, callId, endId }) => [node, callId, endId]),
    [[NODE_B, 12, END_3001]],
  );
  world.recordWith("r1");
  world.link.tell(lost(END_3001), ...cleared().slice(0, 1));
  world.end("r1");
  assert.deepEqual(
    world.told.rows.map((row) => row["deviceCallIds"]),
    [[`${NODE}-38`, `${NODE_B}-12`]],
  );
});

test("without scn no node of an event may call", () => {
  const world = new FactsWorld();
  world.link.comeUp();
  world.link.tellFrom("192.168.20.1", talking());
  assert.deepEqual(world.told.nodeHosts, []);
});

test("two IP Offices: a SIP call is tied by whichever knows it", () => {
  const world = new FactsWorld({
    links: [
      { pbx: "192.168.10.1", scn: false },
      { pbx: "192.168.20.1", scn: false },
    ],
  });
  const [first, second] = world.links;
  assert.ok(first !== undefined && second !== undefined);
  first.comeUp();
  second.comeUp([talking()]);
  second.control.answer();
  world.invite("r1", { requestUser: second.control.lastStreamId });
  assert.deepEqual(world.told.lines, ["r1 rung 1 part 1"]);
  second.tell(...cleared());
  assert.equal(world.told.rows[0]?.["pbx"], "192.168.20.1");
});

test("R19: every record is a line of the events log, requests and answers are logged", () => {
  const world = new FactsWorld();
  world.link.comeUp([talking(), lost(END_2001), { kind: "unknown", text: "<Odd/>" }]);
  assert.equal(world.eventLines.length, 3);
  assert.match(world.eventLines[0] ?? "", /^192\.168\.10\.1 \{"kind":"Detail"/);
  const messages = new Set(world.log.lines.map(({ message }) => message));
  for (const message of ["DevLink event Detail", "DevLink event CallLost", "call began"]) {
    assert.ok(messages.has(message), message);
  }
  assert.ok(messages.has("start recording requested"));
});

test("R19: what the PBX says of a recording is logged whole, with the PBX and the stream id", () => {
  const world = new FactsWorld();
  world.link.comeUp([talking()]);
  const { lastStreamId } = world.control;
  world.link.status(status(lastStreamId, "failed", { sipStatus: 486, reason: "busy" }));
  const [line] = world.log.lines.filter(({ message }) => message === "recording status");
  assert.deepEqual(line?.fields, {
    ...{ pbx: "192.168.10.1", liveStreamId: lastStreamId, state: "failed", legEndId: null },
    ...{ sipCallId: null, sipStatus: 486, reason: "busy", callId: null },
  });
});

test("agents that the PBXs' user lists name are to be had of the service", async () => {
  const world = new FactsWorld({ agents: ["Alice"] });
  world.link.userList = "Alice,2001,Alice Smith\r\nBob,2002,Bob Jones";
  assert.deepEqual(await world.service.agents(), [{ extension: "2001", name: "Alice Smith" }]);
});

test("close: calls that go on have an open row, and nothing is left running", async () => {
  const world = new FactsWorld();
  world.link.comeUp([talking(), leg("77aa@192.168.10.1")]);
  world.control.answer();
  world.invite("r2", { sipCallId: "orphan@192.168.10.1" });
  world.end("r2");
  assert.ok(world.clock.running().length > 0);
  await world.service.close();
  assert.deepEqual(
    world.told.rows.map((row) => [row["open"], row["endedAt"], row["deviceCallIds"]]),
    [[true, null, [`${NODE}-31`]]],
  );
  assert.deepEqual(world.clock.running(), []);
  assert.ok(world.link.isClosed);
  assert.deepEqual(
    world.told.lines.filter((line) => line.startsWith("r2")),
    [],
  );
});

test("close: a call that only lingers is over", async () => {
  const world = new FactsWorld();
  world.link.comeUp([talking()]);
  world.link.tell(lost(`${NODE}00002329`), lost(END_2001, 126));
  assert.deepEqual(world.told.rows, []);
  await world.service.close();
  assert.deepEqual(
    world.told.rows.map((row) => [row["open"], row["endedAt"] !== null]),
    [[undefined, true]],
  );
});

test("a call that lingered and did not come back is over after 2 s", () => {
  const world = new FactsWorld();
  world.link.comeUp([talking()]);
  world.link.tell(lost(`${NODE}00002329`), lost(END_2001, 126));
  world.advance(2_000);
  assert.equal(world.told.rows.length, 1);
  assert.deepEqual(world.clock.running(), []);
});

test("close: a user list that comes after it is not used", async () => {
  const world = new FactsWorld({ agents: ["Alice"] });
  world.link.userList = "Alice,2001,Alice Smith";
  world.link.comeUp([talking()]);
  await world.service.close();
  assert.deepEqual(world.control.starts, []);
});
