// The timeline of a run, and the loss plot of a recording.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Timeline } from "../../src/index.ts";
import { lossOf } from "../../src/html/loss.ts";
import { renderTimeline } from "../../src/html/timeline.ts";
import { aTrack, someEvidence } from "../suite-builder.ts";

const timeline: Timeline = {
  endMs: 60_000,
  lanes: [
    {
      name: "2001",
      spans: [
        { fromMs: 0, toMs: 3_000, kind: "ringing", label: "" },
        { fromMs: 3_000, toMs: 60_000, kind: "talking", label: "" },
      ],
    },
    {
      name: "● 2001",
      spans: [
        { fromMs: 15_000, toMs: 30_000, kind: "pause", label: "paused" },
        { fromMs: 3_000, toMs: 60_000, kind: "recorded", label: "leg 1" },
      ],
    },
    { name: "Faults", spans: [{ fromMs: 6_000, toMs: 12_000, kind: "fault", label: "<loss>" }] },
  ],
  series: [
    {
      name: "VCM channels",
      unit: "channels",
      lines: [
        {
          name: "in use",
          points: [
            [0, 1],
            [30_000, 2],
          ],
        },
      ],
      limit: 4,
    },
  ],
};

test("spans stand at their times, a pause lies on its recording, what was broken comes first", () => {
  const html = renderTimeline(someEvidence({ timeline }));
  assert.match(html, /<rect class="k-ringing" x="0%" width="5%"/);
  assert.match(html, /<rect class="k-pause" x="25%" width="25%"/);
  assert.ok(html.indexOf('class="k-recorded"') < html.indexOf('class="k-pause"'));
  assert.ok(html.indexOf("<span>Faults") < html.indexOf("<span>2001"));
  assert.match(html, /<title>&lt;loss&gt;, 6\.000–12\.000 s<\/title>/);
  assert.equal(html.match(/class="band" x="10%" width="10%"/g)?.length, 4, "in every row");
});

test("a figure over time holds until the next; its limit is drawn when it is near", () => {
  const html = renderTimeline(someEvidence({ timeline }));
  assert.match(html, /class="area" d="M0 100V76.9H500V53.7H1000V100z"/);
  assert.match(html, /class="limit"/);
  assert.match(html, /at most 2 of 4 channels/);
  const [vcm] = timeline.series;
  assert.ok(vcm);
  const far = { ...timeline, series: [{ ...vcm, limit: 400 }] };
  const flat = renderTimeline(someEvidence({ timeline: far }));
  assert.doesNotMatch(flat, /class="limit"/);
  assert.match(flat, /at most 2 of 400 channels/);
});

test("hundreds of rows: some are drawn, the rest counted, faults never left out", () => {
  const parties = Array.from({ length: 200 }, (_, at) => ({ name: `3${at}`, spans: [] }));
  const crowd = { ...timeline, lanes: [...parties, ...timeline.lanes] };
  const html = renderTimeline(someEvidence({ timeline: crowd }));
  assert.match(html, /163 more rows not drawn/);
  assert.match(html, /<span>Faults/);
});

test("no timeline, or one without length, draws nothing", () => {
  assert.equal(renderTimeline(someEvidence()), "");
  assert.equal(renderTimeline(someEvidence({ timeline: { ...timeline, endMs: 0 } })), "");
});

test("loss is what gaps filled, each part in its column; pause and hold are none", () => {
  const { ratios, share, worst, columnMs } = lossOf(aTrack(), 120);
  assert.equal(ratios.length, 120);
  assert.equal(columnMs, 500);
  assert.equal(share, 4_000 / 480_000);
  assert.equal(worst, 1);
  assert.deepEqual(
    ratios.flatMap((ratio, column) => (ratio > 0 ? [column] : [])),
    [75],
  );
});

test("a gap over two columns is shared; one beyond the end is cut; no audio has no loss", () => {
  const gap = { fromSample: 7_000, toSample: 9_000, kind: "gap", label: "loss" } as const;
  const audio = new Uint8Array(16_000);
  assert.deepEqual(lossOf(aTrack({ audio, spans: [gap] }), 2).ratios, [0.125, 0.125]);
  const late = { ...gap, fromSample: 15_000, toSample: 99_000 };
  assert.equal(lossOf(aTrack({ audio, spans: [late] }), 2).share, 1 / 16);
  const { share, worst } = lossOf(aTrack({ audio: new Uint8Array(0), spans: [gap] }), 2);
  assert.deepEqual([share, worst], [0, 0]);
});
