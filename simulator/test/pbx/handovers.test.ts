// What the simulated IP Office tells when calls change hands: conference (devlink3.md §10 Q6), park
// (Q7), queue and overflow (Q8), voicemail (Q9), a network (Q10), pickup, private calls.
import assert from "node:assert/strict";
import { test } from "node:test";
import { loadSite } from "../../src/pbx/built-in-site.ts";
import { Calls } from "../../src/pbx/calls.ts";
import type { PbxEvent } from "../../src/pbx/call-records.ts";
import { Directory } from "../../src/pbx/directory.ts";
import { Identifiers } from "../../src/pbx/identifiers.ts";
import type { SiteInput } from "../../src/pbx/site-schema.ts";
import { TruthLog } from "../../src/pbx/truth-log.ts";
import { Vcm } from "../../src/pbx/vcm.ts";
import { World } from "../../src/world/world.ts";

const CALLER = { number: "02079460000" };

function office(changes: SiteInput = {}) {
  const world = new World({ seed: "hands", trace: "hash" });
  const { clock, random } = world.host("pbx", "192.168.10.1").boot("pbx").ports;
  const site = loadSite(changes);
  const truth = new TruthLog(() => clock.nowMs());
  const vcm = new Vcm(site.vcm.channels, () => clock.nowMs(), truth.truth.vcm);
  const events: PbxEvent[] = [];
  const news: string[] = [];
  const note = (text: string): void => void news.push(text);
  const calls = new Calls(
    {
      site,
      directory: new Directory(site),
      identifiers: new Identifiers(site, random),
      vcm,
      truth,
      clock,
      timestamp: () => null,
      recordings: () => [],
    },
    {
      onEvent: (event) => events.push(event),
      onJoined: (_call, end) => note(`joined ${end.person.party}`),
      onHeld: () => note("held"),
      onRetrieved: () => note("retrieved"),
      onEndGone: (end, why) => note(`gone ${end.person.party}: ${why}`),
      onEndMoved: (end) => note(`moved ${end.person.party}`),
      onEndReplaced: (_old, end) => note(`back ${end.person.party}`),
      onForbidden: () => note("forbidden"),
    },
  );
  const seen = (): string[] =>
    events.splice(0).flatMap(({ delta3, cmExtn }) => (cmExtn ? [] : [delta3 ?? ""]));
  return { world, calls, vcm, truth: truth.truth, news, seen };
}

function answered(changes: SiteInput = {}) {
  const made = office(changes);
  made.calls.placeCall({ from: CALLER, to: "2001" });
  made.calls.answer("2001");
  made.seen();
  made.news.length = 0;
  return made;
}

test("Q6: a conference is a call for each member; one channel each; all hear each other", () => {
  const { calls, vcm, seen, news } = answered();
  calls.supervisedTransfer("2001", "2002");
  calls.answer("2002");
  seen();
  calls.conference("2001");
  const texts = seen();
  assert.equal(texts.filter((text) => text.includes(",17,0,Conf 100,,116,")).length, 3);
  assert.match(texts.at(-1) ?? "", /^<CallLost>.*,0,127<\/CallLost>$/);
  assert.equal(vcm.usedFor("call"), 3);
  for (const call of calls.live()) assert.equal(call.voices.length, 3);
  assert.ok(news.includes("moved 2001") && news.includes("gone 2001: party left"));
  calls.hangUp(CALLER.number);
  assert.deepEqual(
    calls.live().map(({ voices }) => voices.length),
    [2, 2],
  );
  calls.hangUp("2001");
  assert.deepEqual([calls.live().length, vcm.used], [0, 0], "who is left alone is cleared");
});

test("Q6, R22: a call that was taken into a conference belongs to its conversation, an older one too", () => {
  const { calls, truth } = answered();
  calls.supervisedTransfer("2001", "2002");
  calls.answer("2002");
  // Toggled: now the first call is the one that is taken into the conference of the second.
  calls.retrieve("2001");
  calls.conference("2001");
  const [first, second] = truth.conversations;
  const [older = 0] = first?.callIds ?? [];
  assert.equal(calls.live().length, 3);
  assert.ok(calls.live().every(({ conversation }) => conversation === 2));
  assert.ok(second !== undefined);
  assert.ok(second.callIds.includes(older), `${String(second.callIds)} with ${older}`);
  calls.supervisedTransfer("2001", "2003");
  calls.answer("2003");
  const consulted = truth.conversations.at(-1)?.callIds[0] ?? 0;
  calls.conference("2001");
  assert.ok(second.callIds.includes(consulted), "who is consulted later joins it too");
});

