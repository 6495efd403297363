// The daily report and the association by hand, through the API (R7, R18).
import assert from "node:assert/strict";
import { test } from "node:test";
import { ROW, Site } from "./fakes.ts";
import { FakeReconciliation } from "./full-api.ts";

const URL = "/api/v1/reconciliation";
const DAY_MS = 86_400_000;

async function open(context: Parameters<typeof Site.open>[0]) {
  const reconciliation = new FakeReconciliation();
  const site = await Site.open(context, (api) => {
    api.reconciliation = reconciliation;
    api.rows = [ROW];
  });
  return { site, reconciliation };
}

test("R18: the report is of a day of UTC, of today, or of a span", async (context) => {
  const { site, reconciliation } = await open(context);
  const { status, body } = await site.ask("GET", `${URL}?day=2026-11-22`, "manager");
  assert.equal(status, 200);
  assert.equal((body as { day: string }).day, "2026-11-22");
  await site.ask("GET", URL, "manager");
  await site.ask("GET", `${URL}?startTime=1000&endTime=2000`, "manager");
  const fromTimeMs = Date.parse("2026-11-22T00:00:00.000Z");
  const today = new Date(site.clock.wallTimeMs()).toISOString().slice(0, 10);
  const todayMs = Date.parse(`${today}T00:00:00.000Z`);
  assert.deepEqual(reconciliation.asked, [
    { fromTimeMs, toTimeMs: fromTimeMs + DAY_MS, day: "2026-11-22" },
    { fromTimeMs: todayMs, toTimeMs: todayMs + DAY_MS, day: today },
    { fromTimeMs: 1_000, toTimeMs: 2_000, day: null },
  ]);
});

test("R18: the report as CSV and Markdown", async (context) => {
  const { site } = await open(context);
  for (const [format, type, begins] of [
    ["csv", "text/csv; charset=utf-8", "kind,status,"],
    ["md", "text/markdown; charset=utf-8", "# Calls and recordings, 2026-11-22"],
  ] as const) {
    const { response } = await site.ask("GET", `${URL}?day=2026-11-22&format=${format}`, "manager");
    assert.equal(response.statusCode, 200);
    assert.equal(response.headers["content-type"], type);
    assert.ok(response.body.startsWith(begins), response.body);
  }
});

test("R18: bad days, formats and spans are refused; a scope of extensions is, too", async (context) => {
  const { site } = await open(context);
  for (const query of ["day=2026-06-31", "day=22.11.2026", "format=pdf", "days=1"]) {
    const [status] = await site.refusal("GET", `${URL}?${query}`, "manager");
    assert.equal(status, 400, query);
  }
  for (const end of ["1000", "9999999999999"]) {
    const query = `startTime=1000&endTime=${end}`;
    const refused = await site.refusal("GET", `${URL}?${query}`, "manager");
    assert.deepEqual(refused, [400, "bad-query", "endTime"]);
  }
  assert.equal((await site.refusal("GET", URL, "supervisor"))[0], 403);
  const scoped = await site.scoped("manager", "2001");
  assert.equal((await site.refusal("GET", URL, scoped))[0], 403);
});

test("R7: an association by hand is made, taken back, refused, and audited", async (context) => {
  const { site, reconciliation } = await open(context);
  const url = "/api/v1/recordings/key-1/association";
  const made = await site.ask("POST", url, "manager", { callKey: "call-1", part: 2 });
  assert.deepEqual([made.status, made.body], [200, { callKey: "call-1", part: 1 }]);
  await site.ask("POST", url, "manager", { callKey: null });
  assert.deepEqual(reconciliation.ties, ["key-1 call-1 2 by manager's", "key-1 - - by manager's"]);
  reconciliation.answer = { ok: false, code: "unknown-call" };
  const refused = await site.refusal("POST", url, "manager", { callKey: "call-9" });
  assert.deepEqual(refused, [409, "unknown-call", "callKey"]);
  const nowhere = "/api/v1/recordings/key-9/association";
  assert.equal((await site.refusal("POST", nowhere, "manager", { callKey: null }))[0], 404);
  assert.equal((await site.refusal("POST", url, "supervisor", { callKey: null }))[0], 403);
  assert.deepEqual(
    site.api.deeds().filter((deed) => deed.startsWith("associate")),
    ["associate key-1 applied", "associate key-1 applied", "associate key-1 unknown-call"],
  );
});
