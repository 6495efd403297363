// The queue of the storage service: what is pending and told, what an earlier run left, and how a
// stop deals with drives that do not answer.
import assert from "node:assert/strict";
import { test } from "node:test";
import { RecorderError } from "../../src/errors.ts";
import type { CatalogRow } from "../../src/ports/index.ts";
import type { CallHook } from "./crash-disk.ts";
import { microtasks, runUntil } from "./manual-clock.ts";
import { build, DAY, finishedPair, keyOf, LIVE, twoDrives, type BuildOptions } from "./world.ts";

type World = ReturnType<typeof build>;

/** A service with the first recording stored. */
async function withOne(options: BuildOptions = {}): Promise<World> {
  const world = build(options);
  await world.storage.start();
  world.storage.store(finishedPair(world.medium, 1));
  await runUntil(world.clock, () => world.storage.pending() === 0, 60_000);
  return world;
}

function logged({ logLines }: World, message: string): Record<string, unknown>[] {
  return logLines
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ msg }) => msg === message);
}

test("what begins at the start is pending as one more, beside what it finds", async () => {
  const { medium } = build();
  finishedPair(medium, 1);
  const world = build({ medium });
  const beginning = world.storage.begin(async () => undefined);
  assert.equal(world.storage.pending(), 1);
  await beginning;
  assert.equal(world.storage.pending(), 1);
  assert.deepEqual(
    world.storage.unstored().map(({ recordingKey }) => recordingKey),
    [keyOf(1)],
  );
  await runUntil(world.clock, () => world.storage.pending() === 0, 60_000);
  assert.deepEqual(world.storage.unstored(), []);
  assert.deepEqual(world.news, [`stored ${keyOf(1)} /one`]);
  await world.storage.close();
});

test("of what an earlier run left, the stored is told with its place, the rest is stored", async () => {
  const first = await withOne();
  await first.storage.hold(keyOf(1), { by: "anna", reason: "case 7" });
  await first.storage.close();
  finishedPair(first.medium, 2);
  first.medium.put(`${LIVE}/${keyOf(3)}.vrtx`, new Uint8Array());
  const world = build({ medium: first.medium });
  const known: CatalogRow[] = [];
  await world.storage.begin(async (row) => void known.push(row));
  await runUntil(world.clock, () => world.storage.pending() === 0, 60_000);
  assert.deepEqual(
    known.map(({ recordingKey, drive, isHeld }) => [recordingKey, drive, isHeld]),
    [[keyOf(1), "/one", true]],
  );
  assert.deepEqual(world.news, [`stored ${keyOf(2)} /one`]);
  const [line] = logged(world, "a journal without end");
  assert.deepEqual([line?.["recordingId"], line?.["code"]], [keyOf(3), "JOURNAL_DAMAGED"]);
  assert.deepEqual(world.storage.storedKeys(), [keyOf(1), keyOf(2)]);
  await world.storage.close();
});

test("a stored recording whose live journal lost its end is no trouble", async () => {
  const first = await withOne();
  await first.storage.close();
  first.medium.put(`${LIVE}/${keyOf(1)}.vrtx`, new Uint8Array());
  const world = build({ medium: first.medium });
  await world.storage.begin(() => assert.fail("it has no row"));
  assert.deepEqual(logged(world, "a journal without end"), []);
  await world.storage.close();
});

test("a failure is told with code, detail, remedy and when it is tried again", async () => {
  const world = build({
    encoder: { encode: () => new RecorderError("ENCODER_FAILED", "exit 3") },
  });
  await world.storage.start();
  world.storage.store(finishedPair(world.medium, 1));
  await runUntil(world.clock, () => world.news.length === 2, 60_000);
  const lines = logged(world, "a recording could not be stored; it is tried again");
  assert.deepEqual(
    lines.map(({ recordingId, code, detail, retryInMs }) => [recordingId, code, detail, retryInMs]),
    [
      [keyOf(1), "ENCODER_FAILED", "exit 3", 1000],
      [keyOf(1), "ENCODER_FAILED", "exit 3", 2000],
    ],
  );
  assert.match(String(lines[0]?.["remedy"]), /\w+/);
  assert.deepEqual(world.clock.names().includes("storage.retry"), true);
  const begins = logged(world, "storing begins");
  assert.deepEqual(
    begins.map(({ recordingId, attempt }) => [recordingId, attempt]),
    [
      [keyOf(1), 0],
      [keyOf(1), 1],
    ],
  );
  const [waits] = logged(world, "recording waits to be stored");
  assert.equal(waits?.["recordingId"], keyOf(1));
  await world.storage.close();
});

