// Counters and gauges by name.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LATENCY_BOUNDS_MS, Metrics } from "../src/metrics.ts";

test("counters count, gauges show the last value, both begin at zero", () => {
  const metrics = new Metrics();
  assert.equal(metrics.get("recordings_total"), 0);
  metrics.increment("recordings_total");
  metrics.increment("recordings_total", 4);
  metrics.set("recordings_open", 7);
  metrics.set("recordings_open", 3);
  assert.equal(metrics.get("recordings_total"), 5);
  assert.equal(metrics.get("recordings_open"), 3);
});

test("the list holds every metric with its help; names follow Prometheus", () => {
  const list = new Metrics().list();
  assert.equal(new Set(list.map(({ name }) => name)).size, list.length);
  for (const { name, help, value } of list) {
    assert.match(name, /^[a-z][a-z0-9_]*$/);
    assert.ok(help.length > 5, name);
    assert.equal(value, 0);
  }
});

test("a histogram counts each value below its bound, and sums them up", () => {
  const metrics = new Metrics();
  for (const value of [0, 0.25, 0.3, 39, 40, 9_999]) {
    metrics.observe("listener_latency_milliseconds", value);
  }
  const [histogram] = metrics.histograms();
  assert.equal(histogram?.counts.length, LATENCY_BOUNDS_MS.length + 1);
  const counted = histogram.counts.flatMap((count, index) =>
    count === 0 ? [] : [[LATENCY_BOUNDS_MS[index] ?? Infinity, count]],
  );
  assert.deepEqual(counted, [
    [0.25, 2],
    [0.5, 1],
    [40, 2],
    [Infinity, 1],
  ]);
  assert.equal(histogram.sum, 0.25 + 0.3 + 39 + 40 + 9_999);
});
