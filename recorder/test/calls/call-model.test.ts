// devlink3.md §9.2 on the sequences of §10: "in every order of the closing records and with every
// record doubled".
import assert from "node:assert/strict";
import { test } from "node:test";
import { CallModel, MAXIMUM_CALLS } from "../../src/calls/call-model.ts";
import { attachedDetail } from "../../src/calls/model-call.ts";
import type { DetailRecord, Delta3Record } from "../../src/devlink3/delta3-record.ts";
import { LINGER_MS, permutations, recordOf, records, Story } from "./story.ts";

const TRUNK = "c0a80a0100002329";
const lost = (endId: string, cause = 16): Delta3Record =>
  recordOf(`<CallLost>c0a80a01,${endId},1,${cause}</CallLost>`);
const LOST_TRUNK = lost(TRUNK);

/** Q1 until 2001 has answered. */
const ANSWERED = records("Q1").slice(0, 2);

interface Sequence {
  readonly name: string;
  readonly opening: readonly Delta3Record[];
  /** Told in every order. */
  readonly closing: readonly Delta3Record[];
  readonly summary: readonly string[];
  readonly conversations: readonly string[];
  readonly now: readonly string[];
}

const [parked, unparked] = [records("Q7")[1], records("Q7")[2]];
assert.ok(parked !== undefined && unparked !== undefined);

const SEQUENCES: readonly Sequence[] = [
  {
    name: "Q1 incoming call, caller clears",
    opening: ANSWERED,
    closing: records("Q1").slice(2),
    summary: [
      "2329 left 31 (16)",
      "31 began",
      "31 ended",
      "3f3 left 31 (16)",
      "conversation of 31 ended",
    ],
    conversations: ["c0a80a01-31: 31"],
    now: [],
  },
  {
    name: "Q2 outgoing call",
    opening: records("Q2"),
    closing: [lost("c0a80a01000003f4"), lost("c0a80a010000232a")],
    summary: [
      "232a left 32 (16)",
      "32 began",
      "32 ended",
      "3f4 left 32 (16)",
      "conversation of 32 ended",
    ],
    conversations: ["c0a80a01-32: 32"],
    now: [],
  },
  {
    name: "Q3 hold and retrieve",
    opening: [...ANSWERED, ...records("Q3")],
    closing: [LOST_TRUNK, lost("c0a80a01000003f3")],
    summary: [
      "2329 left 31 (16)",
      "31 began",
      "31 ended",
      "3f3 left 31 (16)",
      "conversation of 31 ended",
    ],
    conversations: ["c0a80a01-31: 31"],
    now: [],
  },
  {
    name: "Q4 supervised transfer",
    opening: [...ANSWERED, ...records("Q3").slice(0, 1), ...records("Q4").slice(0, 2)],
    closing: records("Q4").slice(2),
    summary: [
      "31 began",
      "33 began",
      "33 ended",
      "3f3 left 31 (126)",
      "3f5 left 33 (126)",
      "3f7 left 33 (no cause)",
    ],
    conversations: ["c0a80a01-31: 31+33"],
    now: ["31: 2329 3f7"],
  },
  {
    name: "Q5 blind transfer",
    opening: ANSWERED,
    closing: records("Q5").slice(0, 2),
    summary: ["31 began", "3f3 left 31 (126)"],
    conversations: ["c0a80a01-31: 31"],
    now: ["31: 2329"],
  },
  {
    name: "Q6 conference",
    opening: [...ANSWERED, ...records("Q3").slice(0, 1), ...records("Q4").slice(0, 2)],
    closing: records("Q6"),
    summary: [
      "31 began",
      "33 began",
      "33 ended",
      "34 began",
      "35 began",
      "3f3 left 31 (127)",
      "3f5 left 33 (no cause)",
      "3f7 left 33 (no cause)",
    ],
    conversations: ["c0a80a01-31: 31+33+34+35"],
    now: ["31: 2329 406", "34: 3f5 407", "35: 3f7 408"],
  },
  {
    name: "Q7 park",
    opening: ANSWERED,
    closing: records("Q7").slice(0, 2),
    summary: ["31 began", "3f3 left 31 (117)"],
    conversations: ["c0a80a01-31: 31"],
    now: ["31: 2329 410"],
  },
  {
    name: "Q7 unpark",
    opening: [...ANSWERED, ...records("Q7").slice(0, 2)],
    closing: records("Q7").slice(2),
    summary: ["31 began", "3f3 left 31 (117)", "410 left 31 (118)"],
    conversations: ["c0a80a01-31: 31"],
    now: ["31: 2329 411"],
  },
  {
    name: "Q8 hunt group",
    opening: records("Q8"),
    closing: [lost("c0a80a010000232b"), lost("c0a80a010000041c")],
    summary: [
      "232b left 36 (16)",
      "36 began",
      "36 ended",
      "41c left 36 (16)",
      "conversation of 36 ended",
    ],
    conversations: ["c0a80a01-36: 36"],
    now: [],
  },
  {
    name: "Q9 voicemail, a closing Detail among the losses",
    opening: records("Q9").slice(0, 2),
    closing: [...records("Q9").slice(2), lost("c0a80a010000232c"), lost("c0a80a0100000424")],
    summary: [
      "232c left 37 (16)",
      "37 began",
      "37 ended",
      "424 left 37 (16)",
      "conversation of 37 ended",
    ],
    conversations: ["c0a80a01-37: 37"],
    now: [],
  },
  {
    name: "Q10 two nodes",
    opening: records("Q10").slice(0, 2),
    closing: [...records("Q10").slice(2), lost("c0a80a010000232d")],
    summary: [
      "12 began",
      "12 ended",
      "232d left 12 (16)",
      "232d left 38 (16)",
      "38 began",
      "38 ended",
      "3e9 left 12 (16)",
      "3e9 left 38 (16)",
      "conversation of 12+38 ended",
    ],
    conversations: ["c0a80a01-38: 12+38"],
    now: [],
  },
  {
    name: "Q11 recording leg beside the recorded call",
    opening: [...ANSWERED, ...records("Q11").slice(0, 2)],
    closing: records("Q11").slice(2),
    summary: [
      "232e left 39 (16)",
      "31 began",
      "39 began",
      "39 ended",
      "42e left 39 (16)",
      "conversation of 39 ended",
    ],
    conversations: ["c0a80a01-31: 31", "c0a80a01-39: 39"],
    now: ["31: 2329 3f3"],
  },
];

