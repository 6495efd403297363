// Which live pairs are released, when, and in what order; a pair that no pool has never is.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LiveKeeper } from "../../src/storage/live-keeper.ts";
import { RecordingLog } from "../devlink3/fakes.ts";
import { CrashDisk, CrashMedium, type CallHook } from "./crash-disk.ts";
import { ManualClock } from "./manual-clock.ts";

const HOUR_MS = 3_600_000;

function setUp(set: { hook?: CallHook; keepHours?: number; watermarkBytes?: number } = {}) {
  const medium = new CrashMedium();
  medium.directories.add("/live");
  const clock = new ManualClock();
  const log = new RecordingLog();
  const calls: string[] = [];
  const released: string[] = [];
  const disk = new CrashDisk(medium, (call) => {
    if (call.op === "remove") calls.push(call.path.slice("/live/".length));
    return set.hook?.(call) ?? null;
  });
  const keeper = new LiveKeeper(
    {
      liveDirectory: "/live",
      keepHours: set.keepHours ?? 2,
      watermarkBytes: set.watermarkBytes ?? 0,
      onReleased: (key) => void released.push(key),
    },
    { clock, disk, log },
  );
  /** A pair whose journal was complete `ageMs` ago. */
  const pair = (key: string, ageMs: number, endings = ["ul", "vrtx"]): void => {
    medium.wallTimeMs = () => clock.wallTimeMs() - ageMs;
    for (const ending of endings) medium.put(`/live/${key}.${ending}`, new Uint8Array(1));
  };
  return { medium, clock, disk, log, calls, released, keeper, pair };
}

test("keys are those of every pair, finished ones apart; directories and other files are none", async () => {
  const { keeper, pair, medium } = setUp();
  pair("a", 0);
  pair("b", 0, ["ul", "tmpvrtx"]);
  pair("c", 0, ["vrtx"]);
  pair("d", 0, ["hold", "ul.bak"]);
  medium.directories.add("/live/e.vrtx");
  const { all, finished } = await keeper.list();
  assert.deepEqual(
    [[...all].toSorted(), [...finished]],
    [
      ["a", "b", "c"],
      ["a", "c"],
    ],
  );
});

test("marks are holds and begun erasures; without a directory there is neither mark nor pair", async () => {
  const { keeper, pair } = setUp();
  pair("a", 0, ["ul", "vrtx", "hold", "erase"]);
  assert.deepEqual(await keeper.marks(), ["a.erase", "a.hold"]);
  const none = setUp();
  none.medium.directories.delete("/live");
  assert.deepEqual(await none.keeper.marks(), []);
  assert.equal((await none.keeper.list()).all.size, 0);
  const broken = setUp({ hook: () => ({ before: "fail", code: "EACCES" }) });
  await assert.rejects(broken.keeper.marks(), { code: "EACCES" });
});

test("a committed pair goes when its hours are full, the .ul first; and it is told", async () => {
  const { keeper, pair, calls, released, log } = setUp();
  pair("young", 2 * HOUR_MS - 1);
  pair("old", 2 * HOUR_MS);
  await keeper.release(() => true);
  assert.deepEqual(calls, ["old.ul", "old.vrtx"]);
  assert.deepEqual(released, ["old"]);
  assert.deepEqual(log.lines, [
    { level: "info", message: "live pair released", fields: { recordingId: "old", isOld: true } },
  ]);
});

test("what no pool has stays, however old; what is in progress is not asked for", async () => {
  const { keeper, pair, released } = setUp();
  pair("a", 900 * HOUR_MS);
  pair("b", 900 * HOUR_MS, ["ul", "tmpvrtx"]);
  const asked: string[] = [];
  await keeper.release((key) => {
    asked.push(key);
    return false;
  });
  assert.deepEqual([asked, released], [["a"], []]);
});

test("below the watermark the oldest go before their time, until there is room again", async () => {
  let freeBytes = 70;
  const world = setUp({
    watermarkBytes: 100,
    hook: ({ op }) => {
      if (op === "remove") freeBytes += 10;
      return null;
    },
  });
  Object.defineProperty(world.medium, "freeBytes", { get: () => freeBytes });
  for (const [key, ageMs] of [
    ["c", 1000],
    ["b", 2000],
    ["a", 2000],
    ["d", 3000],
  ] as const) {
    world.pair(key, ageMs, ["vrtx"]);
  }
  await world.keeper.release(() => true);
  assert.deepEqual(world.released, ["d", "a"]);
  assert.equal(freeBytes, 110, "a missing .ul was asked for as well");
  assert.equal(world.log.lines[0]?.fields["isOld"], false);
});

test("free space at the watermark is enough", async () => {
  const { keeper, pair, medium, released } = setUp({ watermarkBytes: 100 });
  pair("a", 0);
  medium.freeBytes = 100;
  await keeper.release(() => true);
  assert.deepEqual(released, []);
  medium.freeBytes = 99;
  await keeper.release(() => true);
  assert.deepEqual(released, ["a"]);
});

test("what cannot be removed is told and tried again; a mistake of ours is not swallowed", async () => {
  let isBroken = true;
  const { keeper, pair, log, released } = setUp({
    hook: ({ op }) => (isBroken && op === "remove" ? { before: "fail", code: "EACCES" } : null),
  });
  pair("a", 2 * HOUR_MS);
  await keeper.release(() => true);
  assert.deepEqual(log.lines, [
    {
      level: "warn",
      message: "live pairs could not be released",
      fields: { code: "LIVE_WRITE_FAILED", detail: "EACCES: /live/a.ul" },
    },
  ]);
  isBroken = false;
  await keeper.release(() => true);
  assert.deepEqual(released, ["a"]);
  const wrong = setUp({
    hook: () => {
      throw new TypeError("a mistake");
    },
  });
  await assert.rejects(
    wrong.keeper.release(() => true),
    /a mistake/,
  );
});
