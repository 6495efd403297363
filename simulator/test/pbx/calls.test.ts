// Calls: the sequences of devlink3.md §10 field by field, and what people can and cannot do.
import assert from "node:assert/strict";
import test from "node:test";
import { loadSite } from "../../src/pbx/built-in-site.ts";
import type { PbxEvent } from "../../src/pbx/call-records.ts";
import { ImpossibleAction } from "../../src/pbx/call-registry.ts";
import { Calls } from "../../src/pbx/calls.ts";
import { Directory } from "../../src/pbx/directory.ts";
import { Identifiers } from "../../src/pbx/identifiers.ts";
import type { SiteInput } from "../../src/pbx/site-schema.ts";
import { TruthLog } from "../../src/pbx/truth-log.ts";
import { Vcm } from "../../src/pbx/vcm.ts";
import { World, type VirtualProcess } from "../../src/world/index.ts";

interface Bench {
  readonly world: World;
  readonly process: VirtualProcess;
  readonly calls: Calls;
  readonly vcm: Vcm;
  readonly truth: TruthLog;
  readonly events: PbxEvent[];
  /** What recordings would hear, in order. */
  readonly news: string[];
  /** Delta3 texts since the last look. */
  readonly seen: () => string[];
}

/** The site of the worked sequences: one ISDN line 5, users 2001 to 2003, group 300. */
const SITE: SiteInput = {
  users: ["2001", "2002", "2003"].map((extension) => ({ extension, appearances: 2 })),
  trunks: [
    { name: "ISDN", kind: "isdn", line: 5, channels: 2, ddi: { "5550100": "2001", "555": "300" } },
  ],
  groups: [{ number: "300", members: ["2001", "2002"] }],
  firstCallId: 31,
};

function bench(changes: SiteInput = {}): Bench {
  const world = new World({ seed: "calls", trace: "hash" });
  const process = world.host("pbx", "192.168.10.1").boot("pbx");
  const { clock, random } = process.ports;
  const site = loadSite({ ...SITE, ...changes });
  const truth = new TruthLog(() => clock.nowMs());
  const vcm = new Vcm(site.vcm.channels, () => clock.nowMs(), truth.truth.vcm);
  const events: PbxEvent[] = [];
  const news: string[] = [];
  const directory = new Directory(site);
  const identifiers = new Identifiers(site, random);
  const calls = new Calls(
    {
      site,
      directory,
      identifiers,
      vcm,
      truth,
      clock,
      timestamp: () => null,
      recordings: () => [],
    },
    {
      onEvent: (event) => events.push(event),
      onJoined: (call, end) => news.push(`joined ${end.person.party} ${call.callId}`),
      onHeld: (call) => news.push(`held ${call.callId}`),
      onRetrieved: (call) => news.push(`retrieved ${call.callId}`),
      onEndGone: (end, why) => news.push(`gone ${end.person.party}: ${why}`),
      onEndReplaced: (_, end, call) => news.push(`back ${end.person.party} ${call.callId}`),
      onForbidden: (call) => news.push(`forbidden ${call.callId}`),
      onEndMoved: (end, call) => news.push(`moved ${end.person.party} ${call.callId}`),
    },
  );
  let at = 0;
  const seen = (): string[] => {
    const fresh = events.slice(at).flatMap(({ delta3 }) => (delta3 === null ? [] : [delta3]));
    at = events.length;
    return fresh;
  };
  return { world, process, calls, vcm, truth, events, news, seen };
}

/** End identifiers become e1, e2, … by appearance: the numbers themselves mean nothing. */
function withoutIds(texts: readonly string[]): string[] {
  const names = new Map<string, string>();
  return texts.map((text) =>
    text
      .replace(/c0a80a01[0-9a-f]{8}/g, (id) => {
        if (!names.has(id)) names.set(id, `e${names.size + 1}`);
        return names.get(id) ?? "";
      })
      .replaceAll("5.7", "5.1")
      .replace(/,[0-9a-f]{16}@/g, ",9f31@"),
  );
}

function assertSequence(actual: readonly string[], expected: readonly string[]): void {
  assert.deepEqual(withoutIds(actual), withoutIds(expected));
}

const TRUNK_RINGING =
  "<PartyA>c0a80a0100002329,1,19,1,2,0,1,0,0,2,2,5.7,,0,0,5550100,,,,,,02079460000,100</PartyA>";
const TRUNK =
  "<PartyA>c0a80a0100002329,1,2,1,0,0,1,0,0,2,2,5.7,,0,0,5550100,,,,,,02079460000,100</PartyA>";