for (const { name, opening, closing, summary, conversations, now } of SEQUENCES) {
  test(`§9.2 ${name}: every order of the closing records gives the same`, () => {
    for (const order of permutations(closing)) {
      const story = new Story();
      story.tell([...opening, ...order]);
      story.wait(LINGER_MS);
      const told = order.map((record) => JSON.stringify(record)).join("\n");
      assert.deepEqual(story.summary(), summary, told);
      assert.deepEqual(story.conversations(), conversations, told);
      assert.deepEqual(story.now(), now, told);
    }
  });

  test(`§9.2 ${name}: every record doubled changes nothing`, () => {
    const once = new Story();
    const twice = new Story();
    for (const record of [...opening, ...closing]) {
      once.tell([record]);
      twice.tell([record]);
      assert.deepEqual(twice.tell([record]), [], JSON.stringify(record));
    }
    once.wait(LINGER_MS);
    twice.wait(LINGER_MS);
    assert.deepEqual(twice.summary(), once.summary());
    assert.deepEqual(twice.conversations(), once.conversations());
    assert.deepEqual(twice.finished, once.finished);
  });
}

test("a callKey is node, CallID and the time of the conversation's first record", () => {
  const story = new Story();
  story.nowMs = 234.5;
  story.tell(ANSWERED);
  assert.equal(story.model.calls()[0]?.conversation.callKey, "c0a80a01-31-1795366801234");
  assert.equal(story.model.find("c0a80a01-31")?.deviceCallId, "c0a80a01-31");
  assert.equal(story.model.find("c0a80a01-32"), null);
});

test("§9.2 the answer time is the first at which two parties are connected", () => {
  const story = new Story();
  story.tell(records("Q1").slice(0, 1), 3_000);
  const conversation = story.model.calls()[0]?.conversation;
  assert.equal(conversation?.answeredWallMs, null);
  story.tell(records("Q1").slice(1, 2), 1_000);
  story.tell(records("Q3"));
  assert.equal(conversation?.answeredWallMs, 1_795_366_804_000);
});

