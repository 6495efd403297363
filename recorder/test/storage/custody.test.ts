// Legal hold, erasure, retention, verification and reindex over a storage service: what people may
// do to recordings, and what survives a crash half way.
import assert from "node:assert/strict";
import { test } from "node:test";
import { MARKS } from "../../src/storage/pool-files.ts";
import type { AdminAnswer } from "../../src/storage/storage-admin.ts";
import { expired } from "../../src/storage/retention.ts";
import { hoursLeft, isSpaceLow, Load } from "../../src/storage/space.ts";
import { CrashMedium, type CallHook } from "./crash-disk.ts";
import { microtasks, runUntil } from "./manual-clock.ts";
import { build, DAY, finishedPair, keyOf, LIVE, twoDrives, type BuildOptions } from "./world.ts";

const DEED = { by: "anna", reason: "case 7" };
const DAY_MS = 86_400_000;

/** A service with one stored recording. */
async function withOne(options: BuildOptions = {}) {
  const world = build(options);
  const recording = finishedPair(world.medium, 1);
  await world.storage.start();
  world.storage.store(recording);
  await runUntil(world.clock, () => world.storage.pending() === 0, 60_000);
  return { ...world, key: recording.recordingKey };
}

test("a hold lies beside the .spx, survives catalog and restart, and forbids to erase", async () => {
  const { storage, medium, catalog, key } = await withOne();
  assert.deepEqual(await storage.hold(key, DEED), { ok: true });
  assert.deepEqual(await storage.hold(key, { by: "ben", reason: "again" }), { ok: true });
  assert.ok(medium.files.has(`/one/${DAY}/${key}${MARKS.hold}`));
  assert.equal(catalog.rows.get(key)?.isHeld, true);
  await storage.close();
  const again = build({ medium });
  await again.storage.start();
  await runUntil(again.clock, () => again.catalog.rows.size === 1, 60_000);
  assert.equal(again.catalog.rows.get(key)?.isHeld, true, "the rebuilt catalog knows the hold");
  assert.equal((await again.storage.holdOf(key))?.reason, "case 7");
  const refusal = await again.storage.erase(key, DEED);
  assert.equal(refusal.ok || refusal.code, "held");
  assert.deepEqual(await again.storage.releaseHold(key), { ok: true });
  assert.equal(await again.storage.holdOf(key), null);
  assert.deepEqual(await again.storage.erase(key, DEED), { ok: true });
  assert.deepEqual(again.medium.paths("/one"), []);
  assert.deepEqual(again.medium.paths(LIVE), []);
  assert.equal(again.catalog.rows.size, 0);
  await again.storage.close();
});

test("a hold on what is not stored yet goes along into the pool", async () => {
  const world = build({ pools: [twoDrives(1)] });
  const recording = finishedPair(world.medium, 1);
  await world.storage.start();
  world.storage.store(recording);
  await runUntil(world.clock, () => world.news.length > 0, 60_000);
  assert.deepEqual(await world.storage.hold(recording.recordingKey, DEED), { ok: true });
  await world.storage.close();
  const again = build({ medium: world.medium });
  await again.storage.begin(async () => undefined);
  await runUntil(again.clock, () => again.storage.pending() === 0, 60_000);
  const name = `${recording.recordingKey}${MARKS.hold}`;
  assert.ok(again.medium.files.has(`/one/${DAY}/${name}`));
  assert.equal(again.medium.files.has(`${LIVE}/${name}`), false);
  assert.equal(again.catalog.rows.get(recording.recordingKey)?.isHeld, true);
  await again.storage.close();
});

test("unknown, running and too young recordings are refused, each with its reason", async () => {
  const pool = { ...twoDrives(), keepAtLeastDays: 5 };
  const { storage, medium, clock, key } = await withOne({ pools: [pool] });
  const codeOf = async (recordingKey: string): Promise<string> => {
    const answer = await storage.erase(recordingKey, DEED);
    return answer.ok ? "ok" : answer.code;
  };
  assert.equal(await codeOf(keyOf(7)), "not-found");
  assert.equal(await codeOf("../../etc/passwd"), "not-found");
  medium.put(`${LIVE}/${keyOf(8)}.tmpvrtx`, new Uint8Array());
  assert.equal(await codeOf(keyOf(8)), "in-progress");
  assert.equal(await codeOf(key), "kept");
  clock.step(clock.nowMs() + 1);
  await storage.close();
});

