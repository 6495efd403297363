// Counters and gauges by name.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Metrics } from "../src/metrics.ts";

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
