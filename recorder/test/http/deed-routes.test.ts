// What changes something: legal hold and deletion, rules, keys, log filters; each in the audit.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { RuleReplacement } from "../../src/rules-contract.ts";
import { ROW, Site } from "./fakes.ts";
import { type FakeStorage, fullApi, MONITOR, RULE_SET } from "./full-api.ts";

const KEY_1 = "/api/v1/recordings/key-1";

test("hold, release and deletion ask the storage, and are audited", async (context) => {
  const site = await Site.open(context, fullApi);
  const storage = site.api.storage as FakeStorage;
  const held = await site.ask("PUT", `${KEY_1}/hold`, "manager", { reason: "court" });
  assert.deepEqual([held.status, held.body], [200, { result: "ok" }]);
  await site.ask("DELETE", `${KEY_1}/hold`, "manager");
  await site.ask("DELETE", `${KEY_1}?reason=erasure%20request`, "manager");
  assert.deepEqual(storage.deeds, [
    "hold key-1 manager's: court",
    "release key-1 manager's",
    "erase key-1 manager's: erasure request",
  ]);
  assert.deepEqual(site.api.deeds(), [
    "hold key-1 ok",
    "release-hold key-1 ok",
    "delete key-1 begun",
    "delete key-1 ok",
  ]);
  assert.equal(site.api.audited[0]?.detail, "court");
  const bare = await site.refusal("PUT", `${KEY_1}/hold`, "manager", {});
  assert.deepEqual(bare, [400, "bad-body", "reason"]);
});

test("what the storage refuses is 409 with its reason; it is audited too", async (context) => {
  const site = await Site.open(context, fullApi);
  const storage = site.api.storage as FakeStorage;
  for (const code of ["held", "kept", "in-progress", "drive-failed"] as const) {
    storage.answer = { ok: false, code, detail: "since yesterday" };
    assert.deepEqual(await site.refusal("DELETE", KEY_1, "manager"), [409, code, KEY_1]);
  }
  storage.answer = { ok: false, code: "not-found", detail: "" };
  assert.deepEqual(await site.refusal("DELETE", KEY_1, "manager"), [404, "not-found", KEY_1]);
  assert.deepEqual(site.api.deeds().slice(-2), ["delete key-1 begun", "delete key-1 not-found"]);
  assert.equal((await site.ask("DELETE", KEY_1, "supervisor")).status, 403);
});

test("what is outside of the scope is neither held nor deleted nor verified", async (context) => {
  const site = await Site.open(context, fullApi);
  const who = await site.scoped("manager", "2002");
  for (const [method, path, payload] of [
    ["DELETE", KEY_1, undefined],
    ["PUT", `${KEY_1}/hold`, { reason: "x" }],
    ["GET", `${KEY_1}/hold`, undefined],
    ["DELETE", `${KEY_1}/hold`, undefined],
    ["POST", `${KEY_1}/verify`, undefined],
  ] as const) {
    assert.deepEqual(await site.refusal(method, path, who, payload), [404, "not-found", path]);
  }
  assert.deepEqual((site.api.storage as FakeStorage).deeds, []);
});

test("rules: replaced as a whole; every problem is told; a conflict is 409", async (context) => {
  const site = await Site.open(context, fullApi);
  const { rules } = site.api;
  assert.ok(rules !== null);
  const asked: unknown[] = [];
  let answer: RuleReplacement = { ok: true, view: RULE_SET };
  rules.replace = (given, about) => {
    asked.push([given, about]);
    return Promise.resolve(answer);
  };
  const list = [{ title: "Sales", kind: "group", record: true }];
  const put = { rules: list, expectedRevision: 2 };
  const done = await site.ask("PUT", "/api/v1/rules", "manager", put);
  assert.deepEqual([done.status, done.body], [200, RULE_SET]);
  assert.deepEqual(asked, [[list, { by: "manager's", expectedRevision: 2 }]]);
  const problem = { path: "rules[0].kind", detail: "is unknown", remedy: "Use group." };
  answer = { ok: false, code: "invalid", problems: [problem, { ...problem, path: "rules[1]" }] };
  const bad = await site.ask("PUT", "/api/v1/rules", "manager", { rules: list });
  assert.deepEqual(bad.body, {
    error: {
      code: "bad-rules",
      path: "rules[0].kind",
      remedy: "is unknown. Use group. rules[1] is unknown. Use group.",
      problems: [problem, { ...problem, path: "rules[1]" }],
    },
  });
  answer = { ok: false, code: "conflict", view: RULE_SET };
  const conflict = await site.refusal("PUT", "/api/v1/rules", "manager", put);
  assert.deepEqual(conflict, [409, "conflict", "expectedRevision"]);
  assert.deepEqual(site.api.deeds(), [
    "rules rules ok",
    "rules rules invalid",
    "rules rules conflict",
  ]);
});

