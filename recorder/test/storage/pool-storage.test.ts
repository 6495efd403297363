// The storage service on a disk and a clock of its own: order, drives, back-off, release (R6).
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { linesOfType, parseJournal } from "../../src/audio/journal.ts";
import { RecorderError } from "../../src/errors.ts";
import { diskError, type CallHook } from "./crash-disk.ts";
import { microtasks, runUntil } from "./manual-clock.ts";
import { build, DAY, finishedPair, keyOf, LIVE, MemoryCatalog, twoDrives } from "./world.ts";

const HOUR_MS = 3_600_000;

test("R6: a recording is encoded, verified and committed in the order that survives crashes", async () => {
  const calls: string[] = [];
  const hook: CallHook = ({ op, path }) => {
    if (path.startsWith("/one/") && ["rename", "sync", "syncDirectory"].includes(op)) {
      calls.push(`${op} ${path.replace(keyOf(1), "K").replace(`/one/${DAY}`, "…")}`);
    }
    return null;
  };
  const world = build({ hook });
  const recording = finishedPair(world.medium, 1);
  await world.storage.start();
  calls.length = 0;
  world.storage.store(recording);
  await runUntil(world.clock, () => world.news.length > 0, 1000);
  assert.deepEqual(calls, [
    "syncDirectory /one/2026",
    "syncDirectory /one/2026/11",
    "sync …/K.spx.part",
    "rename …/K.spx",
    "syncDirectory …",
    "sync …/K.vrtx.part",
    "rename …/K.vrtx",
    "syncDirectory …",
  ]);
  assert.deepEqual(world.news, [`stored ${keyOf(1)} /one`]);
  const spx = world.medium.files.get(`/one/${DAY}/${keyOf(1)}.spx`)?.data ?? new Uint8Array();
  const vrtx = world.medium.files.get(`/one/${DAY}/${keyOf(1)}.vrtx`)?.data ?? new Uint8Array();
  const { lines, problems } = parseJournal(vrtx);
  assert.deepEqual(problems, []);
  assert.equal(lines.at(-1)?.type, "stored");
  const stored = linesOfType(lines, "stored")[0];
  assert.equal(stored?.bytes, spx.length);
  assert.equal(stored?.sha256, createHash("sha256").update(spx).digest("hex"));
  assert.equal(stored?.pool, "main");
  assert.equal(stored?.drive, "/one");
  assert.equal(stored?.encoder, "stand-in 1");
  const row = world.catalog.rows.get(keyOf(1));
  assert.equal(row?.path, `/one/${DAY}/${keyOf(1)}.spx`);
  assert.equal(row?.bytes, spx.length);
  assert.deepEqual(world.storage.committed(keyOf(1)), { pool: "main", drive: "/one" });
  assert.equal(world.storage.committed(keyOf(2)), null);
  assert.equal(world.metrics.get("storage_stored_total"), 1);
  const used = world.storage.drives()[0]?.usedBytes;
  assert.equal(used, spx.length + vrtx.length);
  await world.storage.close();
  assert.deepEqual(world.clock.names(), []);
  assert.equal(world.disk.openFiles, 0);
});

test("a recording without a packet is committed by its journal alone", async () => {
  const world = build();
  const recording = finishedPair(world.medium, 1, 0);
  await world.storage.start();
  world.storage.store(recording);
  await runUntil(world.clock, () => world.news.length > 0, 1000);
  assert.deepEqual(world.medium.paths("/one"), [`/one/${DAY}/${keyOf(1)}.vrtx`]);
  assert.equal(world.catalog.rows.get(keyOf(1))?.path, null);
  await world.storage.close();
  const again = build({ medium: world.medium });
  await again.storage.start();
  assert.deepEqual(again.storage.committed(keyOf(1)), { pool: "main", drive: "/one" });
  await again.storage.close();
});