const Q1_RINGS = `<Detail><Call>c0a80a01,31,,,,0,,,2001,,2001</Call>${TRUNK_RINGING}<Target_list><Target>c0a80a01000003f2,0,0,8,106,,2001,0,0,,,,902079460000,100</Target></Target_list></Detail>`;
const Q1_TALKS = `<Detail><Call>c0a80a01,31,,,,0,,,2001,,2001</Call>${TRUNK}<PartyB>c0a80a01000003f3,0,2,1,0,0,0,0,0,8,106,,2001,0,0,,,,,,,902079460000,100</PartyB></Detail>`;
const CALLER = { from: { number: "02079460000" }, to: "5550100" };

test("Q1: an incoming DDI call rings, is answered, and the caller clears", () => {
  const { calls, truth, news, seen } = bench();
  const call = calls.placeCall(CALLER);
  assert.equal(call.state, "ringing");
  assert.ok(calls.isRinging("2001"));
  calls.answer("2001");
  assert.equal(call.state, "connected");
  assert.ok(calls.isTalking("2001") && calls.isTalking("02079460000"));
  calls.hangUp("02079460000");
  assert.equal(call.state, "ended");
  assert.equal(call.endCause, 16);
  assertSequence(seen(), [
    Q1_RINGS,
    Q1_TALKS,
    "<CallLost>c0a80a01,c0a80a0100002329,1,16</CallLost>",
    "<CallLost>c0a80a01,c0a80a01000003f3,0,16</CallLost>",
  ]);
  assert.deepEqual(news, [
    "joined 2001 31",
    "gone 02079460000: call ended",
    "gone 2001: call ended",
  ]);
  const [conversation] = truth.truth.conversations;
  assert.deepEqual(
    conversation?.events.map(({ kind, party }) => `${kind} ${party}`),
    [
      "offered 02079460000",
      "ringing 2001",
      "answered 2001",
      "left 02079460000",
      "left 2001",
      "ended 02079460000",
    ],
  );
  assert.deepEqual(conversation?.callIds, [31]);
  assert.notEqual(conversation?.endedMs, null);
});

test("Q2: an outgoing call seizes a trunk, rings, and is answered outside", () => {
  const sip = { name: "SIP", kind: "sip", line: 17, channels: 1 } as const;
  const { calls, events, seen } = bench({ trunks: [sip], firstCallId: 32 });
  const call = calls.placeCall({ from: { extension: "2001" }, to: "902079460001" });
  assert.equal(call.state, "ringing");
  calls.answer("02079460001");
  assert.equal(call.state, "connected");
  const head = "<Detail><Call>c0a80a01,32,,,,0,,,,,</Call><PartyA>c0a80a01000003f4,1";
  const phone = "0,0,0,0,8,106,,2001,0,0,,902079460001,,,,,2001,100</PartyA>";
  const trunk =
    "1,0,0,1,0,0,5,0,9f31@192.168.10.1,,0,0,,,,02079460001,,,2001,100</PartyB></Detail>";
  assertSequence(
    seen().map((text) => text.replace(/,[0-9a-f]{16}@/, ",9f31@")),
    [
      `${head},7,1,3,0,0,0,0,8,106,,2001,0,0,,,,,,,2001,100</PartyA></Detail>`,
      `${head},8,1,0,${phone}</Detail>`,
      `${head},19,1,2,${phone}<PartyB>c0a80a010000232a,0,1,${trunk}`,
      `${head},2,1,0,${phone}<PartyB>c0a80a010000232a,0,2,${trunk}`,
    ],
  );
  const track = events.map(({ sipTrack }) => sipTrack).find((each) => each !== null);
  assert.equal(track?.event, "START");
  assert.equal(track.direction, "OUT");
  assert.equal(track.delta2End, "17.9001.0");
});

test("Q3: hold closes the holder's audio path and plays music to the other; retrieve undoes it", () => {
  const { calls, news, seen } = bench();
  const call = calls.placeCall(CALLER);
  calls.answer("2001");
  assert.equal(call.state, "connected");
  assert.deepEqual(calls.live()[0]?.voices, [1, 10_001]);
  seen();
  calls.hold("2001");
  assert.equal(call.state, "held");
  assert.deepEqual(calls.live()[0]?.voices, []);
  assert.equal(calls.isTalking("2001"), false);
  calls.retrieve("2001");
  assertSequence(
    [Q1_TALKS, ...seen()],
    [
      Q1_TALKS,
      Q1_TALKS.replace("1,2,1,0,0,1", "1,2,1,1,0,1").replace("0,2,1,0,0,0", "0,2,0,0,0,0"),
      Q1_TALKS,
    ],
  );
  assert.deepEqual(news.slice(1), ["held 31", "retrieved 31"]);
  assert.deepEqual(calls.live()[0]?.voices, [1, 10_001]);
});

