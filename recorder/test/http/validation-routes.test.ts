// Dropping what a network's validation left: all of it, audited one by one, and nothing else.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ROW, Site } from "./fakes.ts";
import { fullApi } from "./full-api.ts";

const PATH = "/api/v1/validation-recordings";

test("DELETE validation-recordings erases those of a validation, no other, each audited", async (context) => {
  const site = await Site.open(context, fullApi);
  site.api.rows = [
    ROW,
    { ...ROW, recordingKey: "key-v1", purpose: "validation" },
    { ...ROW, recordingKey: "key-v2", purpose: "validation" },
  ];
  const { status, body } = await site.ask("DELETE", PATH, "manager");
  assert.deepEqual([status, body], [200, { dropped: 2, left: [] }]);
  const deeds = site.api.deeds().join("\n");
  for (const key of ["key-v1", "key-v2"]) assert.ok(deeds.includes(key), deeds);
  assert.ok(!deeds.includes("key-1"), deeds);
});

test("a key whose scope does not hold them drops none", async (context) => {
  const site = await Site.open(context, fullApi);
  site.api.rows = [{ ...ROW, extension: null, purpose: "validation" }];
  const { body } = await site.ask("DELETE", PATH, await site.scoped("administrator"));
  assert.deepEqual(body, { dropped: 0, left: [] });
});