test("rules: If-Match names the revision that was read, else 412 (RFC 9110 §13.1.1)", async (context) => {
  const site = await Site.open(context, fullApi);
  const { rules } = site.api;
  assert.ok(rules !== null);
  const read = await site.ask("GET", "/api/v1/rules", "supervisor");
  assert.equal(read.response.headers["etag"], '"3"');
  const asked: unknown[] = [];
  rules.replace = (_given, { expectedRevision = null }) => {
    asked.push(expectedRevision);
    return Promise.resolve({ ok: false, code: "conflict", view: RULE_SET });
  };
  const put = async (match: string) => {
    const { statusCode, body } = await site.server.app.inject({
      method: "PUT",
      url: "/api/v1/rules",
      headers: { ...site.headers("manager"), "if-match": match },
      payload: { rules: [] },
    });
    const { error } = JSON.parse(body) as { error: { code: string; path: string } };
    return [statusCode, error.code, error.path];
  };
  assert.deepEqual(await put('"2"'), [412, "conflict", "if-match"]);
  assert.deepEqual(await put("*"), [409, "conflict", "expectedRevision"]);
  assert.deepEqual(await put('W/"2"'), [400, "bad-header", "if-match"]);
  assert.deepEqual(asked, [2, null]);
});

test("keys: made with a scope, shown once, listed without secrets, taken back", async (context) => {
  const site = await Site.open(context);
  const wanted = { name: "Eve", role: "supervisor", extensions: ["2001"] };
  const made = await site.ask("POST", "/api/v1/keys", "administrator", wanted);
  const { key, id, ...rest } = made.body as { key: string; id: string };
  assert.equal(made.status, 201);
  assert.deepEqual({ ...rest, createdAt: "" }, { ...wanted, createdAt: "" });
  assert.equal((await site.ask("GET", "/api/v1/work", { token: key })).status, 200);
  const listed = await site.ask("GET", "/api/v1/keys", "administrator");
  assert.equal((listed.body as { keys: unknown[] }).keys.length, 5);
  assert.ok(!/hash|tapeline_/.test(listed.response.body));
  const gone = await site.ask("DELETE", `/api/v1/keys/${id}`, "administrator");
  assert.equal(gone.status, 200);
  assert.equal((await site.ask("GET", "/api/v1/work", { token: key })).status, 401);
  const url = `/api/v1/keys/${id}`;
  assert.deepEqual(await site.refusal("DELETE", url, "administrator"), [404, "not-found", url]);
  assert.deepEqual(site.api.deeds(), [
    `key-create ${id} ok`,
    `key-revoke ${id} ok`,
    `key-revoke ${id} not-found`,
  ]);
  const king = { name: "Eve", role: "king" };
  const bad = await site.refusal("POST", "/api/v1/keys", "administrator", king);
  assert.deepEqual(bad, [400, "bad-body", "role"]);
});

test("the monitor shows a scoped key its own calls only", async (context) => {
  const site = await Site.open(context, fullApi);
  assert.deepEqual((await site.ask("GET", "/api/v1/monitor")).body, MONITOR);
  const who = await site.scoped("supervisor", "2002");
  const { body } = await site.ask("GET", "/api/v1/monitor", who);
  assert.deepEqual(body, { ...MONITOR, record: [] });
});

test("sizing: the numbers of `testbed size`; what cannot be used is 400 (R16)", async (context) => {
  const site = await Site.open(context);
  const url = "/api/v1/sizing?calls=40&recordings=30&queued=10";
  const { status, body } = await site.ask("GET", `${url}&uplink=2M&hours=8&quality=4`);
  assert.equal(status, 200);
  const { vcm, input } = body as { vcm: { needed: number }; input: object };
  assert.equal(vcm.needed, 80);
  const rest = { uplinkBitsPerSecond: 2e6, hoursPerDay: 8, quality: 4 };
  assert.deepEqual(input, { calls: 40, recordings: 30, queued: 10, ...rest });
  for (const [query, path] of [
    ["/api/v1/sizing?calls=1&recordings=1", "queued"],
    ["/api/v1/sizing?calls=x&recordings=1&queued=1", "calls"],
    [`${url}&uplink=fast`, "uplink"],
    [`${url}&hours=25`, "hours"],
  ] as const) {
    assert.deepEqual(await site.refusal("GET", query), [400, "bad-query", path]);
  }
});

test("a service that this recorder has not has no routes", async (context) => {
  const site = await Site.open(context);
  site.api.rows = [ROW];
  for (const path of ["rules", "monitor", "reconciliation", "log-filters"]) {
    const url = `/api/v1/${path}`;
    assert.deepEqual(await site.refusal("GET", url, "administrator"), [404, "not-found", url]);
  }
  const { body } = await site.ask("GET", "/api/openapi.json", null);
  assert.ok(!("/api/v1/rules" in (body as { paths: object }).paths));
});
