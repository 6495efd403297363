// Calls and the audit trail over HTTP: rows of the state files, newest first, within the scope.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { StateRow } from "../../src/http/api.ts";
import { CALL, ROW, Site } from "./fakes.ts";

function call(number: number, changes: StateRow = {}): StateRow {
  const minute = String(number).padStart(2, "0");
  return {
    ...CALL,
    callKey: `call-${number}`,
    startedAt: `2026-11-22T17:${minute}:00.000Z`,
    endedAt: `2026-11-22T17:${minute}:30.000Z`,
    ...changes,
  };
}

async function keysOf(site: Site, query: string, who: Parameters<Site["ask"]>[2] = "supervisor") {
  const { status, body } = await site.ask("GET", `/api/v1/calls${query}`, who);
  assert.equal(status, 200);
  return (body as { calls: { callKey: string }[] }).calls.map(({ callKey }) => callKey);
}

test("calls: newest first, by span, paged; the last row of a call counts", async (context) => {
  const site = await Site.open(context);
  const open = call(1, { open: true, endedAt: null });
  site.api.stateRows = {
    calls: [open, call(1), { type: "discard", callKey: "x" }, call(2), call(3)],
    audit: [],
  };
  assert.deepEqual(await keysOf(site, ""), ["call-3", "call-2", "call-1"]);
  assert.deepEqual(await keysOf(site, "?limit=1&offset=1"), ["call-2"]);
  const at = (minute: string): number => Date.parse(`2026-11-22T17:${minute}:00.000Z`);
  assert.deepEqual(await keysOf(site, `?startTime=${at("02")}&endTime=${at("03")}`), ["call-2"]);
  const { body } = await site.ask("GET", "/api/v1/calls?endTime=1");
  assert.deepEqual(body, { calls: [] });
  const bad = await site.refusal("GET", "/api/v1/calls?startTime=now");
  assert.deepEqual(bad, [400, "bad-query", "startTime"]);
});

test("calls outside of the scope are left out; of a shared one the other's parts are", async (context) => {
  const site = await Site.open(context);
  const part = { part: 1, agent: "A", extension: "2001" };
  const parts = [part, { ...part, part: 2, extension: "2002" }];
  const unrecorded = { parts: [], parties: ["+44", "2002"], wanted: false };
  site.api.stateRows = {
    calls: [call(1), call(2, { parts }), call(3, unrecorded)],
    audit: [],
  };
  const who = await site.scoped("supervisor", "2002");
  assert.deepEqual(await keysOf(site, "", who), ["call-3", "call-2"]);
  const { body } = await site.ask("GET", "/api/v1/calls/call-2", who);
  const shown = (body as { call: { parts: unknown } }).call.parts;
  assert.deepEqual(shown, [{ ...part, part: 2, extension: "2002" }]);
  const url = "/api/v1/calls/call-1";
  assert.deepEqual(await site.refusal("GET", url, who), [404, "not-found", url]);
});

test("one call with its recordings in order of their parts; its row is null while it goes on", async (context) => {
  const site = await Site.open(context);
  site.api.rows = [{ ...ROW, recordingKey: "key-2", part: 2 }, ROW];
  const { body } = await site.ask("GET", "/api/v1/calls/call-1");
  const { call: row, recordings } = body as { call: unknown; recordings: { part: number }[] };
  assert.equal(row, null);
  assert.deepEqual(
    recordings.map(({ part }) => part),
    [1, 2],
  );
  const url = "/api/v1/calls/nowhere";
  assert.deepEqual(await site.refusal("GET", url), [404, "not-found", url]);
});

test("the audit trail: newest first, by person, action, target and span", async (context) => {
  const site = await Site.open(context);
  const entry = (second: number, changes: StateRow = {}): StateRow => ({
    ...{ at: `2026-11-22T17:00:0${second}.000Z`, by: "Ann", action: "listen" },
    ...{ target: `t${second}`, result: "ok", ...changes },
  });
  site.api.stateRows = {
    calls: [],
    audit: [entry(1), entry(2, { by: "Bob" }), entry(3, { action: "export" })],
  };
  const targets = async (query: string): Promise<string[]> => {
    const { body } = await site.ask("GET", `/api/v1/audit${query}`, "administrator");
    return (body as { entries: { target: string }[] }).entries.map(({ target }) => target);
  };
  assert.deepEqual(await targets(""), ["t3", "t2", "t1"]);
  assert.deepEqual(await targets("?by=Ann"), ["t3", "t1"]);
  assert.deepEqual(await targets("?action=listen&limit=1"), ["t2"]);
  assert.deepEqual(await targets("?target=t1"), ["t1"]);
  const at = Date.parse("2026-11-22T17:00:02.000Z");
  assert.deepEqual(await targets(`?startTime=${at}`), ["t3", "t2"]);
  assert.deepEqual(await targets(`?endTime=${at}`), ["t1"]);
  const page = await site.ask("GET", "/api/v1/audit?limit=2&q=ANN", "administrator");
  assert.equal((page.body as { more: boolean }).more, false);
  const first = await site.ask("GET", "/api/v1/audit?limit=1", "administrator");
  assert.equal((first.body as { more: boolean }).more, true);
  assert.equal((await site.ask("GET", "/api/v1/audit", "manager")).status, 403);
});
