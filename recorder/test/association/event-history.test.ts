// What of a call's events falls to a recording: clipped to its part, kept for late matches (R7).
// Pure functions and one small stage; the whole stories stand in ties.test.ts.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  clipEvent,
  EventHistory,
  KEPT_AFTER_END_MS,
  spanOf,
  type Span,
} from "../../src/association/event-history.ts";
import type { CallEvent } from "../../src/association-facts.ts";
import { CallModel } from "../../src/calls/call-model.ts";
import { newPart } from "../../src/rules/part.ts";
import { cleared, END_2001, held, talking } from "./records.ts";

const ALL: Span = { fromMs: -Infinity, toMs: Infinity, overMs: null };

function event(kind: CallEvent["kind"], fromMs: number, toMs: number): CallEvent {
  return { eventId: "31-1", kind, fromMs, toMs, parties: [] };
}

const CLIPS: readonly (readonly [string, CallEvent, Partial<Span>, string])[] = [
  ["all of it", event("talking", 10, 20), {}, "10–20"],
  ["what was before the part", event("ringing", 10, 20), { fromMs: 20 }, "nothing"],
  ["what began before the part", event("talking", 10, 20), { fromMs: 15 }, "15–20"],
  ["what goes on after the part", event("talking", 10, 20), { toMs: 15, overMs: 15 }, "10–15"],
  ["what began when the part ended", event("ringing", 10, 20), { toMs: 10 }, "nothing"],
  ["an event without length, unless a transfer", event("held", 10, 10), {}, "nothing"],
  [
    "the transfer that ended the part",
    event("transferred", 10, 10),
    { toMs: 10, overMs: 10 },
    "10–10",
  ],
  ["its cause told later", event("transferred", 900, 900), { toMs: 10, overMs: 10 }, "10–10"],
  [
    "a transfer long after the part",
    event("transferred", 9_000, 9_000),
    { toMs: 10, overMs: 10 },
    "nothing",
  ],
  [
    "the transfer by which the part before ended",
    event("transferred", 100, 100),
    { fromMs: 90 },
    "nothing",
  ],
  [
    "a transfer of somebody else within the part",
    event("transferred", 9_000, 9_000),
    { fromMs: 0 },
    "9000–9000",
  ],
  [
    "a transfer of somebody else with which the part ends",
    event("transferred", 9_000, 9_000),
    { fromMs: 0, toMs: 9_000 },
    "9000–9000",
  ],
];

for (const [name, told, span, expected] of CLIPS) {
  test(`R7: an event is clipped to its part: ${name}`, () => {
    const clipped = clipEvent(told, { ...ALL, ...span });
    assert.equal(clipped === null ? "nothing" : `${clipped.fromMs}–${clipped.toMs}`, expected);
  });
}

function someCall() {
  const model = new CallModel();
  model.apply(talking(), { nowMs: 0, wallMs: 0 });
  const call = model.calls()[0];
  assert.ok(call !== undefined);
  return { model, call };
}

test("R7: the first part has what came before it, later parts begin at their beginning", () => {
  const { call } = someCall();
  const about = {
    liveStreamId: "s",
    callKey: "k",
    deviceCallId: call.deviceCallId,
    endId: END_2001,
    agent: "Alice",
    extension: "2001",
    pbx: "p",
    call,
    beganMs: 70,
  };
  const [first, second] = [newPart({ ...about, part: 1 }), newPart({ ...about, part: 2 })];
  assert.deepEqual(spanOf(first, null), { fromMs: -Infinity, toMs: Infinity, overMs: null });
  assert.deepEqual(spanOf(second, 90), { fromMs: 70, toMs: 90, overMs: null });
  second.endedMs = 80;
  assert.deepEqual(spanOf(second, 90), { fromMs: 70, toMs: 80, overMs: 80 });
  assert.deepEqual(spanOf(null, null), ALL);
});

test("R7: the events of a call that is over are kept for 35 s, for a SIP call tied late", () => {
  const { model, call } = someCall();
  const history = new EventHistory();
  history.changed(call, 0);
  model.apply(held(), { nowMs: 1_000, wallMs: 0 });
  history.changed(call, 1_000);
  assert.equal(history.running(call, 1_500)?.toMs, 1_500);
  for (const record of cleared()) model.apply(record, { nowMs: 2_000, wallMs: 0 });
  history.ended(call, 2_000);
  const kinds = (): string[] => history.finished(call).map(({ kind }) => kind);
  assert.deepEqual(kinds(), ["talking", "held"]);
  assert.equal(history.running(call, 3_000), null);
  history.ended(someCall().call, 2_000 + KEPT_AFTER_END_MS);
  assert.deepEqual(kinds(), ["talking", "held"]);
  history.ended(someCall().call, 2_001 + KEPT_AFTER_END_MS);
  assert.deepEqual(kinds(), []);
});
