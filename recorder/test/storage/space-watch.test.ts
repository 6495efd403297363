// Free space, looked at once a minute: what is told, when the alarm is raised, and what a disk that
// fails or does not answer changes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Metrics } from "../../src/metrics.ts";
import { DrivePools, type PoolOptions } from "../../src/storage/drive-pools.ts";
import { SpaceWatch } from "../../src/storage/space-watch.ts";
import { RecordingLog } from "../devlink3/fakes.ts";
import { CrashDisk, CrashMedium, type CallHook } from "./crash-disk.ts";
import { ManualClock, microtasks } from "./manual-clock.ts";
import { standInEncoder } from "./world.ts";

const HOUR_BYTES = 8000 * 3600;
/** Before anything has been stored. */
const SHARE = 0.4;

async function setUp(
  set: { hook?: CallHook; liveAlarmHours?: number; pools?: readonly PoolOptions[] } = {},
) {
  const medium = new CrashMedium();
  medium.directories.add("/live");
  const clock = new ManualClock();
  const [log, metrics] = [new RecordingLog(), new Metrics()];
  const disk = new CrashDisk(medium, set.hook);
  const options = set.pools ?? [
    { name: "main", drives: [drive("/one"), drive("/two")], alarmHours: 10 },
    { name: "other", drives: [drive("/three")] },
  ];
  const encoder = standInEncoder(disk, {});
  const ports = { clock, log, encoder, driveDisk: () => disk };
  const pools = new DrivePools({ pools: options, isLive: () => false }, ports);
  await pools.scan();
  const told: string[] = [];
  const watch = new SpaceWatch(
    { liveDirectory: "/live", liveAlarmHours: set.liveAlarmHours ?? 10, pools: options },
    { ports: { clock, disk, log, metrics }, pools },
    (place, isLow, hours) => told.push(`${place} ${isLow ? "low" : "well"} ${hours.toFixed(2)}`),
  );
  const minute = async (): Promise<void> => {
    clock.step(clock.nowMs() + 60_000);
    await microtasks();
  };
  const begin = async (): Promise<void> => {
    watch.start();
    await microtasks();
  };
  return { medium, clock, log, metrics, watch, pools, told, minute, begin };
}

const drive = (path: string, maxBytes = 1_000 * HOUR_BYTES) => ({ path, maxBytes });

test("nothing is known before the first look; then hours of live directory and pools", async () => {
  const { watch, medium, metrics, begin } = await setUp();
  assert.equal(watch.live(0), null);
  medium.freeBytes = 100 * HOUR_BYTES;
  metrics.set("recordings_open", 4);
  await begin();
  assert.deepEqual(watch.live(3), {
    ...{ directory: "/live", freeBytes: 100 * HOUR_BYTES, hoursLeft: 25, isLow: false, waiting: 3 },
  });
  const [main, other] = watch.pools((pool) => pool === "other");
  const hours = (pools: number): number => (pools * 100) / 4 / SHARE;
  assert.deepEqual(
    [main?.pool, main?.freeBytes, main?.hoursLeft, main?.isFull, main?.isLow, main?.recordings],
    ["main", 200 * HOUR_BYTES, hours(2), false, false, 0],
  );
  assert.deepEqual(
    [other?.pool, other?.hoursLeft, other?.isFull, other?.drives.map(({ path }) => path)],
    ["other", hours(1), true, ["/three"]],
  );
  assert.equal(metrics.get("live_hours_left"), 25);
  assert.equal(metrics.get("pool_hours_left"), hours(1), "of the pool that has the least");
  await watch.close();
});

test("each place raises its alarm once, and takes it back once; 0 hours raise none", async () => {
  const { medium, watch, told, metrics, begin, minute } = await setUp();
  medium.freeBytes = 2 * SHARE * HOUR_BYTES;
  await begin();
  await minute();
  assert.deepEqual(told, ["live low 0.80", "main low 4.00"]);
  assert.equal(metrics.get("space_alarms"), 2);
  assert.deepEqual([watch.live(0)?.isLow, watch.pools(() => false)[0]?.isLow], [true, true]);
  medium.freeBytes = 10 * SHARE * HOUR_BYTES;
  await minute();
  assert.deepEqual(told.slice(2), ["main well 20.00"]);
  assert.equal(metrics.get("space_alarms"), 1);
  await watch.close();
});

test("drives in trouble have no room to offer", async () => {
  let failing = "";
  const { medium, watch, begin, minute } = await setUp({
    hook: ({ op, path }) =>
      op === "freeBytes" && path === failing ? { before: "fail", code: "EIO" } : null,
  });
  medium.freeBytes = 100 * HOUR_BYTES;
  await begin();
  failing = "/one";
  await minute();
  assert.equal(watch.pools(() => false)[0]?.freeBytes, 100 * HOUR_BYTES);
  await watch.close();
});

test("it looks once a minute, and not again before a slow disk has answered", async () => {
  let looks = 0;
  let isSlow = false;
  const { clock, watch, begin, minute } = await setUp({
    hook: ({ op, path }) => {
      if (op !== "freeBytes" || path !== "/live") return null;
      looks += 1;
      return isSlow ? { before: "freeze" } : null;
    },
  });
  await begin();
  assert.deepEqual(clock.names(), ["storage.space"]);
  assert.equal(clock.step(59_999), false);
  await minute();
  assert.equal(looks, 2);
  isSlow = true;
  await minute();
  await minute();
  assert.equal(looks, 3);
  assert.deepEqual(clock.names(), ["storage.space"]);
  void watch.close();
  assert.deepEqual(clock.names(), []);
});

test("a live disk that cannot be asked is told; a mistake of ours is none of its troubles", async () => {
  const { watch, log, begin } = await setUp({
    hook: ({ path }) => (path === "/live" ? { before: "fail", code: "EIO" } : null),
  });
  await begin();
  assert.deepEqual(log.lines, [
    {
      level: "warn",
      message: "free space could not be learnt",
      fields: { code: "LIVE_WRITE_FAILED", detail: "EIO: /live" },
    },
  ]);
  assert.equal(watch.live(0), null);
  await watch.close();
});

test("once closed it neither looks nor tells", async () => {
  const { watch, clock, medium, told } = await setUp();
  medium.freeBytes = 1;
  watch.start();
  const closing = watch.close();
  await closing;
  assert.deepEqual(told, []);
  watch.start();
  assert.deepEqual(clock.names(), []);
});

test("without pools there is no least of them", async () => {
  const { watch, metrics, begin } = await setUp({ pools: [] });
  await begin();
  assert.equal(metrics.get("pool_hours_left"), 0);
  assert.deepEqual(
    watch.pools(() => false),
    [],
  );
  await watch.close();
});
