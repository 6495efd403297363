// What the facts service shows of the calls that go on: who is on them, how many there are, where a
// recording belongs, what the logs tell.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ActiveRecording } from "../../src/recording-monitor.ts";
import {
  cleared,
  conference,
  detail,
  END_2001,
  leg,
  lost,
  NODE,
  phone,
  ringing,
  talking,
  trunk,
} from "./records.ts";
import { clues, FactsWorld } from "./world.ts";

const CALLER = "02079460000";

function active(recordingKey: string): ActiveRecording {
  return { recordingKey, liveStreamId: "s", isPaused: false, beganTimeMs: 0, association: null };
}

/** A world in which call 31 is recorded as "r1". */
function recorded(): FactsWorld {
  const world = new FactsWorld();
  world.service.start();
  world.link.comeUp([talking()]);
  world.recordWith("r1");
  return world;
}

test("who is on a recorded call is told when it changes, once, and no longer when it is over", () => {
  const world = recorded();
  world.link.tell(talking());
  assert.deepEqual(world.told.partyNews, [], "nobody has come or gone");
  world.link.tell(detail({ a: trunk({ cli: "0301" }), b: phone() }));
  world.link.tell(detail({ a: trunk({ cli: "0301" }), b: phone() }));
  assert.deepEqual(world.told.partyNews, ["r1 0301 2001"]);
  world.link.tell(...cleared());
  world.end("r1");
  assert.deepEqual(world.told.partyNews.slice(1), ["r1 2001"], "the caller went first");
});

test("in a conference they are its people, each once, and not the conference itself", () => {
  const world = recorded();
  const member = (callId: number, extension: string) =>
    detail({
      ...{ callId, a: phone(extension, { endId: `${NODE}0000050${callId % 10}` }) },
      b: conference(`${NODE}0000040${callId % 10}`),
    });
  world.link.tell(detail({ callId: 31, a: phone(), b: conference(`${NODE}00000401`) }));
  world.link.tell(member(32, "2002"), member(33, "2003"));
  assert.equal(world.told.partyNews.at(-1), "r1 2001 2002 2003");
});

test("the load is calls of people, queued ones apart, and what is recorded of them", () => {
  const world = new FactsWorld();
  const load = () => world.service.loads()[0];
  world.service.start();
  const nothing = { pbx: "192.168.10.1", calls: 0, queued: 0, recordings: 0 };
  assert.deepEqual(load(), nothing);
  world.link.comeUp([talking()]);
  assert.deepEqual(load(), { ...nothing, calls: 1 });
  world.recordWith("r1");
  assert.deepEqual(load(), { ...nothing, calls: 1, recordings: 1 });
  world.link.tell(leg("77aa@192.168.10.1", { streamId: world.control.lastStreamId }));
  assert.deepEqual(load(), { ...nothing, calls: 1, recordings: 1 });
  const queued = detail({ callId: 34, a: trunk({ endId: `${NODE}00002340` }) });
  world.link.tell({ ...queued, call: { ...queued.call, queue: 1 } });
  assert.deepEqual(load(), { ...nothing, calls: 1, queued: 1, recordings: 1 });
  const before = world.told.loadChanges;
  world.link.tell(...cleared());
  assert.ok(world.told.loadChanges > before);
  assert.deepEqual(load(), { ...nothing, queued: 1 });
});

test("the monitor shows a tied recording with its call, another with the address it came from", () => {
  const world = recorded();
  world.service.recordingBegan(clues({ recordingKey: "r2", sourceHost: "192.0.2.7" }));
  const { record } = world.service.monitor(["r1", "r2", "r3"].map(active));
  assert.deepEqual(
    record.map(({ recordingKey, pbx, callKey, callingParty }) => [
      ...[recordingKey, pbx, callKey?.slice(0, 11) ?? null, callingParty],
    ]),
    [
      ["r1", "192.168.10.1", `${NODE}-31`, CALLER],
      ["r2", "192.0.2.7", null, ""],
      ["r3", "", null, ""],
    ],
  );
});

test("call_center.log has each change of a call and the end of its conversation", () => {
  const world = new FactsWorld();
  world.service.start();
  world.link.comeUp([ringing()]);
  world.link.tell(talking(), lost(END_2001, 16), lost(`${NODE}00002329`, 16));
  const told = world.log.lines.filter(
    ({ message }) => /^call [a-z]/.test(message) || message.startsWith("conversation"),
  );
  assert.deepEqual(
    told.map(({ message, fields }) => [message, fields["endId"], fields["cause"]]),
    [
      ["call began", undefined, undefined],
      ["call changed", undefined, undefined],
      ["call changed", undefined, undefined],
      ["call partyLeft", END_2001, 16],
      ["call changed", undefined, undefined],
      ["call partyLeft", `${NODE}00002329`, 16],
      ["call changed", undefined, undefined],
      ["call ended", undefined, undefined],
      ["conversation ended", undefined, undefined],
    ],
  );
  const [began] = told;
  assert.deepEqual(
    [began?.fields["deviceCallId"], began?.fields["parties"]],
    [`${NODE}-31`, [CALLER]],
  );
  assert.equal(told.at(-1)?.fields["callKey"], began?.fields["callKey"]);
});

test("a call that goes on when the recorder stops has an open row, a recording leg has none", async () => {
  const world = recorded();
  world.link.tell(leg("77aa@192.168.10.1", { streamId: world.control.lastStreamId }));
  await world.service.close();
  assert.deepEqual(
    world.told.rows.map((row) => [row["deviceCallIds"], row["open"], row["endedAt"]]),
    [[[`${NODE}-31`], true, null]],
  );
  assert.equal(world.link.isClosed, true);
});

test("a call whose parties have all gone at the stop is over, though it lingers", async () => {
  const world = new FactsWorld();
  world.service.start();
  world.link.comeUp([talking()]);
  world.link.tell(lost(END_2001, 126), lost(`${NODE}00002329`, 126));
  await world.service.close();
  const [row] = world.told.rows;
  assert.equal(row?.["open"], undefined);
  assert.equal(typeof row?.["endedAt"], "string");
});