for (const side of ["before", "after"] as const) {
  test(`an erasure that a crash ${side} any disk call interrupts is finished at the next start, or never began`, async () => {
    let isThrough = false;
    for (let point = 1; !isThrough && point < 100; point += 1) {
      let calls = Number.NEGATIVE_INFINITY;
      const hook: CallHook = () => {
        calls += 1;
        if (calls !== point) return null;
        return side === "before" ? { before: "crash" } : { after: "crash" };
      };
      const world = await withOne({ hook });
      calls = 0;
      const erasing = world.storage.erase(world.key, DEED);
      await microtasks(2000);
      isThrough = !world.disk.hasCrashed;
      calls = Number.NEGATIVE_INFINITY;
      if (isThrough) assert.deepEqual(await erasing, { ok: true });
      const again = build({ medium: world.medium });
      await again.storage.begin(async () => undefined);
      await runUntil(again.clock, () => again.storage.pending() === 0, 600_000);
      const left = [...again.medium.paths("/one"), ...again.medium.paths("/two")];
      const live = again.medium.paths(LIVE);
      const isWhole = left.length === 2 && live.length === 2;
      const isGone = left.length === 0 && live.length === 0;
      assert.ok(isWhole || isGone, `call ${point}: ${[...left, ...live].join(" ")}`);
      const told = [...world.news, ...again.news].some((line) => line.startsWith("erased"));
      if (isGone) assert.ok(told, `call ${point}: erased without a trace`);
      await again.storage.close();
      if (isThrough) await world.storage.close();
    }
    assert.ok(isThrough);
  });
}

/** A recording in no pool: its drives are too small for it. */
async function withUnstored(options: BuildOptions = {}) {
  const world = build({ pools: [twoDrives(1)], ...options });
  const { recordingKey: key } = finishedPair(world.medium, 1);
  await world.storage.start();
  return { ...world, key };
}

const answerOf = (answer: AdminAnswer): string =>
  answer.ok ? "ok" : `${answer.code}: ${answer.detail}`;

test("each refusal says why, to whoever asks for whatever", async () => {
  const { storage, medium } = await withOne();
  medium.put(`${LIVE}/${keyOf(8)}.tmpvrtx`, new Uint8Array());
  for (const [key, answer] of [
    [keyOf(7), "not-found: no drive and no live pair has this recording"],
    ["../../etc/passwd", "not-found: this is no recordingKey"],
    [keyOf(8), "in-progress: the recording has not ended yet"],
  ] as const) {
    assert.equal(answerOf(await storage.erase(key, DEED)), answer);
    assert.equal(answerOf(await storage.hold(key, DEED)), answer);
    assert.equal(answerOf(await storage.releaseHold(key)), answer);
  }
  assert.equal(await storage.holdOf("../../etc/passwd"), null);
  assert.equal(await storage.holdOf(keyOf(7)), null);
  await storage.close();
});

test("a hold on what is not stored lies beside the live pair, until it is released", async () => {
  const { storage, medium, key, catalog } = await withUnstored();
  assert.equal(answerOf(await storage.hold(key, DEED)), "ok");
  assert.ok(medium.files.has(`${LIVE}/${key}.hold`));
  assert.deepEqual(await storage.holdOf(key), {
    ...{ recordingKey: key, at: "2026-11-22T17:00:01.234Z", by: "anna", reason: "case 7" },
  });
  assert.equal(
    answerOf(await storage.erase(key, DEED)),
    "held: a legal hold lies on the recording",
  );
  assert.equal(answerOf(await storage.releaseHold(key)), "ok");
  assert.equal(await storage.holdOf(key), null);
  assert.equal(catalog.rows.size, 0);
  await storage.close();
});

test("a released hold is gone from files, memory and catalog", async () => {
  const { storage, medium, key, catalog } = await withOne();
  await storage.hold(key, DEED);
  assert.equal((await storage.holdOf(key))?.by, "anna");
  await storage.releaseHold(key);
  assert.equal(medium.files.has(`/one/${DAY}/${key}.hold`), false);
  assert.equal(catalog.rows.get(key)?.isHeld, false);
  assert.equal(await storage.holdOf(key), null);
  await storage.close();
});