test("§9.2 after a normal end a call ends at once, after a transfer it lingers for 2 s", () => {
  const story = new Story();
  story.tell([...ANSWERED, LOST_TRUNK, lost("c0a80a01000003f3", 126)]);
  assert.equal(story.model.nextExpiryMs(), 2_000);
  story.wait(LINGER_MS - 1);
  assert.deepEqual(story.now(), ["31: "]);
  story.wait(1);
  assert.deepEqual(story.now(), []);
  assert.equal(story.model.nextExpiryMs(), null);
});

test("§9.2 a Detail that uses an end again within the linger goes on with the conversation", () => {
  const story = new Story();
  story.tell([...ANSWERED, lost("c0a80a01000003f3", 126), lost(TRUNK, 126)]);
  story.wait(1_000);
  const next = recordOf(`<Detail><Call>c0a80a01,50</Call><PartyA>${TRUNK},1,2</PartyA></Detail>`);
  story.tell([next]);
  story.wait(LINGER_MS);
  assert.deepEqual(story.conversations(), ["c0a80a01-31: 31+50"]);
  assert.deepEqual(story.now(), ["50: 2329"]);
});

test("an end identifier that comes again after the conversation is over belongs to another", () => {
  const story = new Story();
  story.tell([...ANSWERED, LOST_TRUNK, lost("c0a80a01000003f3")]);
  story.nowMs += 60_000;
  story.tell(ANSWERED);
  const keys = new Set(
    story.changes.flatMap((change) =>
      change.type === "began" ? [change.call.conversation.callKey] : [],
    ),
  );
  assert.deepEqual([...keys], ["c0a80a01-31-1795366801000", "c0a80a01-31-1795366861000"]);
});

test("§9.2 an unknown end, and records of other kinds, change nothing", () => {
  const story = new Story();
  story.tell(ANSWERED);
  const others = [
    lost("c0a80a01ffffffff"),
    recordOf("<LinkLost>c0a81e01,c0a80a0100002329,0,16</LinkLost>"),
    recordOf("<AttemptReject>c0a80a01,c0a80a0100002329,2002,drop</AttemptReject>"),
    { kind: "unknown" as const, text: "<Other/>" },
  ];
  assert.deepEqual(story.tell(others), []);
  assert.deepEqual(story.now(), ["31: 2329 3f3"]);
});

test("§9.1 a Detail without parties ends the call, and begins none", () => {
  const story = new Story();
  const empty = recordOf("<Detail><Call>c0a80a01,31</Call></Detail>");
  assert.deepEqual(story.tell([empty]), []);
  story.tell(ANSWERED);
  story.tell([empty]);
  assert.deepEqual(story.now(), []);
  assert.ok(story.summary().includes("conversation of 31 ended"));
});

test("a party on its way out is not attached anew", () => {
  const story = new Story();
  const closing = records("Q9").slice(2);
  assert.deepEqual(story.tell(closing), []);
  assert.deepEqual(story.now(), []);
});

test("a cause that comes after the Detail is told once", () => {
  const story = new Story();
  story.tell(ANSWERED);
  story.tell(records("Q5").slice(1, 2));
  const changes = story.tell(records("Q5").slice(0, 1));
  assert.deepEqual(
    changes.map((change) => change.type === "partyLeft" && change.cause),
    [126],
  );
  assert.deepEqual(story.tell(records("Q5").slice(0, 1)), []);
});

test("§9.2 who has left since the snapshot is not in the attached detail", () => {
  const story = new Story();
  story.tell([...ANSWERED, lost("c0a80a01000003f3", 126)]);
  const call = story.model.calls()[0];
  assert.ok(call !== undefined);
  assert.equal(attachedDetail(call).partyB, null);
  assert.equal(attachedDetail(call).partyA?.endId, TRUNK);
  assert.equal(call.detail.partyB?.endId, "c0a80a01000003f3");
});

test("§9.2 a call in a conference that was up before joins its conversation", () => {
  const story = new Story();
  const [trunkLeg, ownLeg] = records("Q6");
  assert.ok(trunkLeg?.kind === "Detail" && ownLeg?.kind === "Detail");
  const before: DetailRecord = { ...ownLeg, partyB: null };
  story.tell([before, trunkLeg, ownLeg]);
  assert.deepEqual(story.conversations(), ["c0a80a01-34: 31+34"]);
});

