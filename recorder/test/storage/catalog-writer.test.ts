// The catalog as storage writes it: what fails or takes too long is told, and keeps nobody waiting.
import assert from "node:assert/strict";
import { test } from "node:test";
import { RecorderError } from "../../src/errors.ts";
import type { CatalogRow } from "../../src/ports/index.ts";
import { CatalogWriter } from "../../src/storage/catalog-writer.ts";
import { RecordingLog } from "../devlink3/fakes.ts";
import { diskError } from "./crash-disk.ts";
import { ManualClock, microtasks } from "./manual-clock.ts";
import { MemoryCatalog } from "./world.ts";

const row = (recordingKey: string): CatalogRow => ({ recordingKey }) as CatalogRow;

function setUp() {
  const [clock, catalog, log] = [new ManualClock(), new MemoryCatalog(), new RecordingLog()];
  return { clock, catalog, log, writer: new CatalogWriter({ clock, catalog, log }) };
}

test("rows are entered, found, marked and removed", async () => {
  const { catalog, writer, log } = setUp();
  assert.equal(await writer.isEmpty(), true);
  await writer.enter(row("a"));
  assert.equal(await writer.isEmpty(), false);
  assert.equal((await writer.entered("a"))?.recordingKey, "a");
  assert.equal(await writer.entered("b"), null);
  await writer.markHeld("a", true);
  assert.equal(catalog.rows.get("a")?.isHeld, true);
  await writer.markHeld("b", true);
  assert.deepEqual([...catalog.rows.keys()], ["a"]);
  await writer.remove("a");
  assert.equal(catalog.rows.size, 0);
  assert.deepEqual(log.lines, []);
});

test("one row is enough to know that it is not empty", async () => {
  const { catalog, writer } = setUp();
  const asked: unknown[] = [];
  catalog.search = async (query) => {
    asked.push(query);
    return [];
  };
  await writer.isEmpty();
  assert.deepEqual(asked, [{ limit: 1, offset: 0 }]);
});

for (const failure of [
  new RecorderError("CATALOG_FAILED", "torn"),
  diskError("EIO", "/c.sqlite"),
]) {
  test(`a catalog that fails (${failure.name}) is told with the recording; nothing is known of it`, async () => {
    const { catalog, writer, log } = setUp();
    catalog.failure = failure;
    await writer.enter(row("a"));
    await writer.remove("b");
    await writer.markHeld("c", true);
    assert.equal(await writer.entered("d"), null);
    assert.equal(await writer.isEmpty(), false);
    assert.deepEqual(
      log.lines.map(({ fields }) => fields["recordingId"]),
      ["a", "b", "c", "d", ""],
    );
    assert.deepEqual(log.lines[0], {
      level: "warn",
      message: "the catalog could not be used",
      fields: { recordingId: "a", code: "CATALOG_FAILED", detail: failure.message },
    });
  });
}

test("ten seconds are enough for a catalog; what was written later does no harm", async () => {
  const { catalog, writer, log, clock } = setUp();
  catalog.put = () => new Promise(() => undefined);
  const entering = writer.enter(row("a"));
  await microtasks();
  assert.deepEqual(clock.names(), ["storage.catalogCall"]);
  assert.equal(clock.step(9_999), false);
  clock.step(10_000);
  await entering;
  assert.equal(log.lines[0]?.fields["detail"], "no answer in 10000 ms");
});

test("a mistake of ours is not taken for a broken catalog", async () => {
  const { catalog, writer } = setUp();
  catalog.failure = new TypeError("a mistake");
  await assert.rejects(writer.enter(row("a")), /a mistake/);
});