test("what is erased frees its bytes, and is told with who, why and what it was", async () => {
  const { storage, key, news, metrics } = await withOne();
  assert.ok((storage.drives()[0]?.usedBytes ?? 0) > 1600);
  assert.equal(answerOf(await storage.erase(key, DEED)), "ok");
  assert.equal(storage.drives()[0]?.usedBytes, 0);
  assert.equal(storage.committed(key), null);
  assert.ok(news.includes(`erased ${key} anna asked`));
  assert.equal(metrics.get("storage_erased_total"), 1);
  assert.equal(
    answerOf(await storage.erase(key, DEED)),
    "not-found: no drive and no live pair has this recording",
  );
  await storage.close();
});

test("what is not stored is erased from the live directory and is not stored any more", async () => {
  const { storage, medium, key, news, clock } = await withUnstored();
  storage.store(finishedPair(medium, 1));
  await runUntil(clock, () => news.length > 0, 60_000);
  assert.equal(storage.pending(), 1);
  assert.equal(answerOf(await storage.erase(key, DEED)), "ok");
  assert.deepEqual([storage.pending(), medium.paths(LIVE)], [0, []]);
  assert.ok(news.includes(`erased ${key} anna asked`));
  await storage.close();
});

test("an erasure of the live directory that a crash interrupted is finished at the start", async () => {
  const world = build();
  const { recordingKey: key } = finishedPair(world.medium, 1);
  const mark = JSON.stringify({ version: 1, recordingKey: key, by: "anna", reason: "case 7" });
  world.medium.put(`${LIVE}/${key}.erase`, new TextEncoder().encode(mark));
  finishedPair(world.medium, 2);
  world.medium.put(`${LIVE}/${keyOf(2)}.hold`, new TextEncoder().encode(mark));
  await world.storage.start();
  assert.deepEqual(world.news, [`erased ${key} anna restart`]);
  assert.deepEqual(
    world.medium.paths(LIVE).map((path) => path.slice(LIVE.length + 1 + keyOf(2).length)),
    [".hold", ".ul", ".vrtx"],
  );
  await world.storage.close();
});

test("an erasure of a drive that a crash interrupted is finished when the drive is read", async () => {
  const { storage, medium, key } = await withOne();
  await storage.close();
  const mark = JSON.stringify({ version: 1, recordingKey: key, by: "anna", reason: "case 7" });
  medium.put(`/one/${DAY}/${key}.erase`, new TextEncoder().encode(mark));
  const again = build({ medium });
  await again.storage.start();
  assert.deepEqual(again.news, [`erased ${key} anna restart`]);
  assert.deepEqual([...medium.paths("/one"), ...medium.paths(LIVE)], []);
  await again.storage.close();
});

test("the pool's days are full to the millisecond before anybody may erase", async () => {
  const keepAtLeastDays = 1 / 1024;
  const began = Number(keyOf(1).split("-").at(-1));
  const { storage, clock, key } = await withOne({ pools: [{ ...twoDrives(), keepAtLeastDays }] });
  const wait = async (untilMs: number): Promise<void> => {
    clock.setTimer("wait", untilMs - clock.wallTimeMs(), () => undefined);
    await runUntil(clock, () => clock.wallTimeMs() >= untilMs, DAY_MS);
  };
  await wait(began + keepAtLeastDays * DAY_MS - 1);
  assert.equal(
    answerOf(await storage.erase(key, DEED)),
    `kept: the pool keeps recordings ${keepAtLeastDays} days at least`,
  );
  await wait(began + keepAtLeastDays * DAY_MS);
  assert.equal(answerOf(await storage.erase(key, DEED)), "ok");
  await storage.close();
});

test("what is in no pool yet is kept as the first pool keeps; a clock set back keeps nothing else", async () => {
  const first = { ...twoDrives(1), keepAtLeastDays: 5 };
  const second = { name: "other", drives: [{ path: "/three", maxBytes: 1 }] };
  const kept = await withUnstored({ pools: [first, second] });
  assert.match(answerOf(await kept.storage.erase(kept.key, DEED)), /^kept: /);
  await kept.storage.close();
  const future = await withUnstored();
  const key = keyOf(1).replace(/\d+$/, String(future.clock.wallTimeMs() + DAY_MS));
  future.medium.put(`${LIVE}/${key}.vrtx`, new Uint8Array());
  assert.equal(answerOf(await future.storage.erase(key, DEED)), "ok");
  await future.storage.close();
});

