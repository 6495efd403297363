// The waveform: the loudest sample of each window, of every window, whatever the length; and the
// audit's word for audio that is played in a page.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { RecordedAudio } from "../../src/http/api.ts";
import { PEAK_MOST, waveformOf, WINDOW_LEAST_SAMPLES } from "../../src/http/waveform.ts";
import { audioOf, ROW, Site, VIEW } from "./fakes.ts";

const URL_1 = "/api/v1/recordings/key-1/waveform";

function audioWith(values: Int16Array): RecordedAudio {
  return {
    ...audioOf(values.length),
    readSamples: (from, to) => Promise.resolve(values.slice(from, to)),
  };
}

test("each peak is the loudest sample of its window, of either sign", async () => {
  const values = new Int16Array(4 * WINDOW_LEAST_SAMPLES);
  values[10] = 16_384;
  values[WINDOW_LEAST_SAMPLES] = -32_768;
  values[4 * WINDOW_LEAST_SAMPLES - 1] = 128;
  const waveform = await waveformOf(audioWith(values), 4);
  assert.deepEqual(waveform, {
    samples: values.length,
    windowSamples: WINDOW_LEAST_SAMPLES,
    peaks: [128, PEAK_MOST, 0, 1],
  });
});

test("windows cover every sample, once, and are never more than asked for", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 1_000_000 }),
      fc.integer({ min: 1, max: 5_000 }),
      async (samples, points) => {
        const loud = { ...audioOf(samples) };
        loud.readSamples = (from, to) => Promise.resolve(new Int16Array(to - from).fill(32_767));
        const { peaks, windowSamples } = await waveformOf(loud, points);
        assert.ok(peaks.length <= points);
        assert.ok(windowSamples >= WINDOW_LEAST_SAMPLES);
        assert.equal(peaks.length, Math.ceil(samples / windowSamples));
        assert.ok(peaks.every((peak) => peak === PEAK_MOST));
      },
    ),
    { numRuns: 30 },
  );
});

test("a recording's waveform over HTTP, closed again; 409 while it goes on, 404 without audio", async (context) => {
  const site = await Site.open(context);
  site.api.rows = [ROW];
  let closed = 0;
  site.api.audio = () => ({ ...audioOf(1_600), close: () => Promise.resolve(void (closed += 1)) });
  const { status, body } = await site.ask("GET", `${URL_1}?points=5`);
  assert.equal(status, 200);
  assert.deepEqual(body, { samples: 1_600, windowSamples: 320, peaks: [2, 5, 7, 10, 12] });
  assert.equal(closed, 1);
  site.api.audio = () => null;
  assert.equal((await site.refusal("GET", URL_1))[0], 404);
  assert.deepEqual((await site.refusal("GET", `${URL_1}?points=0`)).slice(0, 2), [
    400,
    "bad-query",
  ]);
  site.api.active = [VIEW];
  const live = "/api/v1/recordings/key-live/waveform";
  assert.deepEqual((await site.refusal("GET", live)).slice(0, 2), [409, "still-recording"]);
  assert.equal((await site.refusal("GET", live, "agent"))[0], 403);
});

test("audio that is played in a page is in the audit as played, other audio as exported", async (context) => {
  const site = await Site.open(context);
  site.api.rows = [ROW];
  await site.ask("GET", "/api/v1/recordings/key-1/audio?format=wav&use=play");
  await site.ask("GET", "/api/v1/recordings/key-1/audio?format=wav");
  await site.ask("GET", "/api/v1/calls/call-1/audio?use=play");
  assert.deepEqual(site.api.deeds(), ["play key-1 ok", "export key-1 ok", "play call-1 ok"]);
});

test("a search tells how many there are in all where it is asked to", async (context) => {
  const site = await Site.open(context);
  site.api.rows = [ROW, { ...ROW, recordingKey: "key-2" }];
  const { body } = await site.ask("GET", "/api/v1/recordings?total=true&limit=1&text=ann");
  assert.equal((body as { readonly total: number }).total, 2);
  assert.equal(site.api.queries[0]?.text, "ann");
  const without = await site.ask("GET", "/api/v1/recordings?limit=1");
  assert.ok(!("total" in (without.body as object)));
});
