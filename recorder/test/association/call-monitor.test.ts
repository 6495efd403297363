// domain.md, "Recording Monitor": the four lists, row by row.
import assert from "node:assert/strict";
import { test } from "node:test";
import { CallMonitor, ROWS_KEPT, type MonitoredView } from "../../src/association/call-monitor.ts";
import { explain } from "../../src/outcome.ts";
import type { ActiveRecording, FinishedRecording } from "../../src/recording-monitor.ts";
import type { Verdict } from "../../src/rules/verdict.ts";
import { records, Story } from "../calls/story.ts";
import { TestClock } from "../sip/fake-ports.ts";

const CALL_KEY = "c0a80a01-31-1795366801000";
const NOBODY = { open: [], placeOf: () => null };

const NONE: Verdict = { decision: "none", deciding: null, isWanted: false, isFinal: false };
const deciding = {
  ...{ order: 0, title: "Sales", kind: "group" as const, record: true, event: "talking" as const },
  ...{ eventId: null, deviceCallId: "c0a80a01-31", atWallMs: 0 },
};
const WANTED: Verdict = { decision: "positive", deciding, isWanted: true, isFinal: true };
const REFUSED: Verdict = { decision: "negative", deciding, isWanted: false, isFinal: true };
const NO_RULES: Verdict = { decision: "no-rules", deciding: null, isWanted: false, isFinal: true };

/** Q1, answered or still ringing. */
function viewOf(
  verdict: Verdict,
  rules: Partial<MonitoredView["rules"]> = {},
  recordCount = 2,
): MonitoredView {
  const story = new Story();
  story.tell(records("Q1").slice(0, recordCount));
  const conversation = story.model.calls()[0]?.conversation ?? assert.fail("no call");
  const known = { verdict, isGapless: true, recordFromBeginning: false, ...rules };
  return { conversation, pbx: "192.168.10.1", rules: known } as MonitoredView;
}

function finished(set: Partial<FinishedRecording> = {}): FinishedRecording {
  return {
    ...{ recordingKey: "k", callKey: CALL_KEY, part: 1, agent: "Ann", extension: "2001" },
    ...{ parties: ["+49", "2001"], outcome: "failed", why: "no-media" },
    ...{ beganTimeMs: 1_795_366_801_000, durationMs: 5_000 },
    ...set,
  };
}

test("a recording that failed, or was blocked, is told with its reason and remedy; others are not", () => {
  const monitor = new CallMonitor(new TestClock());
  monitor.recordingFinished(finished({ outcome: "ok", why: null }));
  monitor.recordingFinished(finished({ outcome: "degraded", why: "packets-lost" }));
  monitor.recordingFinished(finished({ why: null }));
  assert.deepEqual(monitor.lists([], NOBODY).failed, []);
  monitor.recordingFinished(finished());
  monitor.recordingFinished(finished({ outcome: "blocked", extension: null, recordingKey: "b" }));
  const { failed } = monitor.lists([], NOBODY);
  const { sentence, remedy } = explain("no-media", {});
  assert.deepEqual(failed[1], {
    ...{ callKey: CALL_KEY, deviceCallIds: [], pbx: "", direction: null, callingParty: "+49" },
    ...{ receivingParty: "2001", startedAt: "2026-11-22T17:00:01.000Z", durationMs: 5_000 },
    ...{ rule: null, reason: sentence, part: 1, agent: "Ann", extension: "2001" },
    ...{ recordingKey: "k", why: "no-media", remedy },
  });
  assert.deepEqual([failed[0]?.recordingKey, failed[0]?.receivingParty], ["b", "2001"]);
});

test("of each list the newest 200 rows are kept", () => {
  const monitor = new CallMonitor(new TestClock());
  for (let n = 0; n <= ROWS_KEPT; n += 1) {
    monitor.recordingFinished(finished({ recordingKey: `k${n}`, callKey: "another" }));
    monitor.conversationEnded(viewOf(REFUSED));
  }
  const { failed, dontRecord } = monitor.lists([], NOBODY);
  assert.deepEqual([failed.length, dontRecord.length], [ROWS_KEPT, ROWS_KEPT]);
  assert.deepEqual([failed[0]?.recordingKey, failed.at(-1)?.recordingKey], ["k200", "k1"]);
});