test("of a drive that does not answer nothing is promised", async () => {
  let isBroken = false;
  const hook: CallHook = ({ op, path }) =>
    isBroken && op === "open" && path.endsWith(".hold") ? { before: "fail", code: "EIO" } : null;
  const { storage, key } = await withOne({ hook });
  isBroken = true;
  const answer = await storage.hold(key, DEED);
  assert.equal(answer.ok || answer.code, "drive-failed");
  assert.match(answerOf(answer), /DriveTrouble: open: EIO: /);
  isBroken = false;
  assert.equal(answerOf(await storage.hold(key, DEED)), "ok");
  await storage.close();
});

test("while a drive is unknown nobody can say that a recording is nowhere", async () => {
  const hook: CallHook = ({ op, path }) =>
    op === "list" && path.startsWith("/one") ? { before: "fail" } : null;
  const { storage } = await withUnstored({ hook, pools: [twoDrives()] });
  assert.equal(
    answerOf(await storage.erase(keyOf(7), DEED)),
    "drive-failed: it may be on /one, which cannot be read",
  );
  await storage.close();
});

test("a live directory that fails is an answer; a mistake of ours is none", async () => {
  let failure: "fail" | "throw" | null = null;
  const { storage, key } = await withUnstored({
    hook: ({ path, op }) => {
      if (failure === "throw") throw new TypeError("a mistake");
      return failure === "fail" && op === "open" && path.endsWith(".erase")
        ? { before: "fail", code: "EROFS" }
        : null;
    },
  });
  failure = "fail";
  assert.match(answerOf(await storage.erase(key, DEED)), /^drive-failed: Error: EROFS/);
  failure = "throw";
  await assert.rejects(storage.erase(key, DEED), /a mistake/);
  failure = null;
  await storage.close();
});

test("one thing at a time for each recording: a hold that was asked for first is met", async () => {
  const { storage, key, news } = await withOne();
  const [held, refused, released, erased] = await Promise.all([
    storage.hold(key, DEED),
    storage.erase(key, DEED),
    storage.releaseHold(key),
    storage.erase(key, DEED),
  ]);
  assert.deepEqual([held, released, erased], [{ ok: true }, { ok: true }, { ok: true }]);
  assert.equal(refused.ok || refused.code, "held");
  assert.equal(news.filter((line) => line.startsWith("erased")).length, 1);
  await storage.close();
});

test("a journal that cannot be read any more keeps nobody from erasing", async () => {
  const hook: CallHook = ({ op, path }) =>
    op === "readFile" && path.endsWith(".vrtx") ? { before: "fail" } : null;
  const { storage, key } = await withUnstored({ hook });
  assert.equal(answerOf(await storage.erase(key, DEED)), "ok");
  await storage.close();
});

test("retention takes what is older than both limits and not on hold, oldest first", () => {
  const nowMs = 100 * DAY_MS;
  const at = (day: number): string => `key-${day * DAY_MS}`;
  const entry = (day: number, isHeld = false) => ({ recordingKey: at(day), pool: "p", isHeld });
  const entries = [entry(80), entry(95), entry(60), entry(50, true)];
  const rules = (deleteAfterDays: number, keepAtLeastDays: number) =>
    new Map([["p", { deleteAfterDays, keepAtLeastDays }]]);
  assert.deepEqual(expired(entries, rules(10, 0), nowMs), [at(60), at(80)]);
  assert.deepEqual(expired(entries, rules(10, 30), nowMs), [at(60)]);
  assert.deepEqual(expired(entries, rules(0, 0), nowMs), []);
});

test("retention erases at its hour, tells who it was, and spares a hold", async () => {
  const pool = { ...twoDrives(), deleteAfterDays: 1 };
  const { storage, medium, clock, news, key } = await withOne({ pools: [pool] });
  const second = finishedPair(medium, 2);
  storage.store(second);
  await runUntil(clock, () => storage.pending() === 0, 60_000);
  await storage.hold(second.recordingKey, DEED);
  await runUntil(clock, () => news.some((line) => line.startsWith("erased")), 2 * DAY_MS);
  assert.ok(news.includes(`erased ${key} retention retention`));
  assert.deepEqual(storage.storedKeys(), [second.recordingKey]);
  await storage.close();
});