test("Q7: park and unpark; the recording of who parked comes back with the same user only", () => {
  const { calls, seen, news } = answered();
  calls.park("2001", "620");
  assert.deepEqual(calls.live()[0]?.voices, []);
  calls.unpark("2001", "620");
  const texts = seen();
  assert.match(texts[0] ?? "", /,0,117<\/CallLost>$/);
  assert.match(texts[1] ?? "", /,16,0,620,,134,/);
  assert.match(texts[2] ?? "", /,2001,135,/);
  assert.match(texts[3] ?? "", /,0,118<\/CallLost>$/);
  calls.park("2001", "620");
  calls.unpark("2002", "620");
  assert.deepEqual(news, [
    "held",
    "back 2001",
    "joined 2001",
    "held",
    "gone 2001: party left",
    "joined 2002",
  ]);
});

test("pickup: called type 108, and cause 119 for the phone that rang", () => {
  const { calls, seen } = office();
  calls.placeCall({ from: CALLER, to: "2001" });
  seen();
  calls.pickUp("2003", "2001");
  const [detail = "", lost = ""] = seen();
  assert.match(detail, /<PartyB>[^<]*,2003,108,/);
  assert.match(lost, /,0,119<\/CallLost>$/);
});

test("pickup: from a group what rings for it, else what rings at a member; from nobody anything", () => {
  const { calls, seen } = office({ groups: [{ number: "300", members: ["2001", "2002"] }] });
  assert.throws(() => calls.pickUp("2003", "300"), /nothing rings at 300/);
  const direct = calls.placeCall({ from: CALLER, to: "2002" });
  calls.placeCall({ from: { number: "030222" }, to: "300" });
  seen();
  calls.pickUp("2003", "300");
  assert.match(seen()[0] ?? "", /<PartyA>[^<]*,030222,.*<PartyB>[^<]*,2003,108,/);
  calls.pickUp("2004", "300");
  assert.equal(direct.state, "connected", "the member's own call is next");
  calls.placeCall({ from: { number: "030333" }, to: "2005" });
  calls.pickUp("2006", null);
  assert.ok(calls.isTalking("2006"));
  assert.throws(() => calls.pickUp("2007", null), /nothing rings anywhere/);
});

test("a call that is stolen goes on with who took it: called type 110", () => {
  const { calls, seen, news } = answered();
  calls.steal("2002", "2001");
  const [lost = "", detail = ""] = seen();
  assert.match(lost, /,0,131<\/CallLost>$/);
  assert.match(detail, /<PartyB>[^<]*,2002,110,/);
  assert.deepEqual(news, ["gone 2001: party left", "joined 2002"]);
});

test("with call waiting a group rings at who talks; without, only at who is idle", () => {
  for (const ring of ["collective-call-waiting", "collective"] as const) {
    const { calls } = answered({ groups: [{ number: "300", members: ["2001", "2002"], ring }] });
    calls.placeCall({ from: { number: "1" }, to: "300" });
    assert.deepEqual(
      [calls.isRinging("2001"), calls.isRinging("2002")],
      [ring === "collective-call-waiting", true],
    );
  }
});

test("records tell account code and tag; a trunk is public as field 7 has it", () => {
  const trunk = { name: "A", kind: "analogue", line: 5, channels: 2, tag: "Claims" } as const;
  const { calls, seen } = office({ trunks: [trunk], groups: [] });
  calls.placeCall({ from: CALLER, to: "2001" });
  calls.chargeTo(CALLER.number, "4711");
  const text = seen().at(-1) ?? "";
  assert.match(text, /<Call>[^,]*,[^,]*,4711,,Claims,/);
  assert.match(text, /<PartyA>[^,]*,1,19,1,2,0,0,0,0,3,0,5\.1,/);
});

test("releases before 11.1 tell no consent", () => {
  const { calls, seen, news } = answered({ version: "IP Office 11.0.4.0 build 42" });
  calls.answerConsent(CALLER.number, true);
  assert.deepEqual([seen(), news], [[], []]);
});

