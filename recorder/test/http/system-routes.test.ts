// The System page's figures over HTTP: links and load now, peaks with their times, the history.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Site } from "./fakes.ts";
import { fullApi } from "./full-api.ts";

test("R16: load now, peak and limit; packets and what was lost of them", async (context) => {
  const site = await Site.open(context, fullApi);
  site.api.metrics.set("rtp_packets_received_total", 990);
  site.api.metrics.increment("rtp_packets_lost_total", 10);
  const { status, body } = await site.ask("GET", "/api/v1/system");
  assert.equal(status, 200);
  const system = body as Record<string, Record<string, unknown>>;
  assert.deepEqual(system["load"]?.["vcm"], {
    ...{ now: 5, limit: 32 },
    peak: { value: 9, at: "2026-11-22T16:58:20.000Z" },
  });
  assert.equal(system["packets"]?.["lossRatio"], 0.01);
  assert.equal(system["alarms"], 1);
  assert.equal((await site.ask("GET", "/api/v1/system", "agent")).status, 403);
});

test("the history is given column by column; a recorder that keeps none has no such route", async (context) => {
  const site = await Site.open(context, fullApi);
  const { body } = await site.ask("GET", "/api/v1/system/history?span=day");
  const { span, widthMs, points } = body as {
    span: string;
    widthMs: number;
    points: Record<string, number[]>;
  };
  assert.deepEqual([span, widthMs, points["vcmChannels"]], ["day", 300_000, [5]]);
  const bad = await site.refusal("GET", "/api/v1/system/history?span=week");
  assert.deepEqual(bad, [400, "bad-query", "span"]);
  const bare = await Site.open(context);
  assert.equal((await bare.ask("GET", "/api/v1/system/history")).status, 404);
  const { body: system } = await bare.ask("GET", "/api/v1/system");
  assert.equal((system as { load: unknown }).load, null);
});
