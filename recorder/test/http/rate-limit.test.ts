// How often one asker may ask: 429 and the time to wait (RFC 6585 §4).
import assert from "node:assert/strict";
import { test } from "node:test";
import { FAILURES_PER_MINUTE } from "../../src/http/authorise.ts";
import { MAXIMUM_BUCKETS, RateLimit } from "../../src/http/rate-limit.ts";
import { TestClock } from "../sip/fake-ports.ts";
import { Site } from "./fakes.ts";

test("a minute's requests at once, then as they come back", () => {
  const clock = new TestClock();
  const limit = new RateLimit(60, clock);
  for (let count = 0; count < 60; count += 1) assert.equal(limit.take("a"), null);
  assert.equal(limit.take("a"), 1);
  assert.equal(limit.take("b"), null);
  clock.advance(1_000);
  assert.equal(limit.take("a"), null);
  assert.equal(limit.take("a"), 1);
  const slow = new RateLimit(1, clock);
  assert.equal(slow.take("a"), null);
  assert.equal(slow.take("a"), 60);
});

test("askers that asked longest ago are forgotten", () => {
  const limit = new RateLimit(1, new TestClock());
  for (let count = 0; count <= MAXIMUM_BUCKETS; count += 1) limit.take(String(count));
  assert.equal(limit.take("0"), null, "forgotten, so that it starts anew");
  assert.notEqual(limit.take(String(MAXIMUM_BUCKETS)), null);
});

test("a key that asks too often gets 429 with Retry-After; others go on", async (context) => {
  const site = await Site.open(context, (api) => {
    api.settings = { ...api.settings, requestsPerMinute: 3 };
  });
  for (let count = 0; count < 3; count += 1) {
    assert.equal((await site.ask("GET", "/api/v1/work")).status, 200);
  }
  const refused = await site.refusal("GET", "/api/v1/work");
  assert.deepEqual(refused, [429, "too-many-requests", "authorization"]);
  const { response } = await site.ask("GET", "/api/v1/work");
  assert.equal(response.headers["retry-after"], "20");
  assert.equal((await site.ask("GET", "/api/v1/work", "manager")).status, 200);
  assert.equal((await site.ask("GET", "/healthz", null)).status, 200);
  assert.equal(site.api.metrics.get("http_requests_limited_total"), 2);
  site.clock.advance(20_000);
  assert.equal((await site.ask("GET", "/api/v1/work")).status, 200);
});

test("an address that tries keys gets 429; a good key goes on", async (context) => {
  const site = await Site.open(context);
  const guess = async () => (await site.ask("GET", "/api/v1/work", { token: "guess" })).status;
  for (let count = 0; count < FAILURES_PER_MINUTE; count += 1) assert.equal(await guess(), 401);
  assert.equal(await guess(), 429);
  assert.equal((await site.ask("GET", "/api/v1/work")).status, 200);
});
