// The virtual catalog: what it finds, and how it fails.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { CatalogRow } from "@tapeline/recorder/ports";
import { complete, rejectionCode, twoHosts } from "./two-hosts.ts";

function row(recordingKey: string, facts: Partial<CatalogRow> = {}): CatalogRow {
  return {
    recordingKey,
    callKey: null,
    part: null,
    startTimeMs: 1000,
    samples: 8000,
    outcome: "ok",
    why: null,
    endReason: "bye",
    recovered: false,
    agent: null,
    extension: null,
    parties: ["201"],
    liveStreamId: null,
    sipCallId: `${recordingKey}@pbx`,
    pool: null,
    drive: null,
    path: null,
    bytes: 0,
    loss: 0,
    mos: null,
    ...facts,
  };
}

describe("virtual catalog", () => {
  test("put inserts and replaces, get finds, remove forgets", async () => {
    const { world, recorder } = twoHosts();
    const { catalog } = recorder.ports;
    const parties = ["201"];
    await complete(world, catalog.put(row("a", { parties })));
    parties.push("changed by the caller");
    const found = await complete(world, catalog.get("a"));
    assert.deepEqual(found?.parties, ["201"]);
    await complete(world, catalog.put(row("a", { outcome: "degraded" })));
    assert.equal((await complete(world, catalog.get("a")))?.outcome, "degraded");
    await complete(world, catalog.remove("a"));
    await complete(world, catalog.remove("a"));
    assert.equal(await complete(world, catalog.get("a")), null);
  });

  test("search is newest first, filtered and paged", async () => {
    const { world, recorder } = twoHosts();
    const { catalog } = recorder.ports;
    for (let index = 0; index < 10; index += 1) {
      const facts = { startTimeMs: index * 100, extension: index % 2 === 0 ? "201" : "202" };
      await complete(world, catalog.put(row(`r${index}`, { ...facts, callKey: `c${index >> 1}` })));
    }
    await complete(world, catalog.put(row("same", { startTimeMs: 900, outcome: "failed" })));
    const keys = async (query: object): Promise<string[]> => {
      const rows = await complete(world, catalog.search({ limit: 99, offset: 0, ...query }));
      return rows.map(({ recordingKey }) => recordingKey);
    };
    assert.deepEqual(await keys({ limit: 3 }), ["same", "r9", "r8"]);
    assert.deepEqual(await keys({ limit: 2, offset: 3 }), ["r7", "r6"]);
    assert.deepEqual(await keys({ fromTimeMs: 300, toTimeMs: 500 }), ["r4", "r3"]);
    assert.deepEqual(await keys({ callKey: "c1" }), ["r3", "r2"]);
    assert.deepEqual(await keys({ extension: "201", limit: 1 }), ["r8"]);
    assert.deepEqual(await keys({ outcome: "failed" }), ["same"]);
  });

  test("faults: failing a number of times, unavailable until healed, slow", async () => {
    const { world, recorder, recorderHost } = twoHosts();
    const { catalog } = recorder.ports;
    recorderHost.catalog.failTimes(1);
    assert.equal(await rejectionCode(world, catalog.put(row("a"))), "ERR_SQLITE_ERROR");
    await complete(world, catalog.put(row("a")));
    recorderHost.catalog.unavailable();
    assert.equal(await rejectionCode(world, catalog.get("a")), "ERR_SQLITE_ERROR");
    assert.equal(await rejectionCode(world, catalog.get("a")), "ERR_SQLITE_ERROR");
    world.heal();
    recorderHost.catalog.slow(500);
    const beforeMs = world.nowMs();
    await complete(world, catalog.get("a"));
    assert.ok(world.nowMs() - beforeMs >= 500);
  });

  test("after close every call fails", async () => {
    const { world, recorder } = twoHosts();
    const { catalog } = recorder.ports;
    await complete(world, catalog.close());
    assert.equal(await rejectionCode(world, catalog.get("a")), "ERR_INVALID_STATE");
  });

  test("a crash takes all rows along", async () => {
    const { world, recorder, recorderHost } = twoHosts();
    await complete(world, recorder.ports.catalog.put(row("a")));
    recorder.crash("process");
    const reborn = recorderHost.boot("recorder");
    assert.equal(await complete(world, reborn.ports.catalog.get("a")), null);
  });
});
