// The catalog made anew from the files: which rows are written, removed, and left as they are.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { CatalogRow } from "../../src/ports/index.ts";
import { runUntil } from "./manual-clock.ts";
import { diskError, type CallHook } from "./crash-disk.ts";
import { build, DAY, finishedPair, keyOf, LIVE, twoDrives, type BuildOptions } from "./world.ts";

/** One stored recording, one that is complete in the live directory. */
async function setUp(options: BuildOptions = {}) {
  const world = build(options);
  await world.storage.start();
  world.storage.store(finishedPair(world.medium, 1));
  await runUntil(world.clock, () => world.storage.pending() === 0, 60_000);
  finishedPair(world.medium, 2);
  const seen: string[] = [];
  const run = (mayGoOn: () => boolean = () => true) =>
    world.storage.reindex({
      onProgress: (done, total) => void seen.push(`${done}/${total}`),
      mayGoOn,
    });
  return { ...world, run, seen };
}

test("stored and complete recordings have a row each, with place or without", async () => {
  const { storage, catalog, run, seen } = await setUp();
  catalog.rows.clear();
  assert.deepEqual(await run(), {
    rows: 2,
    held: 0,
    removed: 0,
    unreadable: [],
    unknownDrives: [],
  });
  const [stored, live] = [keyOf(1), keyOf(2)].map((key) => catalog.rows.get(key));
  assert.deepEqual(
    [stored?.pool, stored?.drive, stored?.path, stored?.bytes, stored?.isHeld],
    ["main", "/one", `/one/${DAY}/${keyOf(1)}.spx`, 1601, false],
  );
  assert.deepEqual([live?.pool, live?.path, live?.samples], [null, null, 1600]);
  assert.deepEqual(seen, ["1/2", "2/2"]);
  await storage.close();
});

test("rows of what is nowhere go, over all pages; those of a pair in the live directory stay", async () => {
  const { storage, catalog, run } = await setUp();
  const row = catalog.rows.get(keyOf(1)) ?? assert.fail("no row");
  for (let number = 0; number < 2001; number += 1) {
    const recordingKey = `stale-${number}`;
    catalog.rows.set(recordingKey, { ...row, recordingKey });
  }
  assert.equal((await run()).removed, 2001);
  assert.deepEqual([...catalog.rows.keys()], [keyOf(1), keyOf(2)]);
  await storage.close();
});

test("journals that cannot be read are named, and their rows stay", async () => {
  let isBroken = false;
  const hook: CallHook = ({ op, path }) =>
    isBroken && op === "readFile" && path.endsWith(".vrtx") ? { before: "fail" } : null;
  const { storage, catalog, run } = await setUp({ hook });
  isBroken = true;
  const { rows, removed, unreadable } = await run();
  assert.deepEqual([rows, removed, unreadable], [0, 0, [keyOf(1), keyOf(2)]]);
  assert.ok(catalog.rows.has(keyOf(1)));
  await storage.close();
});

test("a journal without an end is unreadable, stored or not", async () => {
  const { storage, medium, run } = await setUp();
  medium.put(`/one/${DAY}/${keyOf(1)}.vrtx`, new Uint8Array());
  medium.put(`${LIVE}/${keyOf(2)}.vrtx`, new Uint8Array());
  assert.deepEqual((await run()).unreadable, [keyOf(1), keyOf(2)]);
  await storage.close();
});

test("while a drive cannot be read no row is removed: it may be of a recording there", async () => {
  const hook: CallHook = ({ op, path }) =>
    op === "list" && path.startsWith("/two") ? { before: "fail" } : null;
  const { storage, catalog, run } = await setUp({ hook });
  const row = catalog.rows.get(keyOf(1)) ?? assert.fail("no row");
  catalog.rows.set("perhaps", { ...row, recordingKey: "perhaps" });
  const { removed, unknownDrives } = await run();
  assert.deepEqual([removed, unknownDrives], [0, ["/two"]]);
  assert.ok(catalog.rows.has("perhaps"));
  await storage.close();
});

test("told to stop it writes and removes no more", async () => {
  const { storage, catalog, run, seen } = await setUp();
  const row = catalog.rows.get(keyOf(1)) ?? assert.fail("no row");
  catalog.rows.clear();
  catalog.rows.set("stale", { ...row, recordingKey: "stale" });
  let asked = 0;
  assert.deepEqual((await run(() => ++asked === 1)).rows, 1);
  assert.deepEqual([...catalog.rows.keys()], ["stale", keyOf(1)]);
  assert.deepEqual(seen, ["1/2"]);
  assert.deepEqual((await run(() => false)).rows, 0);
  await storage.close();
});

test("a live directory that is not there has nothing; one that cannot be read fails it", async () => {
  const { storage, medium, run } = await setUp();
  for (const path of medium.paths(LIVE)) medium.files.delete(path);
  medium.directories.delete(LIVE);
  assert.equal((await run()).rows, 1);
  await storage.close();
  let isBroken = false;
  const hook: CallHook = ({ op, path }) =>
    isBroken && op === "list" && path === LIVE ? { before: "fail" } : null;
  const broken = await setUp({ hook });
  isBroken = true;
  await assert.rejects(broken.run(), { code: "EIO" });
  await broken.storage.close();
});

test("an empty catalog is filled at the start, which counts as pending; one with rows is left", async () => {
  const first = await setUp();
  await first.storage.close();
  const empty = build({ medium: first.medium });
  await empty.storage.start();
  assert.equal(empty.storage.pending(), 1);
  await runUntil(empty.clock, () => empty.storage.pending() === 0, 1000);
  assert.deepEqual([...empty.catalog.rows.keys()], [keyOf(1), keyOf(2)]);
  assert.ok(empty.logLines.some((line) => line.includes("the catalog was empty; it is rebuilt")));
  await empty.storage.close();
  const filled = build({ medium: first.medium });
  const row = { recordingKey: "other" } as CatalogRow;
  filled.catalog.rows.set("other", row);
  await filled.storage.start();
  await runUntil(filled.clock, () => filled.storage.pending() === 0, 1000);
  assert.deepEqual([...filled.catalog.rows.keys()], ["other"]);
  await filled.storage.close();
});

test("a catalog that cannot be filled is told of", async () => {
  const first = await setUp();
  await first.storage.close();
  const world = build({ medium: first.medium, pools: [twoDrives()] });
  world.catalog.put = () => Promise.reject(diskError("EIO", "/catalog.sqlite"));
  await world.storage.start();
  await runUntil(world.clock, () => world.storage.pending() === 0, 1000);
  const line = world.logLines.find((text) => text.includes("the catalog could not be rebuilt"));
  assert.ok(line?.includes("CATALOG_FAILED") === true);
  assert.ok(line.includes("EIO: /catalog.sqlite"));
  await world.storage.close();
});