test("conferences of the same name on two nodes are two", () => {
  const story = new Story();
  const [leg] = records("Q6");
  assert.ok(leg?.kind === "Detail" && leg.partyA !== null && leg.partyB !== null);
  const other: DetailRecord = {
    ...leg,
    call: { ...leg.call, node: "c0a81401", callId: 7 },
    partyA: { ...leg.partyA, endId: "c0a8140100000001" },
    partyB: { ...leg.partyB, endId: "c0a8140100000002" },
  };
  story.tell([leg, other]);
  assert.deepEqual(story.conversations(), ["c0a80a01-31: 31", "c0a81401-7: 7"]);
});

test("§9.2 reconnect: the snapshot confirms by a common end, the rest has ended", () => {
  const story = new Story();
  story.tell([...ANSWERED, ...records("Q2")]);
  story.model.unconfirm();
  story.tell(ANSWERED.slice(1));
  story.take(story.model.dropUnconfirmed());
  assert.deepEqual(story.now(), ["31: 2329 3f3"]);
  assert.deepEqual(story.conversations(), ["c0a80a01-31: 31", "c0a80a01-32: 32"]);
});

test("§9.2 reconnect: the same CallID with other ends is another call", () => {
  const story = new Story();
  story.tell(ANSWERED);
  story.model.unconfirm();
  story.nowMs += 1_000;
  story.tell([
    recordOf("<Detail><Call>c0a80a01,31</Call><PartyA>c0a80a01000f,1,2</PartyA></Detail>"),
  ]);
  assert.deepEqual(story.now(), ["31: f"]);
  assert.equal(story.model.calls()[0]?.conversation.callKey, "c0a80a01-31-1795366802000");
  assert.ok(story.summary().includes("conversation of 31 ended"));
});

test("§9.2 a call that is silent for 12 h is over", () => {
  const story = new Story();
  story.tell(ANSWERED);
  assert.equal(story.model.nextExpiryMs(), 12 * 3_600_000);
  story.wait(12 * 3_600_000 - 1);
  assert.equal(story.model.calls().length, 1);
  story.wait(1);
  assert.equal(story.model.calls().length, 0);
});

test("after a restart a call keeps callKey and part, until a snapshot is complete", () => {
  const restored = (deviceCallId: string, part: number) => ({
    ...{ callKey: "k-1", deviceCallId, part, recordedUntilMs: part * 100 - 1_000 },
  });
  const story = new Story();
  story.model.restore(restored("c0a80a01-31", 2));
  story.model.restore(restored("c0a80a01-31", 1));
  story.model.restore(restored("c0a80a01-32", 3));
  story.model.restore(restored("c0a80a01-36", 4));
  story.tell([...ANSWERED, ...records("Q2")]);
  story.take(story.model.dropUnconfirmed());
  story.tell(records("Q8"));
  const [first, second, third] = story.model.calls();
  assert.equal(first?.conversation.callKey, "k-1");
  assert.equal(first?.conversation.lastPart, 3);
  assert.equal(first?.conversation.recordedUntilMs, -700);
  assert.equal(second?.conversation, first?.conversation);
  assert.equal(third?.conversation.callKey, "c0a80a01-36-1795366801000");
  assert.equal(third?.conversation.lastPart, 0);
});

test("after a restart the call that a conversation began with keeps its callKey, too", () => {
  const callKey = "c0a80a01-31-1795000000000";
  const story = new Story();
  story.model.restore({ callKey, deviceCallId: "c0a80a01-32", part: 2, recordedUntilMs: null });
  story.tell(ANSWERED);
  const { conversation } = story.model.find("c0a80a01-31") ?? assert.fail("no call");
  assert.equal(conversation.callKey, callKey);
  assert.equal(conversation.lastPart, 2);
});

test("merged conversations keep the older callKey and the higher part", () => {
  const story = new Story();
  story.tell([...ANSWERED, ...records("Q4").slice(0, 2)]);
  const [older, younger] = story.model.calls().map(({ conversation }) => conversation);
  assert.ok(older !== undefined && younger !== undefined && older !== younger);
  younger.lastPart = 4;
  older.recordedUntilMs = 10;
  younger.recordedUntilMs = 20;
  story.tell(records("Q4").slice(2));
  assert.equal(story.model.find("c0a80a01-31")?.conversation, older);
  assert.equal(older.lastPart, 4);
  assert.equal(older.recordedUntilMs, 20);
  assert.equal(younger.calls.size, 0);
});