test("recordings are stored one after the other, in the order of their ends", async () => {
  const world = build();
  await world.storage.start();
  for (let seed = 1; seed <= 3; seed += 1) world.storage.store(finishedPair(world.medium, seed));
  world.storage.store(finishedPair(world.medium, 2));
  assert.equal(world.metrics.get("storage_queue"), 3);
  await runUntil(world.clock, () => world.news.length === 3, 1000);
  assert.deepEqual(
    world.news,
    [1, 2, 3].map((seed) => `stored ${keyOf(seed)} /one`),
  );
  await microtasks();
  assert.equal(world.metrics.get("storage_queue"), 0);
  await world.storage.close();
});

test("a full drive is passed over; when all are full the recording stays live, with an alarm", async () => {
  const world = build({ pools: [twoDrives(20_000)] });
  await world.storage.start();
  for (let seed = 1; seed <= 8; seed += 1) {
    world.storage.store(finishedPair(world.medium, seed, 4000));
  }
  await runUntil(world.clock, () => world.news.includes("main full"), 1000);
  const stored = world.news.filter((line) => line.startsWith("stored"));
  assert.ok(stored.some((line) => line.endsWith("/one")));
  assert.ok(stored.some((line) => line.endsWith("/two")));
  assert.ok(stored.length < 8);
  assert.ok(world.storage.drives().every(({ state }) => state === "full"));
  for (const { usedBytes } of world.storage.drives()) assert.ok(usedBytes <= 20_000);
  assert.ok(world.news.some((line) => line.endsWith("POOL_FULL")));
  assert.ok(world.medium.files.has(`${LIVE}/${keyOf(8)}.ul`));
  assert.deepEqual(
    world.medium.paths("/one").filter((path) => path.endsWith(".part")),
    [],
  );
  await world.storage.close();
});

test("when room returns the alarm ends and what waits is stored", async () => {
  const world = build();
  world.medium.freeBytes = 100;
  await world.storage.start();
  world.storage.store(finishedPair(world.medium, 1));
  await runUntil(world.clock, () => world.news.includes("main full"), 1000);
  world.medium.freeBytes = 1_000_000;
  await runUntil(world.clock, () => world.news.some((line) => line.startsWith("stored")), 120_000);
  assert.ok(world.news.includes("main has room"));
  const isWell = () => world.storage.drives().every(({ state }) => state === "ok");
  await runUntil(world.clock, isWell, 120_000);
  await world.storage.close();
});

test("ENOSPC in the middle of an attempt leads to the next drive and leaves nothing behind", async () => {
  const hook: CallHook = ({ op, path }) =>
    op === "write" && path.startsWith("/one/") ? { before: "fail", code: "ENOSPC" } : null;
  const world = build({ hook });
  await world.storage.start();
  world.storage.store(finishedPair(world.medium, 1));
  await runUntil(world.clock, () => world.news.length > 0, 1000);
  assert.deepEqual(world.news, [`stored ${keyOf(1)} /two`]);
  assert.deepEqual(world.medium.paths("/one"), []);
  assert.equal(world.storage.drives()[0]?.state, "full");
  await world.storage.close();
});

for (const code of ["EIO", "EACCES", "EROFS"]) {
  test(`a drive that fails with ${code} is passed over and tried again later`, async () => {
    let isBroken = true;
    const hook: CallHook = ({ op, path }) =>
      isBroken && op === "open" && path.startsWith("/one/") ? { before: "fail", code } : null;
    const world = build({ hook });
    await world.storage.start();
    world.storage.store(finishedPair(world.medium, 1));
    await runUntil(world.clock, () => world.news.length === 1, 1000);
    assert.deepEqual(world.news, [`stored ${keyOf(1)} /two`]);
    assert.equal(world.storage.drives()[0]?.state, "failed");
    isBroken = false;
    await runUntil(world.clock, () => world.storage.drives()[0]?.state === "ok", 120_000);
    world.storage.store(finishedPair(world.medium, 2));
    await runUntil(world.clock, () => world.news.length === 2, 1000);
    assert.equal(world.news[1], `stored ${keyOf(2)} /one`);
    await world.storage.close();
  });
}