test("verify finds a changed .spx, a lost one, and tells what is not stored or unknown", async () => {
  const { storage, medium, key } = await withOne();
  const good = await storage.verify(key);
  assert.deepEqual([good.state, good.problems], ["ok", []]);
  assert.deepEqual([good.isAsStored, good.isDecodable, good.isLiveAsRecorded], [true, true, true]);
  const path = `/one/${DAY}/${key}.spx`;
  const inode = medium.files.get(path);
  assert.ok(inode !== undefined);
  const whole = inode.data;
  inode.data = whole.slice();
  inode.data[700] = (inode.data[700] ?? 0) ^ 0x7f;
  assert.equal((await storage.verify(key)).state, "damaged");
  inode.data = whole;
  medium.files.delete(path);
  assert.equal((await storage.verify(key)).state, "unreadable");
  finishedPair(medium, 5);
  assert.equal((await storage.verify(keyOf(5))).state, "not-stored");
  assert.equal((await storage.verify(keyOf(6))).state, "missing");
  assert.equal((await storage.verify("../x")).state, "missing");
  await storage.close();
});

test("reindex writes a row a recording, with its hold, and removes rows without files", async () => {
  const { storage, catalog, key } = await withOne();
  await storage.hold(key, DEED);
  const row = catalog.rows.get(key);
  assert.ok(row !== undefined);
  catalog.rows.clear();
  catalog.rows.set("stale-1", { ...row, recordingKey: "stale-1" });
  const seen: number[] = [];
  const progress = { onProgress: (done: number) => void seen.push(done), mayGoOn: () => true };
  const result = await storage.reindex(progress);
  assert.deepEqual(
    [result.rows, result.held, result.removed, result.unreadable, result.unknownDrives],
    [1, 1, 1, [], []],
  );
  assert.deepEqual([...catalog.rows.keys()], [key]);
  assert.equal(catalog.rows.get(key)?.path, row.path);
  assert.equal(catalog.rows.get(key)?.isHeld, true);
  assert.deepEqual(seen, [1]);
  await storage.close();
});

test("a drive that held recordings and is empty after a restart is missing, not new", async () => {
  const drivesFile = "/state/drives.jsonl";
  const first = await withOne({ drivesFile });
  await first.storage.close();
  const { medium } = first;
  const away = new Map([...medium.files].filter(([path]) => path.startsWith("/one/")));
  for (const path of away.keys()) medium.files.delete(path);
  for (const path of medium.directories)
    if (path.startsWith("/one/")) medium.directories.delete(path);
  const again = build({ medium, drivesFile });
  await again.storage.begin(async () => undefined);
  await runUntil(again.clock, () => again.news.length > 0, 60_000);
  assert.deepEqual(
    again.storage.drives().map(({ state }) => state),
    ["missing", "ok"],
  );
  assert.deepEqual(again.medium.paths("/two"), [], "it may be on the missing drive");
  const recording = finishedPair(new CrashMedium(), 3);
  finishedPair(medium, 3);
  again.storage.store(recording);
  await runUntil(again.clock, () => again.news.includes(`stored ${keyOf(3)} /two`), 60_000);
  for (const [path, inode] of away) medium.put(path, inode.data);
  await runUntil(again.clock, () => again.storage.pending() === 0, 120_000);
  assert.equal(again.storage.committed(first.key)?.drive, "/one");
  await again.storage.close();
});

test("space is told in hours of recording, with an alarm that does not flutter", async () => {
  const load = new Load();
  assert.equal(load.recordings, 1);
  load.push(0, 4);
  load.push(60_000, 2);
  assert.equal(load.recordings, 4);
  load.push(3_700_000, 1);
  assert.equal(load.recordings, 1);
  load.stored(8_000, 2_000);
  assert.equal(load.share, 0.25);
  assert.equal(hoursLeft(8000 * 3600 * 10, 5), 2);
  assert.equal(isSpaceLow(false, 3.9, 4), true);
  assert.equal(isSpaceLow(true, 4.2, 4), true);
  assert.equal(isSpaceLow(true, 4.5, 4), false);
  const pool = { ...twoDrives(1000), alarmHours: 1 };
  const world = build({ pools: [pool], liveAlarmHours: 0.01 });
  await world.storage.start();
  await microtasks();
  assert.ok(world.news.includes("main low"));
  assert.equal(world.storage.pools()[0]?.isLow, true);
  assert.equal(world.storage.liveSpace()?.isLow, false);
  await world.storage.close();
});
