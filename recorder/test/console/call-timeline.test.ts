// The parts of a call on one axis: every span in its place, holds no faults; silence that a player
// may skip; moments in addresses.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { RecordingDetail } from "../../console/src/api/types.ts";
import { callTimeline, momentsOf } from "../../console/src/recordings/call-timeline.ts";
import { fragmentOf, secondIn } from "../../console/src/recordings/moment-link.ts";
import { silencesOf, skipFrom } from "../../console/src/recordings/silence.ts";
import { visibleRows } from "../../console/src/pieces/visible-rows.ts";
import { matchPath } from "../../console/src/shell/match-path.ts";
import { foundRow, recordingBody } from "../../src/http/recording-view.ts";
import { ROW } from "../http/fakes.ts";

const START = 1_795_366_800_000;

function part(number: number, fromMs: number, lengthMs: number): RecordingDetail {
  const row = {
    ...ROW,
    recordingKey: `key-${number}`,
    part: number,
    startTimeMs: START + fromMs,
    samples: lengthMs * 8,
  };
  const nothing = { eventId: null, sha256: null, events: [], pauses: [], gaps: [] };
  return { ...recordingBody(foundRow(row), "recorder-1"), ...nothing };
}

const event = (kind: string, fromMs: number, toMs: number) => ({
  eventId: `${kind}-${fromMs}`,
  kind,
  fromSample: fromMs * 8,
  toSample: toMs * 8,
  parties: ["2001"],
});

test("parts lie one after the other in the order of time, whatever order they came in", () => {
  const { fromMs, lengthMs, lanes } = callTimeline([part(2, 6_000, 4_000), part(1, 0, 5_000)]);
  assert.deepEqual([fromMs, lengthMs], [START, 10_000]);
  assert.deepEqual(
    lanes.map(({ part: number, from, share }) => [number, from, share]),
    [
      [1, 0, 0.5],
      [2, 0.6, 0.4],
    ],
  );
});

test("holds, pauses and gaps lie where their samples are; a hold without RTP is no gap", () => {
  const one: RecordingDetail = {
    ...part(1, 0, 10_000),
    events: [event("talking", 0, 4_000), event("held", 4_000, 6_000), event("ringing", 0, 0)],
    gaps: [
      { fromSample: 4_000 * 8, samples: 2_000 * 8, cause: "hold" },
      { fromSample: 8_000 * 8, samples: 500 * 8, cause: "loss" },
    ],
    pauses: [{ fromSample: 9_000 * 8, toSample: null, by: "Ann", via: "dashboard" }],
  };
  const [lane] = callTimeline([one]).lanes;
  assert.ok(lane);
  const seen = lane.spans.map(({ kind, from, share, text }) => [kind, from, share, text]);
  assert.deepEqual(seen, [
    ["talking", 0, 0.4, "Talking"],
    ["held", 0.4, 0.2, "On hold"],
    ["waiting", 0, 0.0005, "Ringing"],
    ["gap", 0.8, 0.05, "Packets lost"],
    ["paused", 0.9, 0.1, "Paused by Ann"],
  ]);
  const told = momentsOf(lane).map(({ text }) => text);
  assert.deepEqual(told.slice(2), ["On hold", "Packets lost", "Paused by Ann"]);
});

test("a call of one empty part has an axis all the same", () => {
  const { lanes, lengthMs } = callTimeline([part(1, 0, 0)]);
  assert.equal(lengthMs, 1);
  assert.ok(lanes.every(({ from, share }) => Number.isFinite(from) && Number.isFinite(share)));
  assert.deepEqual(callTimeline([]).lanes, []);
});

test("silence of more than 1.2 s is skipped to just before the next word, and so is fill", () => {
  const windowSamples = 800;
  const peaks = [...Array(10).fill(90), ...Array(30).fill(2), ...Array(10).fill(90)] as number[];
  const samples = peaks.length * windowSamples;
  const silences = silencesOf({ peaks, windowSamples, samples });
  assert.deepEqual(silences, [{ from: 1, to: 4 }]);
  assert.equal(skipFrom(silences, 0.9), null);
  assert.equal(skipFrom(silences, 1.1), null, "the end of a word");
  assert.equal(skipFrom(silences, 1.3), 3.75);
  assert.equal(skipFrom(silences, 3.8), null, "no second jump on the spot");
  const fill = silencesOf({ peaks, windowSamples, samples }, [{ fromSample: 0, toSample: 8_000 }]);
  assert.deepEqual(fill, [{ from: 0, to: 4 }]);
  assert.deepEqual(silencesOf({ peaks: [0, 0], windowSamples, samples: 1_600 }), []);
});

test("a skip always goes forward, and never beyond the silence", () => {
  const waveform = fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 200 });
  fc.assert(
    fc.property(waveform, fc.double({ min: 0, max: 40, noNaN: true }), (peaks, second) => {
      const silences = silencesOf({ peaks, windowSamples: 1_600, samples: peaks.length * 1_600 });
      const to = skipFrom(silences, second);
      assert.ok(to === null || to > second);
      assert.ok(to === null || silences.some((one) => to > one.from && to < one.to));
    }),
  );
});

test("a moment's link says its second again; anything else is no moment", () => {
  assert.equal(secondIn("t=83.5"), 83.5);
  assert.equal(secondIn("t=1:23"), 83);
  assert.equal(secondIn("t=1:00:01"), 3_601);
  for (const text of ["", "t=", "t=1:2:3:4", "t=-1", "x=1", "t=1..5"]) {
    assert.equal(secondIn(text), null, text);
  }
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1e6, noNaN: true }), (second) => {
      assert.ok(Math.abs((secondIn(fragmentOf(second)) ?? -1) - second) <= 0.05 + 1e-9);
    }),
  );
});

test("of 10,000 rows only those near the screen exist", () => {
  const screen = { rowCount: 10_000, rowHeight: 52, screenHeight: 900 };
  assert.deepEqual(visibleRows({ ...screen, scrolledBy: -300 }), { from: 0, to: 24 });
  assert.deepEqual(visibleRows({ ...screen, scrolledBy: 52 * 5_000 }), { from: 4_988, to: 5_030 });
  assert.deepEqual(visibleRows({ ...screen, scrolledBy: 1e9 }), { from: 10_000, to: 10_000 });
  assert.deepEqual(visibleRows({ ...screen, rowCount: 0, scrolledBy: 0 }), { from: 0, to: 0 });
});

test("addresses: parameters are decoded, and what does not fit is no page", () => {
  assert.deepEqual(matchPath("/recordings/:key", "/recordings/a%2Fb"), { key: "a/b" });
  assert.deepEqual(matchPath("/", "/"), {});
  assert.deepEqual(matchPath("/recordings", "/recordings/"), {});
  assert.equal(matchPath("/recordings/:key", "/recordings"), null);
  assert.equal(matchPath("/recordings/:key", "/recordings/%zz"), null);
  assert.equal(matchPath("/a", "/b"), null);
});