test("callOfEnd finds the call that holds an end now", () => {
  const story = new Story();
  story.tell(ANSWERED);
  assert.equal(story.model.callOfEnd(TRUNK)?.callId, 31);
  story.tell([LOST_TRUNK]);
  assert.equal(story.model.callOfEnd(TRUNK), null);
});

test("at the limit the longest silent call gives way, never the newest", () => {
  const model = new CallModel();
  const [detail] = records("Q11");
  assert.ok(detail?.kind === "Detail" && detail.partyB !== null);
  const { partyB } = detail;
  const nth = (callId: number): DetailRecord => ({
    ...detail,
    call: { ...detail.call, callId },
    partyA: null,
    partyB: { ...partyB, endId: `c0a80a01${callId}` },
  });
  for (let callId = 0; callId < MAXIMUM_CALLS; callId += 1) {
    model.apply(nth(callId), { nowMs: callId === 7 ? 0 : 1, wallMs: 0 });
  }
  const changes = model.apply(nth(MAXIMUM_CALLS), { nowMs: 1, wallMs: 0 });
  assert.deepEqual(
    changes.map((change) => change.type),
    ["ended", "conversationEnded", "began", "changed"],
  );
  assert.equal(model.find("c0a80a01-7"), null);
  assert.equal(model.calls().length, MAXIMUM_CALLS);
});

test("§9.2 a call that was empty after a transfer and has a party again goes on", () => {
  const story = new Story();
  story.tell([...ANSWERED, lost("c0a80a01000003f3", 126), lost(TRUNK, 126)]);
  story.wait(LINGER_MS - 1);
  story.tell(ANSWERED.slice(1));
  story.wait(LINGER_MS);
  assert.deepEqual(story.now(), ["31: 2329 3f3"]);
  assert.equal(story.model.nextExpiryMs(), LINGER_MS - 1 + 12 * 3_600_000);
});

test("§9.2 a node that is not the end's home detaches it in its own view alone", () => {
  const story = new Story();
  story.tell(records("Q10").slice(0, 2));
  const changes = story.tell([recordOf("<LinkLost>c0a80a01,c0a81401000003e9,0,16</LinkLost>")]);
  assert.deepEqual(
    changes.flatMap((change) => (change.type === "partyLeft" ? [change.call.callId] : [])),
    [38],
  );
  assert.deepEqual(story.now(), ["12: 232d 3e9", "38: 232d"]);
  story.tell([recordOf("<CallLost>c0a81401,c0a81401000003e9,0,16</CallLost>")]);
  assert.deepEqual(story.now(), ["12: 232d", "38: 232d"], "the home node speaks for all views");
});

test("§9.2 a party that names an end of another conversation brings the two together", () => {
  const story = new Story();
  const first = recordOf(
    `<Detail><Call>c0a80a01,60</Call><PartyA>c0a80a01000000aa,1,2</PartyA></Detail>`,
  );
  story.tell([...ANSWERED, first]);
  assert.equal(story.conversations().length, 2);
  const related = `c0a80a01000000bb,0,2${",".repeat(20)}100,,,c0a80a01000003f3`;
  story.tell([
    recordOf(
      `<Detail><Call>c0a80a01,60</Call><PartyA>c0a80a01000000aa,1,2</PartyA>` +
        `<PartyB>${related}</PartyB></Detail>`,
    ),
  ]);
  assert.deepEqual(story.conversations(), ["c0a80a01-31: 31+60"]);
});

test("an end seen in a merged conversation leads to the older one", () => {
  const story = new Story();
  story.tell([...ANSWERED, ...records("Q4").slice(0, 3)]);
  // 2001's end of call 33 is remembered with the younger conversation; then the two are merged.
  story.tell(records("Q4").slice(3));
  const next = recordOf(
    "<Detail><Call>c0a80a01,70</Call><PartyA>c0a80a01000003f5,1,2</PartyA></Detail>",
  );
  story.tell([next]);
  assert.equal(
    story.model.find("c0a80a01-70")?.conversation,
    story.model.find("c0a80a01-31")?.conversation,
  );
});