test("calls that are over stand under what the rules said; kept and unanswered ones nowhere", () => {
  const monitor = new CallMonitor(new TestClock());
  monitor.conversationEnded(viewOf(WANTED));
  monitor.conversationEnded(viewOf(NONE, { isGapless: false, recordFromBeginning: true }));
  monitor.conversationEnded(viewOf(NONE, {}, 1));
  assert.deepEqual(monitor.lists([], NOBODY).other, []);
  monitor.conversationEnded(viewOf(NONE));
  monitor.conversationEnded(viewOf(NO_RULES));
  monitor.conversationEnded(viewOf(REFUSED));
  const { dontRecord, other } = monitor.lists([], NOBODY);
  assert.deepEqual(
    other.map(({ reason, rule, isOver }) => [reason, rule, isOver]),
    [
      ["There are no rules, and Record From Beginning is off", null, true],
      ["No rule matched", null, true],
    ],
  );
  assert.deepEqual(
    dontRecord.map(({ reason, rule, decision }) => [reason, rule, decision]),
    [["Sales", "Sales", "negative"]],
  );
});

test("a call that goes on is told with its parties, direction, beginning and length", () => {
  const clock = new TestClock();
  const monitor = new CallMonitor(clock);
  const lists = monitor.lists([], { ...NOBODY, open: [viewOf(REFUSED)] });
  assert.equal(lists.at, "2026-11-22T17:00:01.000Z");
  assert.deepEqual(lists.dontRecord, [
    {
      ...{ callKey: CALL_KEY, deviceCallIds: ["c0a80a01-31"], pbx: "192.168.10.1" },
      ...{ direction: "inbound", callingParty: "02079460000", receivingParty: "2001" },
      ...{ startedAt: "2026-11-22T17:00:01.000Z", durationMs: 0, rule: "Sales", reason: "Sales" },
      ...{ decision: "negative", isOver: false },
    },
  ]);
  clock.advance(2_500);
  const later = monitor.lists([], { ...NOBODY, open: [viewOf(REFUSED)] });
  assert.equal(later.dontRecord[0]?.durationMs, 2_500);
});

test("what failed is forgotten when the rules did not want the call after all, and saw all of it", () => {
  const left = (view: MonitoredView): number => {
    const monitor = new CallMonitor(new TestClock());
    monitor.recordingFinished(finished());
    monitor.recordingFinished(finished({ callKey: "another" }));
    monitor.conversationEnded(view);
    return monitor.lists([], NOBODY).failed.length;
  };
  assert.equal(left(viewOf(REFUSED)), 1);
  assert.equal(left(viewOf(WANTED)), 2);
  assert.equal(left(viewOf(REFUSED, { isGapless: false })), 2);
});

test("recordings in progress: by port, with the rule that wants them, or why they belong nowhere", () => {
  const active = (recordingKey: string, association: object | null): ActiveRecording =>
    ({
      ...{ recordingKey, liveStreamId: "s", isPaused: false, beganTimeMs: 1_795_366_801_000 },
      association,
    }) as ActiveRecording;
  const facts = {
    ...{ callKey: CALL_KEY, part: 2, agent: "Bob", extension: "2002" },
    parties: ["02079460000", "2002"],
  };
  const views = new Map([
    ["a", { view: viewOf(WANTED), sourceHost: "192.0.2.1" }],
    ["b", { view: viewOf(REFUSED), sourceHost: "192.0.2.1" }],
    ["c", { view: viewOf({ ...NO_RULES, isWanted: true }), sourceHost: "192.0.2.1" }],
    ["d", { view: null, sourceHost: "192.0.2.7" }],
  ]);
  const { record } = new CallMonitor(new TestClock()).lists(
    [
      active("a", facts),
      active("b", facts),
      active("c", facts),
      active("d", null),
      active("e", facts),
    ],
    { open: [], placeOf: (key) => views.get(key) ?? null },
  );
  assert.deepEqual(
    record.map(({ recordingKey, reason, rule, pbx }) => [recordingKey, reason, rule, pbx]),
    [
      ["a", "Sales", "Sales", "192.168.10.1"],
      ["b", "Will be discarded: Sales", "Sales", "192.168.10.1"],
      ["c", "Record From Beginning", null, "192.168.10.1"],
      ["d", "Not tied to a call", null, "192.0.2.7"],
      ["e", "Not tied to a call", null, ""],
    ],
  );
  const [first, , , orphan, told] = record;
  assert.deepEqual(
    [first?.receivingParty, first?.part, first?.agent, first?.extension],
    ["2002", 2, "Bob", "2002"],
    "the call has gone to another agent since",
  );
  const { callKey, callingParty, receivingParty, direction } = orphan ?? assert.fail("no orphan");
  assert.deepEqual([callKey, callingParty, receivingParty, direction], [null, "", "", null]);
  assert.deepEqual([told?.callKey, told?.callingParty], [CALL_KEY, "02079460000"]);
});