test("a drive's trouble is tried again after a minute at the longest, the encoder's after five", async () => {
  const hook: CallHook = ({ op, path }) =>
    op === "open" && /^\/(one|two)/.test(path) ? { before: "fail", code: "EIO" } : null;
  const world = build({ hook });
  await world.storage.start();
  world.storage.store(finishedPair(world.medium, 1));
  const message = "a recording could not be stored; it is tried again";
  await runUntil(world.clock, () => logged(world, message).length === 9, 600_000);
  const waits = logged(world, message).map(({ retryInMs }) => retryInMs);
  assert.deepEqual(waits.slice(0, 7), [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000]);
  assert.deepEqual(new Set(waits.slice(7)), new Set([60_000]));
  await world.storage.close();
});

test("while an encoder fails a recording that was not ok keeps its outcome, and is shown once", async () => {
  const world = build({
    encoder: { encode: () => new RecorderError("ENCODER_FAILED", "exit 3") },
  });
  const recording = finishedPair(world.medium, 1);
  const row = { ...recording.row, outcome: "degraded", why: "packets-lost" } as const;
  let puts = 0;
  const put = world.catalog.put.bind(world.catalog);
  world.catalog.put = (entered) => {
    puts += 1;
    return put(entered);
  };
  await world.storage.start();
  world.storage.store({ ...recording, row });
  await runUntil(world.clock, () => world.news.length === 3, 60_000);
  const shown = world.catalog.rows.get(keyOf(1));
  assert.deepEqual([shown?.outcome, shown?.why], ["degraded", "packets-lost"]);
  assert.deepEqual([shown?.pool, shown?.drive, shown?.path, shown?.bytes], [null, null, null, 0]);
  assert.equal(puts, 1);
  await world.storage.close();
});

test("a drive's trouble shows nothing in the catalog", async () => {
  const world = build({ pools: [twoDrives(1)] });
  await world.storage.start();
  world.storage.store(finishedPair(world.medium, 1));
  await runUntil(world.clock, () => world.news.includes("main full"), 60_000);
  assert.equal(world.catalog.rows.size, 0);
  assert.equal(world.metrics.get("pools_full"), 1);
  assert.equal(world.storage.pools()[0]?.isFull, true);
  assert.equal(world.storage.liveSpace()?.waiting, 1);
  await world.storage.close();
  assert.equal(world.metrics.get("storage_queue"), 0);
});

test("room in one pool wakes its own recordings, and is told once", async () => {
  const other = { name: "other", drives: [{ path: "/three", maxBytes: 1 }] };
  const world = build({ pools: [twoDrives(), other] });
  world.medium.freeBytes = 100;
  await world.storage.start();
  world.storage.store(finishedPair(world.medium, 1));
  world.storage.store({ ...finishedPair(world.medium, 2), pool: "other" });
  const fulls = (): number => world.news.filter((line) => line.endsWith(" full")).length;
  await runUntil(world.clock, () => fulls() === 2, 60_000);
  assert.equal(world.metrics.get("pools_full"), 2);
  world.medium.freeBytes = 1_000_000;
  await runUntil(world.clock, () => world.news.includes(`stored ${keyOf(1)} /one`), 120_000);
  assert.equal(world.metrics.get("pools_full"), 1);
  assert.equal(world.news.filter((line) => line === "main has room").length, 1);
  assert.equal(world.news.includes("other has room"), false);
  await runUntil(world.clock, () => world.storage.pending() === 1, 1000);
  await world.storage.close();
});

test("a hold that cannot be moved now stays beside the live pair, and holds", async () => {
  let isBroken = false;
  const hook: CallHook = ({ op, path }) =>
    isBroken && op === "open" && path.startsWith("/one") && path.endsWith(".hold")
      ? { before: "fail", code: "EROFS" }
      : null;
  const world = build({ hook });
  await world.storage.start();
  const recording = finishedPair(world.medium, 1);
  await world.storage.hold(keyOf(1), { by: "anna", reason: "case 7" });
  isBroken = true;
  world.storage.store(recording);
  await runUntil(world.clock, () => world.news.length > 0, 60_000);
  assert.equal(world.catalog.rows.get(keyOf(1))?.isHeld, true);
  const [line] = logged(world, "a hold stays in the live directory");
  assert.deepEqual([line?.["recordingId"], line?.["code"]], [keyOf(1), "DRIVE_FAILED"]);
  assert.match(String(line?.["detail"]), /EROFS/);
  assert.equal((await world.storage.holdOf(keyOf(1)))?.by, "anna");
  await world.storage.close();
});

test("retention says why, stops at a stop, and tells what it had to leave", async () => {
  const pools = [{ ...twoDrives(), deleteAfterDays: 1 / 1024 }];
  let isBroken = true;
  const hook: CallHook = ({ op, path }) =>
    isBroken && op === "open" && path.endsWith(".erase") ? { before: "fail", code: "EIO" } : null;
  const world = await withOne({ pools, hook });
  const message = "retention left a recording";
  await runUntil(world.clock, () => logged(world, message).length === 1, 2 * 3_600_000);
  const [line] = logged(world, message);
  assert.deepEqual([line?.["recordingId"], line?.["code"]], [keyOf(1), "RETENTION_FAILED"]);
  assert.match(String(line?.["detail"]), /^drive-failed: DriveTrouble: open: EIO/);
  isBroken = false;
  const isErased = (): boolean => world.news.includes(`erased ${keyOf(1)} retention retention`);
  await runUntil(world.clock, isErased, 2 * 3_600_000);
  await world.storage.close();
});