test("a frozen drive holds nothing up for longer than its deadline", async () => {
  const hook: CallHook = ({ op, path }) =>
    op === "sync" && path.startsWith("/one/") ? { before: "freeze" } : null;
  const world = build({ hook });
  await world.storage.start();
  world.storage.store(finishedPair(world.medium, 1));
  await runUntil(world.clock, () => world.news.length > 0, 60_000);
  assert.deepEqual(world.news, [`stored ${keyOf(1)} /two`]);
  assert.ok(world.clock.nowMs() >= 30_000 && world.clock.nowMs() <= 31_000);
  world.storage.store(finishedPair(world.medium, 2));
  await runUntil(world.clock, () => world.news.length > 1, 1000);
  assert.deepEqual(world.news[1], `stored ${keyOf(2)} /two`);
  await world.storage.close();
});

test("a commit that a frozen drive makes after all is removed: nothing is there twice", async () => {
  let thaw: () => void = () => undefined;
  const thawed = new Promise<void>((resolve) => (thaw = resolve));
  const world = build();
  const { disk } = world;
  const rename = disk.rename.bind(disk);
  // The commit's rename on the first drive is carried out only when the drive thaws.
  disk.rename = async (from, to) => {
    if (to.startsWith("/one/") && to.endsWith(".vrtx")) await thawed;
    return rename(from, to);
  };
  await world.storage.start();
  world.storage.store(finishedPair(world.medium, 1));
  await runUntil(world.clock, () => world.news.length > 0, 60_000);
  assert.deepEqual(world.news, [`stored ${keyOf(1)} /two`]);
  thaw();
  await microtasks();
  assert.ok(world.medium.files.has(`/one/${DAY}/${keyOf(1)}.vrtx`));
  await runUntil(world.clock, () => world.medium.paths("/one").length === 0, 120_000);
  assert.equal(world.medium.paths("/two").length, 2);
  assert.deepEqual(world.storage.committed(keyOf(1)), { pool: "main", drive: "/two" });
  await world.storage.close();
});

test("a missing encoder leaves the recording live and is tried again with back-off", async () => {
  let isMissing = true;
  const world = build({
    encoder: {
      describe: () => (isMissing ? new RecorderError("ENCODER_MISSING", "speexenc: ENOENT") : null),
    },
  });
  await world.storage.start();
  world.storage.store(finishedPair(world.medium, 1));
  const times: number[] = [];
  for (let failure = 1; failure <= 10; failure += 1) {
    await runUntil(world.clock, () => world.news.length === failure, 400_000);
    times.push(world.clock.nowMs());
  }
  assert.ok(world.news.every((line) => line === `failed ${keyOf(1)} ENCODER_MISSING`));
  const waitsMs = times.slice(1).map((time, index) => time - (times[index] ?? 0));
  assert.deepEqual(
    waitsMs,
    [1, 2, 4, 8, 16, 32, 64, 128, 256].map((seconds) => seconds * 1000),
  );
  assert.equal(world.metrics.get("storage_failures_total"), 10);
  assert.ok(world.medium.files.has(`${LIVE}/${keyOf(1)}.ul`));
  isMissing = false;
  await runUntil(world.clock, () => world.news.at(-1)?.startsWith("stored") === true, 400_000);
  assert.equal(world.clock.nowMs() - (times.at(-1) ?? 0), 300_000);
  await world.storage.close();
});

test("a failing encoder is not blamed on the drive, unless the drive is full", async () => {
  const world = build({ encoder: { encode: () => new Error("bad quality") } });
  await world.storage.start();
  world.storage.store(finishedPair(world.medium, 1));
  await runUntil(world.clock, () => world.news.length === 1, 1000);
  assert.deepEqual(world.news, [`failed ${keyOf(1)} ENCODER_FAILED`]);
  assert.equal(world.storage.drives()[0]?.state, "ok");
  assert.deepEqual(world.medium.paths("/one"), []);
  await world.storage.close();

  const full = build({
    encoder: {
      encode: () => {
        full.medium.freeBytes = 10;
        return new Error("short write");
      },
    },
  });
  await full.storage.start();
  full.storage.store(finishedPair(full.medium, 1));
  await runUntil(full.clock, () => full.news.includes("main full"), 1000);
  await full.storage.close();
});

