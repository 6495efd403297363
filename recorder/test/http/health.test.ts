// /healthz, /readyz and /metrics: for everybody, without a key.
import assert from "node:assert/strict";
import { test } from "node:test";
import { READY, Site } from "./fakes.ts";

test("healthz: the process lives", async (context) => {
  const site = await Site.open(context);
  const { status, body } = await site.ask("GET", "/healthz", null);
  assert.deepEqual([status, body], [200, { status: "ok" }]);
});

test("readyz: 200 when calls can be taken, else 503, with the details", async (context) => {
  const site = await Site.open(context);
  const ready = await site.ask("GET", "/readyz", null);
  assert.deepEqual([ready.status, ready.body], [200, READY]);
  site.api.ready = { ...READY, isReady: false, sip: "not bound" };
  const unready = await site.ask("GET", "/readyz", null);
  assert.deepEqual([unready.status, unready.body], [503, site.api.ready]);
});

test("metrics: Prometheus text, every metric, also those at zero", async (context) => {
  const site = await Site.open(context);
  site.api.metrics.increment("recordings_total", 3);
  site.api.metrics.set("recordings_open", 2);
  const response = await site.server.app.inject({ url: "/metrics" });
  assert.equal(response.statusCode, 200);
  assert.match(String(response.headers["content-type"]), /^text\/plain; version=0\.0\.4/);
  const text = response.body;
  assert.match(text, /^# HELP tapeline_recordings_total Recordings ended$/m);
  assert.match(text, /^# TYPE tapeline_recordings_total counter$/m);
  assert.match(text, /^tapeline_recordings_total 3$/m);
  assert.match(text, /^# TYPE tapeline_recordings_open gauge$/m);
  assert.match(text, /^tapeline_recordings_open 2$/m);
  for (const { name } of site.api.metrics.list()) {
    assert.match(text, new RegExp(`^tapeline_${name} \\d`, "m"));
  }
});
