// `bench --listen` on a small scale: its document, and that nothing is lost. No figure of time is
// judged: machines differ.
import assert from "node:assert/strict";
import { test } from "node:test";
import { bucketsOf, latencyQuantile } from "../../src/bench/latency-buckets.ts";
import { listenBench } from "../../src/bench/listen-bench.ts";

test("R5 four listeners of three calls hear every frame, and how late it was is known", async () => {
  const { figures, problems } = await listenBench({ calls: 3, listeners: 4, seconds: 2 });
  // A busy machine may be slow, which is told; nothing else may be told.
  assert.deepEqual(
    problems.filter((problem) => !problem.startsWith("p99")),
    [],
  );
  assert.deepEqual(Object.keys(figures), [
    "calls",
    "listeners",
    "seconds",
    "arrivalToSentMs",
    "arrivalToHeardMs",
    "framesMeasured",
    "framesHeard",
    "framesDropped",
    "framesLost",
    "rssBytes",
  ]);
  assert.ok(figures.framesMeasured >= 4 * 50);
  assert.ok(figures.arrivalToSentMs.p50 > 0);
  assert.ok(figures.arrivalToSentMs.p50 <= figures.arrivalToSentMs.p99);
  assert.ok(figures.arrivalToHeardMs.p50 <= figures.arrivalToHeardMs.max);
  assert.equal(figures.framesDropped, 0);
  assert.equal(figures.framesLost, 0);
});

test("quantiles lie within their bucket by its share; beyond the last bound there is only that", () => {
  const name = "tapeline_listener_latency_milliseconds_bucket";
  const text = `x 1\n${name}{le="1"} 10\n${name}{le="3"} 90\n${name}{le="+Inf"} 100\n`;
  const buckets = bucketsOf(text);
  assert.deepEqual(buckets, [
    { boundMs: 1, count: 10 },
    { boundMs: 3, count: 90 },
    { boundMs: Infinity, count: 100 },
  ]);
  assert.equal(latencyQuantile(buckets, 0.5), 2);
  assert.equal(latencyQuantile(buckets, 0.05), 0.5);
  assert.equal(latencyQuantile(buckets, 0.99), 3);
  assert.equal(latencyQuantile([], 0.5), 0);
});