test("Q4: a supervised transfer moves the consulted end into the held call", () => {
  const { calls, truth, news, seen, vcm } = bench();
  const held = calls.placeCall(CALLER);
  calls.answer("2001");
  const consultation = calls.supervisedTransfer("2001", "2002");
  assert.equal(held.state, "held");
  assert.equal(consultation.callId, 32);
  calls.answer("2002");
  const before = seen();
  news.length = 0;
  const joined = calls.completeTransfer("2001");
  assert.equal(joined, held);
  assert.equal(held.state, "connected");
  assert.equal(consultation.state, "ended");
  assert.equal(vcm.usedFor("call"), 1);
  const phone = "c0a80a01000003f5,1,2,1,0,0,0,0,0,8,106,,2001,0,0,,2002,,,,,2001,100</PartyA>";
  assertSequence(
    [...before.slice(-3), ...seen()],
    [
      Q1_TALKS.replace("1,2,1,0,0,1", "1,2,1,1,0,1").replace("0,2,1,0,0,0", "0,2,0,0,0,0"),
      `<Detail><Call>c0a80a01,32,,,,0,,,2002,,2002</Call><PartyA>${phone.replace(",1,2,1,0,", ",1,19,1,2,")}<Target_list><Target>c0a80a01000003f6,0,0,8,106,,2002,101,0,,,,2001,100</Target></Target_list></Detail>`,
      `<Detail><Call>c0a80a01,32,,,,0,,,2002,,2002</Call><PartyA>${phone}<PartyB>c0a80a01000003f7,0,2,1,0,0,0,0,0,8,106,,2002,101,0,,,,,,,2001,100</PartyB></Detail>`,
      "<CallLost>c0a80a01,c0a80a01000003f3,1,126</CallLost>",
      "<CallLost>c0a80a01,c0a80a01000003f5,1,126</CallLost>",
      `<Detail><Call>c0a80a01,31,,,,0,,,2001,,2002</Call>${TRUNK}<PartyB>c0a80a01000003f7,0,2,1,0,0,0,0,0,8,106,,2002,0,0,,,,,,,902079460000,100,5,"Extn2002",c0a80a01000003f3</PartyB></Detail>`,
    ],
  );
  assert.deepEqual(news, [
    "gone 2001: party left",
    "gone 2001: party left",
    "moved 2002 31",
    "joined 2002 31",
  ]);
  assert.deepEqual(truth.truth.conversations[0]?.callIds, [31, 32]);
  assert.notEqual(truth.truth.conversations[1]?.endedMs, null);
  assert.equal(truth.truth.conversations[0]?.endedMs, null);
});

test("a supervised transfer completed while it rings lets the held call ring on there", () => {
  const { calls, seen } = bench();
  const held = calls.placeCall(CALLER);
  calls.answer("2001");
  calls.supervisedTransfer("2001", "2002");
  calls.completeTransfer("2001");
  assert.equal(held.state, "ringing");
  assert.match(seen().at(-1) ?? "", /2002,0,0,,,,902079460000,100<\/Target>/);
  calls.answer("2002");
  assert.equal(held.state, "connected");
  assert.ok(calls.isTalking("2002"));
  assert.equal(calls.isTalking("2001"), false);
});

test("Q5: a blind transfer rings the new phone from the same call", () => {
  const { calls, news, seen } = bench();
  const call = calls.placeCall(CALLER);
  calls.answer("2001");
  calls.blindTransfer("2001", "2002");
  assert.equal(call.state, "ringing");
  calls.answer("2002");
  assert.equal(call.state, "connected");
  assertSequence(seen().slice(1), [
    Q1_TALKS,
    "<CallLost>c0a80a01,c0a80a01000003f3,1,126</CallLost>",
    `<Detail><Call>c0a80a01,31,,,,0,,,2001,,2002</Call>${TRUNK_RINGING}<Target_list><Target>c0a80a01000003f8,0,0,8,106,,2002,0,0,,,,902079460000,100</Target></Target_list></Detail>`,
    `<Detail><Call>c0a80a01,31,,,,0,,,2001,,2002</Call>${TRUNK}<PartyB>c0a80a01000003f9,0,2,1,0,0,0,0,0,8,106,,2002,0,0,,,,,,,902079460000,100</PartyB></Detail>`,
  ]);
  assert.deepEqual(news, ["joined 2001 31", "gone 2001: party left", "joined 2002 31"]);
});

