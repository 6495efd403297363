// The reconciliation over the recorder's own files, ties by hand, and the rows that say when the
// links were up (R7, R18).
import assert from "node:assert/strict";
import { test } from "node:test";
import type { CatalogRow } from "../src/ports/index.ts";
import { LinkRows, RecorderReconciliation } from "../src/recorder-reconciliation.ts";
import { StateFile } from "../src/storage/state-file.ts";
import { ROW, VIEW } from "./http/fakes.ts";
import { MemoryDisk } from "./memory-disk.ts";
import { TestClock } from "./sip/fake-ports.ts";
import { MemoryCatalog } from "./storage/world.ts";

const PATH = "/state/calls.jsonl";
const LINKS = "/state/links.jsonl";
const FROM_MS = Date.parse("2026-11-22T00:00:00.000Z");
const DAY_MS = 86_400_000;
const ORPHAN: CatalogRow = { ...ROW, callKey: null, part: null, extension: null, agent: null };

function call(callKey: string, startedMs: number) {
  const [startedAt, answeredAt] = [startedMs, startedMs].map((ms) => new Date(ms).toISOString());
  return {
    ...{ version: 1, type: "call", callKey, deviceCallIds: [callKey], pbx: "192.0.2.1" },
    ...{ startedAt, answeredAt, endedAt: new Date(startedMs + 60_000).toISOString() },
    ...{ direction: "inbound", parties: ["2001"], wanted: true, rule: null },
    ruleDecision: "no-rules",
    parts: [{ part: 1, agent: "Ann", extension: "2001", liveStreamId: "s", recordingKey: null }],
  };
}

async function world(...rows: readonly object[]) {
  const [disk, clock, catalog] = [new MemoryDisk(), new TestClock(), new MemoryCatalog()];
  disk.put(PATH, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  const calls = new StateFile(PATH, { clock, disk }, { onProblem: () => assert.fail() });
  const links = new StateFile(LINKS, { clock, disk }, { onProblem: () => assert.fail() });
  await catalog.put(ORPHAN);
  const reconciliation = new RecorderReconciliation({
    ...{ clock, disk, catalog, calls, callsPath: PATH },
    ...{ links, linksPath: LINKS },
    unstored: () => [{ ...ORPHAN, recordingKey: "key-unstored" }],
    inProgress: () => [VIEW],
  });
  const report = () =>
    reconciliation.report({ fromTimeMs: FROM_MS, toTimeMs: FROM_MS + DAY_MS, day: null });
  const written = () => disk.text(PATH).trimEnd().split("\n").slice(rows.length);
  return { disk, clock, catalog, calls, links, reconciliation, report, written };
}

test("R18: the report knows stored recordings, those in no pool yet, and those in progress", async () => {
  const { report } = await world(call("call-1", ROW.startTimeMs));
  const { calls, orphans } = await report();
  assert.deepEqual(
    calls.map(({ callKey, status, isOpen }) => [callKey, status, isOpen]),
    [
      ["call-1", "missing", false],
      ["call-live", "recorded", true],
    ],
  );
  assert.deepEqual(
    orphans.map(({ recordingKey }) => recordingKey),
    ["key-1", "key-unstored"],
  );
});

test("R18: rows of long before are not read", async () => {
  const old = call("call-old", FROM_MS - 30 * DAY_MS);
  const { report } = await world(call("hidden", ROW.startTimeMs), old, call("call-1", FROM_MS));
  const { calls } = await report();
  assert.ok(!calls.some(({ callKey }) => callKey === "hidden"), "what stands before an old row");
  assert.ok(calls.some(({ callKey }) => callKey === "call-1"));
});

test("R7: an orphan is tied to its call by a row, and the catalog follows", async () => {
  const { reconciliation, report, catalog, written } = await world(call("call-1", ROW.startTimeMs));
  const tie = { callKey: "call-1", part: 1, by: "Mia" };
  const tied = await reconciliation.associate("key-1", tie);
  assert.deepEqual(tied, { ok: true, callKey: "call-1", part: 1 });
  const { at: _at, ...row } = JSON.parse(written()[0] ?? "") as Record<string, unknown>;
  assert.deepEqual(row, {
    ...{ version: 1, type: "association", recordingKey: "key-1", callKey: "call-1", part: 1 },
    ...{ extension: "2001", agent: "Ann", by: "Mia" },
    before: { callKey: null, part: null, extension: null, agent: null },
  });
  assert.equal((await catalog.get("key-1"))?.callKey, "call-1");
  assert.equal((await report()).calls[0]?.status, "recorded");
});

test("R7: a tie is taken back; what is not known is not tied", async () => {
  const { reconciliation, report, written, catalog } = await world(call("call-1", ROW.startTimeMs));
  const by = "Mia";
  assert.deepEqual(await reconciliation.associate("key-9", { callKey: null, by }), {
    ...{ ok: false, code: "not-found" },
  });
  assert.deepEqual(await reconciliation.associate("key-1", { callKey: "call-9", by }), {
    ...{ ok: false, code: "unknown-call" },
  });
  assert.deepEqual(written(), []);
  await reconciliation.associate("key-1", { callKey: "call-1", extension: "2009", by });
  assert.deepEqual(await reconciliation.associate("key-1", { callKey: null, by }), {
    ...{ ok: true, callKey: null, part: null },
  });
  assert.equal(written().length, 2);
  assert.deepEqual(await catalog.get("key-1"), ORPHAN);
  assert.equal((await report()).orphans.length, 2);
});

test("R18: the report is printed in each format with its media type", async () => {
  const { reconciliation, report } = await world();
  const { type, text } = reconciliation.print(await report(), "md");
  assert.match(type, /^text\/markdown/);
  assert.match(text, /^# Calls and recordings/);
});

test("R18: rows tell when the events of an IP Office came, each change once", async () => {
  const { disk, links, clock } = await world();
  const rows = new LinkRows(links, clock);
  rows.started(["192.0.2.1"]);
  rows.told(0, "192.0.2.1", false);
  rows.told(0, "192.0.2.1", true);
  rows.told(0, "192.0.2.1", true);
  rows.told(0, "192.0.2.1", false);
  await links.settled();
  const written = disk.text(LINKS).trimEnd().split("\n");
  const told = written.map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.deepEqual(
    told.map(({ type, pbx, state, reason }) => [type, pbx, state, reason]),
    [
      ["link", "192.0.2.1", "down", "start"],
      ["link", "192.0.2.1", "up", undefined],
      ["link", "192.0.2.1", "down", "link-down"],
    ],
  );
});
