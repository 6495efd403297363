// R7: the stretches of a call that recordings are tied to.
import assert from "node:assert/strict";
import { test } from "node:test";
import { kindOf } from "../../src/calls/call-events.ts";
import type { SequenceName } from "./sequences.ts";
import { recordOf, records, Story } from "./story.ts";

/** Finished events as "kind from–to parties", times in seconds. */
function told(story: Story): string[] {
  return story.finished.map(({ kind, fromMs, toMs, parties }) => {
    return `${kind} ${fromMs / 1000}–${toMs / 1000} ${parties.join("+")}`;
  });
}

function play(names: readonly (readonly [SequenceName, number, number?])[]): Story {
  const story = new Story();
  for (const [name, from, to] of names) story.tell(records(name).slice(from, to), 1_000);
  return story;
}

const STORIES: readonly [string, Parameters<typeof play>[0], readonly string[]][] = [
  [
    "Q1 rings and is answered",
    [["Q1", 0]],
    ["ringing 0–1 02079460000", "talking 1–2 02079460000+2001"],
  ],
  [
    "Q3 held and retrieved",
    [
      ["Q1", 0, 2],
      ["Q3", 0],
      ["Q1", 2],
    ],
    [
      "ringing 0–1 02079460000",
      "talking 1–2 02079460000+2001",
      "held 2–3 02079460000+2001",
      "talking 3–4 02079460000+2001",
    ],
  ],
  [
    "Q5 blind transfer",
    [
      ["Q1", 1, 2],
      ["Q5", 0],
      ["Q1", 2, 3],
    ],
    [
      "transferred 1–1 02079460000+2001",
      "talking 0–1 02079460000+2001",
      "ringing 2–3 02079460000",
      "talking 3–4 02079460000+2002",
    ],
  ],
  [
    "Q7 parked and unparked",
    [
      ["Q1", 1, 2],
      ["Q7", 0],
      ["Q1", 2, 3],
    ],
    ["talking 0–1 02079460000+2001", "parked 2–3 02079460000+620", "talking 3–5 02079460000+2002"],
  ],
  [
    "Q8 rings, queues, is answered",
    [["Q8", 0]],
    ["ringing 0–3 02079460000", "queued 3–5 02079460000", "talking 5–6 02079460000+2001"],
  ],
  ["Q9 voicemail", [["Q9", 0]], ["voicemail 0–2 02079460000+2001"]],
];

for (const [name, plot, expected] of STORIES) {
  test(`R7 ${name}: events with their times and parties`, () => {
    const story = play(plot);
    // What still holds an end lets go, so that the call and its last event end.
    const ends = story.model.calls().flatMap((call) => [...call.ends]);
    story.tell(ends.map((end) => recordOf(`<CallLost>c0a80a01,${end},1,16</CallLost>`)));
    assert.deepEqual(told(story), expected);
  });
}

test("R7 conference: each leg's event is a conference", () => {
  const [leg] = records("Q6");
  assert.ok(leg?.kind === "Detail");
  assert.equal(kindOf(leg), "conference");
});

test("a call that is only being dialled is doing nothing yet", () => {
  const [dialTone] = records("Q2");
  assert.ok(dialTone?.kind === "Detail");
  assert.equal(kindOf(dialTone), null);
});

test("the running event ends now for who asks now", () => {
  const story = play([["Q1", 0, 2]]);
  const call = story.model.calls()[0];
  assert.ok(call !== undefined);
  const running = story.events.running(call, 1_500);
  assert.equal(running?.kind, "talking");
  assert.equal(running?.fromMs, 1_000);
  assert.equal(running?.toMs, 1_500);
  assert.deepEqual(
    story.events.finishedSince(call, 0).map(({ kind }) => kind),
    ["ringing"],
  );
  assert.deepEqual(story.events.finishedSince(call, 1_001), []);
});

test("event identifiers count up within a call; an ended call's are forgotten", () => {
  const story = play([
    ["Q1", 0, 2],
    ["Q3", 0],
  ]);
  const call = story.model.calls()[0];
  assert.ok(call !== undefined);
  assert.deepEqual(
    story.events.finishedSince(call, 0).map(({ eventId }) => eventId),
    ["c0a80a01-31-1", "c0a80a01-31-2", "c0a80a01-31-3"],
  );
  story.events.ended(call);
  assert.deepEqual(story.events.finishedSince(call, 0), []);
  assert.equal(story.events.running(call, 9_000), null);
});

test("of a call without end the last 1,000 events are kept", () => {
  const story = play([["Q1", 1, 2]]);
  const [hold, retrieve] = records("Q3");
  assert.ok(hold !== undefined && retrieve !== undefined);
  for (let round = 0; round < 600; round += 1) story.tell([hold, retrieve], 10);
  const call = story.model.calls()[0];
  assert.ok(call !== undefined);
  const kept = story.events.finishedSince(call, 0);
  assert.equal(kept.length, 1_000);
  assert.equal(kept.at(-1)?.eventId, "c0a80a01-31-1200");
});