test("a Speex file that does not match its recording is not committed", async () => {
  let spoil: (samples: Int16Array) => Int16Array = (samples) => samples.slice(0, -161);
  const world = build({ encoder: { decode: (samples) => spoil(samples) } });
  await world.storage.start();
  world.storage.store(finishedPair(world.medium, 1, 8000));
  await runUntil(world.clock, () => world.news.length === 1, 1000);
  spoil = (samples) => samples.toReversed();
  await runUntil(world.clock, () => world.news.length === 2, 10_000);
  spoil = (samples) => new Int16Array(samples.length);
  await runUntil(world.clock, () => world.news.length === 3, 10_000);
  assert.deepEqual(new Set(world.news), new Set([`failed ${keyOf(1)} VERIFICATION_FAILED`]));
  assert.deepEqual(world.medium.paths("/one"), []);
  spoil = (samples) => samples;
  await runUntil(world.clock, () => world.news.length === 4, 10_000);
  assert.equal(world.news[3], `stored ${keyOf(1)} /one`);
  await world.storage.close();
});

test("an unreadable live pair is told, and stored once it can be read", async () => {
  let isBroken = true;
  const hook: CallHook = ({ op, path }) =>
    isBroken && op === "read" && path.startsWith(LIVE) ? { before: "fail" } : null;
  const world = build({ hook });
  await world.storage.start();
  world.storage.store(finishedPair(world.medium, 1));
  await runUntil(world.clock, () => world.news.length === 1, 1000);
  assert.deepEqual(world.news, [`failed ${keyOf(1)} LIVE_READ_FAILED`]);
  isBroken = false;
  await runUntil(world.clock, () => world.news.length === 2, 10_000);
  await world.storage.close();
});

test("a live file that differs from its journal is stored all the same, with a warning", async () => {
  const world = build();
  const recording = finishedPair(world.medium, 1);
  world.medium.put(`${LIVE}/${keyOf(1)}.ul`, new Uint8Array(1600).fill(0xff));
  await world.storage.start();
  world.storage.store(recording);
  await runUntil(world.clock, () => world.news.length === 1, 1000);
  assert.ok(world.logLines.some((line) => line.includes("JOURNAL_DAMAGED")));
  await world.storage.close();
});

test("recording goes on without a catalog, also with one that never answers", async () => {
  const catalog = new MemoryCatalog();
  catalog.failure = new RecorderError("CATALOG_FAILED", "disk I/O error");
  const world = build({ catalog });
  await world.storage.start();
  world.storage.store(finishedPair(world.medium, 1));
  await runUntil(world.clock, () => world.news.length === 1, 1000);
  catalog.put = () => new Promise(() => undefined);
  world.storage.store(finishedPair(world.medium, 2));
  await runUntil(world.clock, () => world.news.length === 2, 20_000);
  assert.equal(world.logLines.filter((line) => line.includes("CATALOG_FAILED")).length, 2);
  await world.storage.close();
});

test("committed by an earlier process: only the catalog's row is made good, once", async () => {
  const first = build();
  const recording = finishedPair(first.medium, 1);
  await first.storage.start();
  first.storage.store(recording);
  await runUntil(first.clock, () => first.news.length === 1, 1000);
  await first.storage.close();
  const before = first.medium.paths("/one").map((path) => first.medium.files.get(path));
  const second = build({ medium: first.medium });
  await second.storage.start();
  second.storage.store(recording);
  await runUntil(second.clock, () => second.storage.pending() === 0, 1000);
  assert.equal(second.catalog.rows.get(keyOf(1))?.path, `/one/${DAY}/${keyOf(1)}.spx`);
  const after = first.medium.paths("/one").map((path) => first.medium.files.get(path));
  assert.deepEqual(after, before);
  second.storage.store(recording);
  await microtasks();
  assert.deepEqual(second.news, []);
  await second.storage.close();
});