test("Q8: a hunt group rings all free members; one rejects, the other answers", () => {
  const { calls, seen } = bench({ firstCallId: 36 });
  const call = calls.placeCall({ from: { number: "02079460000" }, to: "300" });
  calls.reject("2002");
  assert.equal(call.state, "ringing");
  calls.answer("2001");
  const trunk = TRUNK_RINGING.replace("5550100", "555");
  const head = "<Detail><Call>c0a80a01,36,,,,0,,300,,300,</Call>";
  const first = "<Target>c0a80a010000041a,0,0,8,106,,2001,0,4,,,300,902079460000,100</Target>";
  const second = "<Target>c0a80a010000041b,0,0,8,106,,2002,0,4,,,300,902079460000,100</Target>";
  assertSequence(seen(), [
    `${head}${trunk}<Target_list>${first}${second}</Target_list></Detail>`,
    "<AttemptReject>c0a80a01,c0a80a010000041b,2002,drop</AttemptReject>",
    `${head}${trunk}<Target_list>${first}</Target_list></Detail>`,
    `${head}${TRUNK.replace("5550100", "555")}<PartyB>c0a80a010000041c,0,2,1,0,0,0,0,0,8,106,,2001,0,4,,,,,,300,902079460000,100</PartyB></Detail>`,
  ]);
});

test("a sequential group rings one member after the other, and starts over", async () => {
  const group = { number: "300", members: ["2001", "2002"], ringSeconds: 10 };
  const { world, calls } = bench({ groups: [{ ...group, ring: "sequential" }] });
  const call = calls.placeCall({ from: { number: "02079460000" }, to: "300" });
  assert.deepEqual([calls.isRinging("2001"), calls.isRinging("2002")], [true, false]);
  await world.runFor(10_001);
  assert.deepEqual([calls.isRinging("2001"), calls.isRinging("2002")], [false, true]);
  calls.reject("2002");
  assert.deepEqual([calls.isRinging("2001"), calls.isRinging("2002")], [true, false]);
  calls.answer("2001");
  await world.runFor(60_000);
  assert.equal(call.state, "connected");
});

test("a caller from a SIP trunk brings its name, To URI and SIP Call-ID, with SIPTrack first", () => {
  const trunk = { name: "SIP", kind: "sip", line: 17, channels: 1, ddi: { "77": "2001" } } as const;
  const { calls, events, seen } = bench({ trunks: [trunk] });
  calls.placeCall({ from: { number: "+4930123", name: "Müller, Söhne & Co" }, to: "77" });
  calls.hangUp("+4930123");
  const [start] = events;
  assert.equal(start?.sipTrack?.event, "START");
  assert.equal(start.sipTrack.direction, "IN");
  const [rings] = seen();
  assert.match(
    rings ?? "",
    /,sip:77@192\.168\.10\.1,,,,,,\+4930123,100,2,"Müller, Söhne &amp; Co"</,
  );
  // A number that begins with + is shown as it is.
  assert.match(rings ?? "", /,2001,0,0,,,,\+4930123,100<\/Target>/);
  const end = events.at(-1);
  assert.match(end?.delta3 ?? "", /^<CallLost>/);
  assert.equal(end?.sipTrack?.event, "END");
  assert.equal(end.sipTrack.sipCallId, start.sipTrack.sipCallId);
});

test("not answered: the caller hangs up while it rings, and only its end is lost", () => {
  const { calls, news, seen } = bench();
  const call = calls.placeCall(CALLER);
  calls.hangUp("02079460000");
  assert.equal(call.state, "ended");
  assert.deepEqual(withoutIds(seen()).slice(1), ["<CallLost>c0a80a01,e1,1,16</CallLost>"]);
  assert.deepEqual(news, ["gone 02079460000: call ended"]);
});

test("a rejected call gets busy tone and is cleared by the PBX", () => {
  const { calls, seen } = bench();
  const call = calls.placeCall(CALLER);
  calls.hangUp("2001");
  assert.equal(call.endCause, 21);
  const texts = seen();
  assert.match(texts[1] ?? "", /^<AttemptReject>/);
  assert.match(texts[2] ?? "", /<PartyA>[0-9a-f]{16},1,3,1,6,/);
  assert.match(texts[3] ?? "", /,0,21<\/CallLost>/);
});

