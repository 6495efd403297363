// The ladder of devlink3.md §13.6: clues against what the event stream said, rung by rung.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Ladder, REMEMBERED_CALL_IDS, type LadderHit } from "../../src/association/ladder.ts";
import type { RecordingClues } from "../../src/association-facts.ts";
import type { SipTrack } from "../../src/devlink3/delta3-record.ts";
import { detail, END_2001, END_2002, leg, NODE, party, phone, sipTrack } from "./records.ts";
import { clues } from "./world.ts";

const CALL_ID = "77aa@192.168.10.1";

function climb(
  ladder: Ladder,
  set: Partial<RecordingClues>,
  starts: { readonly streams?: readonly string[]; readonly extensions?: readonly string[] } = {},
): LadderHit[] {
  return ladder.climb(clues({ sipCallId: CALL_ID, ...set }), {
    isKnownStream: (streamId) => (starts.streams ?? []).includes(streamId),
    pendingOf: (wanted) => (starts.extensions ?? []).filter((one) => wanted.includes(one)),
  });
}

const RUNG_1: readonly (readonly [string, Partial<RecordingClues>, readonly LadderHit[]])[] = [
  [
    "the request URI's user is our stream id",
    { requestUser: "s1" },
    [{ rung: 1, streamId: "s1", at: null }],
  ],
  [
    "X-DL3-Stream is our stream id",
    { requestUser: "recorder", extensionHeaders: { "x-dl3-stream": "s1" } },
    [{ rung: 1, streamId: "s1", at: null }],
  ],
  ["neither is", { requestUser: "x", extensionHeaders: { "x-dl3-stream": "y" } }, []],
  [
    "R6: a stream id of before a restart counts by the end beside it",
    { extensionHeaders: { "x-dl3-stream": "old", "x-dl3-end": END_2001 } },
    [{ rung: 1, streamId: "old", at: { endId: END_2001, deviceCallId: "" } }],
  ],
  [
    "R6: or by the call beside it",
    { extensionHeaders: { "x-dl3-stream": "old", "x-dl3-node": NODE, "x-dl3-call": "31" } },
    [{ rung: 1, streamId: "old", at: { endId: "", deviceCallId: `${NODE}-31` } }],
  ],
  [
    "names that are empty name nothing",
    { extensionHeaders: { "x-dl3-stream": "old", "x-dl3-end": "" } },
    [],
  ],
  ["an end without X-DL3-Stream is no rung 1", { extensionHeaders: { "x-dl3-end": END_2001 } }, []],
  [
    "half of a call is none",
    { extensionHeaders: { "x-dl3-stream": "old", "x-dl3-node": NODE } },
    [],
  ],
];

for (const [name, set, expected] of RUNG_1) {
  test(`rung 1: ${name}`, () => {
    assert.deepEqual(climb(new Ladder(), set, { streams: ["s1"] }), expected);
  });
}

test("rung 2: SIPTrack START names the leg's end, its Detail the recorded one", () => {
  const ladder = new Ladder();
  assert.deepEqual(climb(ladder, {}), []);
  ladder.track(sipTrack(CALL_ID));
  assert.deepEqual(climb(ladder, {}), [], "the Detail is missing");
  ladder.detail(leg("other"));
  assert.deepEqual(climb(ladder, {}), [{ rung: 2, endId: END_2001 }]);
});

test("rung 2: the Detail may come before SIPTrack", () => {
  const ladder = new Ladder();
  ladder.detail(leg("other"));
  ladder.track(sipTrack(CALL_ID));
  assert.deepEqual(climb(ladder, {}), [{ rung: 2, endId: END_2001 }]);
});

const NO_TRACKS: readonly (readonly [string, Partial<SipTrack>])[] = [
  ["END", { event: "END" }],
  ["IN", { direction: "IN" }],
  ["of another SIP call", { sipCallId: "other" }],
];

for (const [name, set] of NO_TRACKS) {
  test(`rung 2: SIPTrack ${name} ties nothing`, () => {
    const ladder = new Ladder();
    ladder.detail(leg("other"));
    ladder.track(sipTrack(CALL_ID, set));
    assert.deepEqual(climb(ladder, {}), []);
  });
}

test("rung 3: the SIP party's description is the Call-ID, field 26 the recorded end", () => {
  const ladder = new Ladder();
  ladder.detail(leg(CALL_ID));
  assert.deepEqual(climb(ladder, {}), [{ rung: 3, endId: END_2001 }]);
});

test("rung 3: without field 26 it is the other party of that call", () => {
  const ladder = new Ladder();
  const sip = party({ endId: "leg", equipmentClass: 5, description: CALL_ID });
  ladder.detail(detail({ a: phone("2002", { direction: 1 }), b: sip }));
  assert.deepEqual(climb(ladder, {}), [{ rung: 3, endId: END_2002 }]);
});

test("rung 3: a SIP party alone, or another kind of party, ties nothing", () => {
  const ladder = new Ladder();
  ladder.detail(detail({ a: party({ endId: "leg", equipmentClass: 5, description: CALL_ID }) }));
  ladder.detail(detail({ a: phone(), b: party({ endId: "x", description: CALL_ID }) }));
  assert.deepEqual(climb(ladder, {}), []);
});

test("rung 4: the caller's extension is that of exactly one pending START", () => {
  const set = { callerUsers: ["2001", "Alice"] };
  const hit = [{ rung: 4, extension: "2001" }];
  assert.deepEqual(climb(new Ladder(), set, { extensions: ["2002", "2001"] }), hit);
  assert.deepEqual(climb(new Ladder(), set, { extensions: ["2002"] }), []);
});

test("rung 4: two pending STARTs that fit are ambiguous, so none", () => {
  const same = climb(new Ladder(), { callerUsers: ["2001"] }, { extensions: ["2001", "2001"] });
  const users = { callerUsers: ["2001", "2002"] };
  const other = climb(new Ladder(), users, { extensions: ["2001", "2002"] });
  assert.deepEqual([same, other], [[], []]);
});

test("hits come in the order of the rungs", () => {
  const ladder = new Ladder();
  ladder.track(sipTrack(CALL_ID));
  ladder.detail(leg(CALL_ID));
  const set = { requestUser: "s1", callerUsers: ["2001"] };
  const hits = climb(ladder, set, { streams: ["s1"], extensions: ["2001"] });
  assert.deepEqual(
    hits.map(({ rung }) => rung),
    [1, 2, 3, 4],
  );
});

test(`${REMEMBERED_CALL_IDS} SIP Call-IDs are remembered; the oldest gives way`, () => {
  const ladder = new Ladder();
  ladder.detail(leg("other"));
  ladder.track(sipTrack(CALL_ID));
  for (let count = 1; count < REMEMBERED_CALL_IDS; count += 1) ladder.track(sipTrack(`c${count}`));
  assert.equal(climb(ladder, {}).length, 1);
  ladder.track(sipTrack("one too many"));
  assert.deepEqual(climb(ladder, {}), []);
});