test("with two at a time both are under way, a third waits", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const hook: CallHook = () => null;
  const world = build({ hook, concurrency: 2 });
  await world.storage.start();
  const list = world.disk.open.bind(world.disk);
  const opened: string[] = [];
  world.disk.open = async (path, mode) => {
    if (path.endsWith(".ul")) {
      opened.push(path);
      await promise;
    }
    return list(path, mode);
  };
  for (const seed of [1, 2, 3]) world.storage.store(finishedPair(world.medium, seed));
  await microtasks();
  assert.equal(opened.length, 2);
  resolve();
  await runUntil(world.clock, () => world.storage.pending() === 0, 60_000);
  assert.equal(opened.length, 3);
  await world.storage.close();
});

test("a stop waits five seconds for a drive that does not answer, and no longer", async () => {
  let isFrozen = false;
  const hook: CallHook = ({ op, path }) =>
    isFrozen && op === "open" && path.startsWith("/one") ? { before: "freeze" } : null;
  const world = build({ hook });
  await world.storage.start();
  isFrozen = true;
  world.storage.store(finishedPair(world.medium, 1));
  await microtasks();
  let isClosed = false;
  const closing = world.storage.close().then(() => (isClosed = true));
  await microtasks();
  assert.ok(world.clock.names().includes("storage.close"));
  assert.equal(isClosed, false);
  world.clock.step(5_000);
  await closing;
  assert.equal(world.clock.nowMs(), 5_000);
});

test("a stop waits for what is no drive's matter, such as the catalog, until it has ended", async () => {
  const world = build();
  await world.storage.start();
  const gate = Promise.withResolvers<void>();
  const put = world.catalog.put.bind(world.catalog);
  world.catalog.put = async (row) => {
    await gate.promise;
    return put(row);
  };
  world.storage.store(finishedPair(world.medium, 1));
  await microtasks(5_000);
  let isClosed = false;
  const closing = world.storage.close().then(() => (isClosed = true));
  await microtasks();
  assert.equal(world.clock.names()[0], "storage.close");
  world.clock.step(5_000);
  await microtasks();
  assert.equal(isClosed, false);
  gate.resolve();
  await closing;
  assert.equal(world.catalog.rows.size, 1);
});

test("closed while it begins, it stores nothing that was left", async () => {
  const { medium } = build();
  for (const seed of [1, 2]) finishedPair(medium, seed);
  const world = build({ medium });
  const beginning = world.storage.begin(async () => undefined);
  await world.storage.close();
  await beginning;
  assert.equal(world.storage.pending(), 0);
  assert.deepEqual(medium.paths("/one"), []);
  assert.deepEqual(world.clock.names(), []);
});

test("the place of a recording is told by pool and drive; a key of another make is verified as none", async () => {
  const world = await withOne();
  assert.deepEqual(world.storage.committed(keyOf(1)), { pool: "main", drive: "/one" });
  assert.equal((await world.storage.verify("../x")).recordingKey, "unknown");
  const { recordings, drives } = world.storage.pools()[0] ?? assert.fail("no pool");
  assert.equal(recordings, 1);
  assert.deepEqual(
    drives.map(({ path }) => path),
    ["/one", "/two"],
  );
  assert.equal(world.medium.files.has(`/one/${DAY}/${keyOf(1)}.spx`), true);
  await world.storage.close();
});

test("what is erased leaves the queue, and takes nobody else with it", async () => {
  const world = await withOne();
  for (const seed of [2, 3, 4, 5]) world.storage.store(finishedPair(world.medium, seed));
  const deed = { by: "anna", reason: "case 7" };
  assert.deepEqual(await world.storage.erase(keyOf(1), deed), { ok: true });
  assert.deepEqual(await world.storage.erase(keyOf(5), deed), { ok: true });
  await runUntil(world.clock, () => world.storage.pending() === 0, 60_000);
  assert.deepEqual(world.storage.storedKeys(), [2, 3, 4].map(keyOf));
  assert.deepEqual(
    world.medium.paths(LIVE).filter((path) => path.includes(keyOf(5))),
    [],
  );
  await world.storage.close();
});

test("what is handed over after the stop is not taken, and not stored twice before it", async () => {
  const world = await withOne();
  const second = finishedPair(world.medium, 2);
  world.storage.store(second);
  world.storage.store(second);
  assert.equal(world.storage.pending(), 1);
  await world.storage.close();
  world.storage.store(finishedPair(world.medium, 3));
  assert.equal(world.storage.pending(), 0);
  assert.deepEqual(world.clock.names(), []);
});