test("two at once: calls have CallIDs, conversations, ends and channels of their own", () => {
  const { calls, truth, seen } = bench();
  const first = calls.placeCall(CALLER);
  const second = calls.placeCall({ from: { number: "02079460002" }, to: "2002" });
  calls.answer("2002");
  calls.answer("2001");
  assert.deepEqual([first.callId, second.callId], [31, 32]);
  assert.deepEqual([first.conversation, second.conversation], [1, 2]);
  assert.equal(truth.truth.conversations.length, 2);
  const ids =
    seen()
      .join("")
      .match(/c0a80a01[0-9a-f]{8}/g) ?? [];
  assert.equal(new Set(ids).size, 6);
  assert.ok(seen().length === 0 && calls.snapshot().length === 2);
  assert.match(calls.snapshot()[1]?.delta3 ?? "", /,5\.2,/);
  // No third channel is free.
  const third = calls.placeCall({ from: { number: "02079460003" }, to: "5550100" });
  assert.equal(third.state, "ended");
  assert.equal(third.endCause, 34);
});

test("answering a second call puts the first on hold by itself", () => {
  const { calls, news } = bench();
  const first = calls.placeCall(CALLER);
  calls.answer("2001");
  const second = calls.placeCall({ from: { number: "02079460002" }, to: "5550100" });
  calls.answer("2001");
  assert.equal(first.state, "held");
  assert.equal(second.state, "connected");
  assert.ok(news.includes("held 31"));
  // Both appearances are in use now: a third call finds 2001 busy.
  const third = calls.placeCall({ from: { extension: "2002" }, to: "2001" });
  assert.equal(third.endCause, 17);
  calls.retrieve("2001");
  assert.equal(first.state, "connected");
  assert.equal(second.state, "held");
  calls.hangUp("2001");
  assert.equal(first.state, "ended");
  calls.hangUp("2001");
  assert.equal(second.state, "ended");
});

test("a group without a free member is busy", () => {
  const { calls } = bench();
  calls.placeCall({ from: { extension: "2001" }, to: "2002" });
  const call = calls.placeCall({ from: { number: "02079460000" }, to: "300" });
  assert.equal(call.endCause, 17);
});

test("a blind transfer to somebody outside takes a second trunk channel, and frees both", () => {
  const { calls } = bench();
  const call = calls.placeCall(CALLER);
  calls.answer("2001");
  calls.blindTransfer("2001", "902079469999");
  assert.equal(call.state, "ringing");
  calls.answer("02079469999");
  assert.deepEqual(calls.live()[0]?.voices.length, 2);
  calls.hangUp("02079460000");
  const again = calls.placeCall(CALLER);
  const second = calls.placeCall({ from: { number: "02079460002" }, to: "2002" });
  assert.deepEqual([again.state, second.state], ["ringing", "ringing"]);
});

test("an outside party that is called can refuse", () => {
  const { calls } = bench();
  const call = calls.placeCall({ from: { extension: "2001" }, to: "02079460001" });
  calls.hangUp("02079460001");
  assert.equal(call.endCause, 21);
});

test("R16: a call without a free VCM channel is refused as busy, and says nothing", () => {
  const { calls, vcm, truth, seen } = bench({ vcm: { channels: 1 } });
  calls.placeCall(CALLER);
  const second = calls.placeCall({ from: { extension: "2002" }, to: "2003" });
  assert.equal(second.state, "ended");
  assert.equal(second.endCause, 17);
  assert.equal(seen().length, 1);
  assert.equal(vcm.used, 1);
  calls.hangUp("02079460000");
  assert.deepEqual(
    truth.truth.vcm.map(({ used }) => used),
    [0, 1, 0],
  );
});

test("what is not possible throws ImpossibleAction and changes nothing", () => {
  const { calls, seen } = bench();
  const actions = [
    () => calls.answer("2001"),
    () => calls.hold("2001"),
    () => calls.retrieve("2001"),
    () => calls.hangUp("2001"),
    () => calls.reject("2001"),
    () => calls.blindTransfer("2001", "2002"),
    () => calls.supervisedTransfer("2001", "2002"),
    () => calls.completeTransfer("2001"),
    () => calls.placeCall({ from: { number: "1" }, to: "4711" }),
    () => calls.placeCall({ from: { extension: "4711" }, to: "2001" }),
  ];
  for (const action of actions) assert.throws(action, ImpossibleAction);
  assert.deepEqual(seen(), []);
});

test("closing stops the hunt timers", () => {
  const group = { number: "300", members: ["2001", "2002"] };
  const { calls, process } = bench({ groups: [{ ...group, ring: "sequential" }] });
  calls.placeCall({ from: { number: "02079460000" }, to: "300" });
  assert.equal(process.leftovers().length, 1);
  calls.close();
  assert.deepEqual(process.leftovers(), []);
});