test("live pairs go after keepHours, only when committed, the `.ul` first", async () => {
  const removed: string[] = [];
  const hook: CallHook = ({ op, path }) => {
    if (op === "remove" && path.startsWith(LIVE)) removed.push(path);
    return null;
  };
  const world = build({ hook, keepHours: 2 });
  finishedPair(world.medium, 9);
  await world.storage.start();
  world.storage.store(finishedPair(world.medium, 1));
  world.storage.store(finishedPair(world.medium, 2, 0));
  await runUntil(world.clock, () => world.news.length === 2, 1000);
  await runUntil(world.clock, () => world.clock.nowMs() >= HOUR_MS, 2 * HOUR_MS);
  await microtasks();
  assert.deepEqual(removed, []);
  await runUntil(world.clock, () => removed.length >= 4, 2 * HOUR_MS);
  await microtasks();
  assert.deepEqual(
    world.medium.paths(LIVE).map((path) => path.slice(LIVE.length + 1)),
    [`${keyOf(9)}.ul`, `${keyOf(9)}.vrtx`],
  );
  assert.equal(removed[0], `${LIVE}/${keyOf(1)}.ul`);
  assert.deepEqual(world.released, [keyOf(1), keyOf(2)]);
  await world.storage.close();
});

test("below the watermark committed pairs go before their time, oldest first", async () => {
  const world = build({ liveWatermarkBytes: 5000 });
  await world.storage.start();
  world.storage.store(finishedPair(world.medium, 1));
  await runUntil(world.clock, () => world.news.length === 1, 1000);
  assert.ok(world.medium.files.has(`${LIVE}/${keyOf(1)}.ul`));
  await world.storage.close();
  const short = build({ medium: world.medium, liveWatermarkBytes: 2_000_000_000 });
  finishedPair(world.medium, 2);
  await short.storage.start();
  assert.deepEqual(
    world.medium.paths(LIVE).map((path) => path.slice(LIVE.length + 1)),
    [`${keyOf(2)}.ul`, `${keyOf(2)}.vrtx`],
  );
  await short.storage.close();
});

test("a live directory that cannot be changed is a warning", async () => {
  const hook: CallHook = ({ op, path }) =>
    op === "remove" && path.startsWith(LIVE) ? { before: "fail", code: "EACCES" } : null;
  const world = build({ hook, keepHours: 0 });
  await world.storage.start();
  world.storage.store(finishedPair(world.medium, 1));
  await runUntil(world.clock, () => world.news.length === 1, 1000);
  await microtasks();
  assert.ok(world.logLines.some((line) => line.includes("LIVE_WRITE_FAILED")));
  await world.storage.close();
});

test("close waits for the attempt under way and drops the queue", async () => {
  const world = build();
  await world.storage.start();
  world.storage.store(finishedPair(world.medium, 1));
  world.storage.store(finishedPair(world.medium, 2));
  const encoded = `/one/${DAY}/${keyOf(1)}.spx.part`;
  await runUntil(world.clock, () => world.medium.files.has(encoded), 1000);
  await world.storage.close();
  assert.deepEqual(world.news, [`stored ${keyOf(1)} /one`]);
  assert.deepEqual(world.clock.names(), []);
  world.storage.store(finishedPair(world.medium, 3));
  await microtasks();
  assert.equal(world.news.length, 1);
});

test("a named pool is used; one that is no longer configured becomes the first", async () => {
  const other = { name: "other", drives: [{ path: "/three", maxBytes: 1_000_000 }] };
  const world = build({ pools: [twoDrives(), other], concurrency: 2 });
  await world.storage.start();
  world.storage.store({ ...finishedPair(world.medium, 1), pool: "other" });
  world.storage.store({ ...finishedPair(world.medium, 2), pool: "gone" });
  await runUntil(world.clock, () => world.news.length === 2, 1000);
  assert.deepEqual(world.news.sort(), [`stored ${keyOf(1)} /three`, `stored ${keyOf(2)} /one`]);
  await world.storage.close();
});

