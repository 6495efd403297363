// What goes beyond a call: the node restarts, a user intrudes, a link breaks in mid-frame, events
// change places. Seen by a client of bytes only.
import assert from "node:assert/strict";
import { test } from "node:test";
import { openOffice } from "./raw-client.ts";

test("a restart: the link is reset, calls are gone without a record, CallIDs begin anew", async () => {
  const office = await openOffice({ firstCallId: 31 });
  const client = await office.client();
  await client.logIn();
  await client.subscribe("-SIPTrack");
  const before = office.pbx.placeCall({ from: { number: "+4930111" }, to: "2001" });
  office.pbx.answer("2001");
  await office.world.runFor(100);
  const packets = client.packets.length;
  const restarted = office.pbx.restartNode(2_000);
  await office.world.runFor(100);
  assert.ok(client.isClosed);
  assert.equal(client.packets.length, packets);
  assert.deepEqual(office.pbx.activeCalls(), []);
  await office.world.runFor(3_000);
  await restarted;
  const again = await office.client();
  assert.match(await again.logIn(), /^803000010000001200000000/);
  assert.equal(office.pbx.placeCall({ from: { number: "+4930222" }, to: "2002" }).callId, 31);
  assert.deepEqual([before.callId, before.state], [31, "ended"]);
});

test("an intruder is heard with both: the agent's end moves to a call of the conference", async () => {
  const office = await openOffice();
  const call = office.pbx.placeCall({ from: { number: "+4930111" }, to: "2001" });
  office.pbx.answer("2001");
  const own = office.pbx.intrude("2004", "2001");
  assert.equal(own.conversation, call.conversation);
  assert.equal(office.pbx.activeCalls().length, 3);
  assert.ok(office.pbx.isTalking("2004") && office.pbx.isTalking("2001"));
  office.pbx.hangUp("2004");
  assert.equal(office.pbx.activeCalls().length, 2);
  assert.throws(() => office.pbx.intrude("2004", "2003"), /2003 is not talking/);
});

test("-CMExtn: who dials is told in extended form, and idle again at the end (§6.4)", async () => {
  const office = await openOffice();
  const client = await office.client();
  await client.logIn();
  await client.subscribe("-CMExtn");
  office.pbx.placeCall({ from: { extension: "2001" }, to: "2002" });
  office.pbx.hangUp("2001");
  await office.world.runFor(100);
  const states = client.packets
    .map((packet) => /00760004[0-9a-f]{4}00000001([0-9a-f]{8})([0-9a-f]{8})/.exec(packet))
    .filter((match) => match !== null)
    .map(([, now, before]) => [Number(now), Number(before)]);
  assert.deepEqual(states, [
    [2, 0],
    [0, 2],
  ]);
});

test("-CD2: records are Delta2 in shape, and none is Delta3", async () => {
  const office = await openOffice();
  const client = await office.client();
  await client.logIn();
  await client.subscribe("-CD2 -TEXT");
  office.pbx.placeCall({ from: { number: "+4930111" }, to: "2001" });
  office.pbx.hangUp("+4930111");
  await office.world.runFor(100);
  const events = client.packets.filter((packet) => packet.startsWith("10300011"));
  const texts = events.map((packet) => Buffer.from(packet.slice(36), "hex").toString());
  assert.ok(events.every((packet) => packet.slice(24, 32) === "00760002"));
  assert.ok(texts.some((text) => text.startsWith("CALL:S ")));
  assert.ok(texts.some((text) => text.startsWith("CALL:D ")));
});

test("swapEvents: the second event leaves after the third", async () => {
  const office = await openOffice();
  const client = await office.client();
  await client.logIn();
  await client.subscribe("");
  office.pbx.oddities.devlink3.swapEvents = 2;
  office.pbx.placeCall({ from: { number: "+4930111" }, to: "2001" });
  office.pbx.answer("2001");
  office.pbx.hangUp("2001");
  await office.world.runFor(2_000);
  const counters = client.packets
    .filter((packet) => packet.startsWith("10300011"))
    .map((packet) => Number.parseInt(packet.slice(16, 24), 16));
  assert.deepEqual(counters.slice(0, 3), [1, 3, 2]);
  assert.deepEqual(
    counters.toSorted((one, other) => one - other),
    [1, 2, 3, 4].slice(0, counters.length),
  );
});

test("resetMidFrame: half a frame arrives, and then the link is gone", async () => {
  const office = await openOffice();
  const client = await office.client();
  await client.logIn();
  await client.subscribe("");
  office.pbx.oddities.devlink3.resetMidFrame = 1;
  const bytes = client.chunks.reduce((sum, length) => sum + length, 0);
  const packets = client.packets.length;
  office.pbx.placeCall({ from: { number: "+4930111" }, to: "2001" });
  await office.world.runFor(100);
  assert.ok(client.isClosed);
  assert.equal(client.packets.length, packets);
  assert.ok(client.chunks.reduce((sum, length) => sum + length, 0) > bytes);
});

test("a lock without an end stays: the right password is refused after a day (§5)", async () => {
  const office = await openOffice({ devlink3: { lockAfterFailures: 1, lockSeconds: null } });
  await (await office.client()).logIn("wrong");
  await office.world.runFor(86_400_000);
  assert.match(await (await office.client()).logIn(), /80000041$/);
});