test("Q8, R16: a Skilled queue takes a channel more, and gives it back when a phone is free", async () => {
  const group = { number: "300", name: "Sales", members: ["2001"], queue: { skilled: true } };
  const { world, calls, vcm, seen } = answered({ groups: [group] });
  calls.placeCall({ from: { number: "1" }, to: "300" });
  assert.match(seen().at(-1) ?? "", /<Call>[^<]*,300,300,,300,,,,1<\/Call>/);
  assert.equal(vcm.usedFor("queued"), 1);
  calls.hangUp("2001");
  await world.runFor(10);
  assert.equal(vcm.usedFor("queued"), 0);
  assert.ok(calls.isRinging("2001"));
});

test("Q9: voicemail greets, records, and says how long the message is", async () => {
  const users = [{ extension: "2001", voicemailSeconds: 10 }];
  const trunks = [{ name: "A", kind: "isdn" as const, line: 5, channels: 2 }];
  const { world, calls, seen } = office({ users, trunks, groups: [] });
  calls.placeCall({ from: CALLER, to: "2001" });
  await world.runFor(25_000);
  calls.hangUp(CALLER.number);
  const texts = seen();
  assert.ok(texts.some((text) => text.includes(",12,0,,2001,102,")));
  assert.ok(
    texts.some((text) => /<Call>[^<]*,1,0<\/Call>/.test(text)),
    "message being left",
  );
  assert.ok(
    texts.some((text) => /<Call>[^<]*,0,12<\/Call>/.test(text)),
    "of 12 s",
  );
});

test("Q10: each node reports the call, the other's end as remote; who leaves is told by its node", () => {
  const users = [{ extension: "2001" }, { extension: "3001", node: "192.168.20.1" }];
  const trunks = [{ name: "A", kind: "isdn" as const, line: 5, channels: 2 }];
  const { calls, seen } = office({ users, trunks, groups: [] });
  calls.placeCall({ from: CALLER, to: "3001" });
  calls.answer("3001");
  const [here = "", there = ""] = seen().slice(-2);
  assert.match(here, /<Call>c0a80a01,.*<PartyB>c0a81401[^<]*,0,2,1,0,1,0,0,0,4,0,/);
  assert.match(there, /<Call>c0a81401,.*<PartyA>c0a80a01[^<]*,1,2,1,0,1,1,0,0,4,0,/);
  calls.blindTransfer("3001", "2001");
  const texts = seen();
  assert.match(texts[0] ?? "", /^<CallLost>c0a81401,c0a81401/);
  assert.ok(texts.some((text) => text.startsWith("<CallLost>c0a81401,c0a80a01")));
});

test("Q10: a node in between tells of the call, and of its end by LinkLost", () => {
  const users = [{ extension: "2001" }, { extension: "3001", node: "192.168.20.1" }];
  const trunks = [{ name: "A", kind: "isdn" as const, line: 5, channels: 2 }];
  const transit = "192.168.30.1";
  const { calls, seen } = office({ users, trunks, groups: [], transit });
  calls.placeCall({ from: CALLER, to: "3001" });
  calls.answer("3001");
  const between = seen().filter((text) => text.includes("<Call>c0a81e01,"));
  assert.match(between.at(-1) ?? "", /<PartyA>[^,]*,1,2,1,0,1,.*<PartyB>[^,]*,0,2,1,0,1,/);
  calls.hangUp("3001");
  const lost = seen().filter((text) => text.startsWith("<LinkLost>"));
  assert.equal(lost.length, 2);
  assert.match(lost[0] ?? "", /^<LinkLost>c0a81e01,c0a81401[^,]*,0,16,.*,18\.\d+<\/LinkLost>$/);
});

test("a private call and a refused consent are flags of the party, and forbid recording", () => {
  const { calls, seen, news } = answered();
  calls.setPrivate("2001", true);
  assert.match(seen()[0] ?? "", /<PartyB>[^<,]*,0,2,1,0,0,0,1,/);
  calls.setPrivate("2001", false);
  calls.answerConsent(CALLER.number, true);
  assert.match(seen().at(-1) ?? "", /<PartyA>[^<,]*,1,2,1,0,0,1,48,/);
  assert.deepEqual(news, ["forbidden", "forbidden"]);
});