test("a drive that cannot be read at start is waited for by recordings that may be on it", async () => {
  const first = build();
  const older = finishedPair(first.medium, 1);
  await first.storage.start();
  first.storage.store(older);
  await runUntil(first.clock, () => first.news.length === 1, 1000);
  await first.storage.close();

  let isMissing = true;
  const hook: CallHook = ({ path }) =>
    isMissing && path.startsWith("/one") ? { before: "fail", code: "ENODEV" } : null;
  const second = build({ medium: first.medium, hook });
  await second.storage.start();
  assert.equal(second.storage.drives()[0]?.state, "missing");
  second.storage.store(older);
  second.storage.store(finishedPair(second.medium, 2));
  await runUntil(second.clock, () => second.news.length === 2, 10_000);
  assert.deepEqual(second.news, [`failed ${keyOf(1)} DRIVE_FAILED`, `stored ${keyOf(2)} /two`]);
  isMissing = false;
  await runUntil(second.clock, () => second.catalog.rows.has(keyOf(1)), 200_000);
  assert.equal(second.catalog.rows.get(keyOf(1))?.drive, "/one");
  assert.equal(second.medium.paths("/two").length, 2);
  await second.storage.close();
});

test("at start leftovers go, half pairs go when the live pair is there, the only copy never", async () => {
  const world = build();
  const path = (seed: number, ending: string): string => `/one/${DAY}/${keyOf(seed)}${ending}`;
  const bytes = Uint8Array.of(1, 2, 3);
  for (const ending of [".spx.part", ".vrtx.part", ".spx"])
    world.medium.put(path(1, ending), bytes);
  finishedPair(world.medium, 1);
  world.medium.put(path(2, ".spx"), bytes);
  world.medium.put(path(3, ".vrtx"), bytes);
  finishedPair(world.medium, 4);
  world.medium.put(path(4, ".vrtx"), bytes);
  world.medium.put(path(5, ".spx"), bytes);
  world.medium.put(path(5, ".vrtx"), bytes);
  world.medium.put(path(5, ".hold"), bytes);
  world.medium.put(`/one/${DAY}/README`, bytes);
  world.medium.put(`/two/${DAY}/${keyOf(5)}.spx`, bytes);
  world.medium.put(`/two/${DAY}/${keyOf(5)}.vrtx`, bytes);
  await world.storage.start();
  assert.deepEqual(world.medium.paths("/one"), [
    path(2, ".spx"),
    path(3, ".vrtx"),
    path(5, ".hold"),
    path(5, ".spx"),
    path(5, ".vrtx"),
    `/one/${DAY}/README`,
  ]);
  assert.deepEqual(world.medium.paths("/two"), []);
  assert.deepEqual(world.storage.committed(keyOf(5)), { pool: "main", drive: "/one" });
  assert.equal(world.storage.committed(keyOf(3)), null);
  await world.storage.close();
});

test("an error that no port can raise is not swallowed", async () => {
  const catalog = new MemoryCatalog();
  catalog.failure = new TypeError("a programmer's mistake");
  const world = build({ catalog });
  await world.storage.start();
  const errors: unknown[] = [];
  const listeners = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection");
  const seen = new Promise<void>((resolve) => {
    process.once("unhandledRejection", (error) => {
      errors.push(error);
      resolve();
    });
  });
  world.storage.store(finishedPair(world.medium, 1));
  await seen;
  for (const listener of listeners) process.on("unhandledRejection", listener);
  assert.equal(errors[0], catalog.failure);
  assert.notEqual(diskError("EIO", "/").message, "");
});

test("while the encoder fails, the outcome in the catalog says so; once stored it is what it was", async () => {
  let left = 1;
  const encode = (): Error | null =>
    left-- > 0 ? new RecorderError("ENCODER_FAILED", "on purpose") : null;
  const world = build({ encoder: { encode } });
  await world.storage.start();
  world.storage.store(finishedPair(world.medium, 1));
  await runUntil(world.clock, () => world.news.length === 1, 1000);
  const waiting = world.catalog.rows.get(keyOf(1));
  assert.deepEqual([waiting?.outcome, waiting?.why], ["degraded", "encoder-failed"]);
  assert.equal(waiting?.path, null);
  await runUntil(world.clock, () => world.news.length === 2, 10_000);
  const stored = world.catalog.rows.get(keyOf(1));
  assert.deepEqual([stored?.outcome, stored?.why], ["ok", null]);
  await world.storage.close();
});
