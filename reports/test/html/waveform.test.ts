// The waveform figure: peaks, spans at their samples, lanes for talkers, axis and legend.
import assert from "node:assert/strict";
import { test } from "node:test";
import { axisSteps, clockTime } from "../../src/html/axis.ts";
import { renderWaveform } from "../../src/html/waveform.ts";
import { aTrack } from "../suite-builder.ts";

const limits = { peaks: 1_200, spans: 100 };

test("the path has one stroke a column, at most as many as the limit", () => {
  const html = renderWaveform(aTrack(), limits);
  const path = /class="pcm" d="([^"]*)"/.exec(html)?.[1] ?? "";
  assert.equal(path.match(/m/g)?.length, 1_200);
  assert.doesNotMatch(path, /NaN|undefined/);
  assert.match(html, /viewBox="0 0 1200 /);
});

test("a paused span is shaded at its samples and named in the legend", () => {
  const spans = [
    { fromSample: 120_000, toSample: 240_000, kind: "pause", label: "by api" },
  ] as const;
  const html = renderWaveform(aTrack({ spans }), limits);
  assert.match(html, /<rect class="pause " x="25%" width="25%"/);
  assert.match(html, /<title>paused: by api \(15\.000–30\.000 s, samples 120000–240000\)<\/title>/);
  assert.match(html, /<i class="key pause"><\/i>paused 15\.000 s/);
});

test("each talker has a lane; beyond four they share the last", () => {
  const spans = Array.from({ length: 6 }, (_, index) => {
    return { fromSample: 0, toSample: 8_000, kind: "talking", label: `20${index}` } as const;
  });
  const html = renderWaveform(aTrack({ spans }), limits);
  assert.equal(html.match(/<rect class="talking t3"/g)?.length, 3);
  assert.match(html, /<i class="key talking t0"><\/i>200</);
});

test("spans beyond the audio are cut to it, labels are escaped, too many spans are counted", () => {
  const spans = [
    { fromSample: -5, toSample: 900_000, kind: "held", label: "<b>" },
    { fromSample: 0, toSample: 1, kind: "other", label: "x" },
    { fromSample: 0, toSample: 1, kind: "other", label: "y" },
  ] as const;
  const html = renderWaveform(aTrack({ spans }), { peaks: 10, spans: 2 });
  assert.match(html, /<rect class="held " x="0%" width="100%"/);
  assert.match(html, /held: &lt;b&gt;/);
  assert.match(html, /1 more span not drawn/);
});

test("no audio is said in words", () => {
  assert.match(renderWaveform(aTrack({ audio: new Uint8Array(0) }), limits), /No audio/);
});

test("silence and very short audio have an axis too", () => {
  const html = renderWaveform(aTrack({ audio: new Uint8Array(40).fill(0xff), spans: [] }), limits);
  assert.match(html, />0:00</);
  assert.doesNotMatch(html, /NaN|Infinity/);
});

test("times on the axis", () => {
  assert.deepEqual(axisSteps(61), [0, 15, 30, 45, 60]);
  assert.deepEqual(axisSteps(0), [0]);
  assert.equal(clockTime(0), "0:00");
  assert.equal(clockTime(0.25), "0:00.3");
  assert.equal(clockTime(59.99), "1:00");
  assert.equal(clockTime(3_750), "1:02:30");
});
