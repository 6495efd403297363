// One drive of a pool: what is free, what failed, what is under way, and what is known of it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { RecorderError } from "../../src/errors.ts";
import { DRIVE_CALL_MS, DriveTrouble, PoolDrive } from "../../src/storage/drive.ts";
import { CrashDisk, CrashMedium, diskError, type CallHook } from "./crash-disk.ts";
import { ManualClock, microtasks } from "./manual-clock.ts";

function setUp(hook?: CallHook, set: { watermarkBytes?: number } = {}) {
  const medium = new CrashMedium();
  medium.directories.add("/one");
  const clock = new ManualClock();
  const calls: string[] = [];
  const disk = new CrashDisk(medium, (call) => {
    calls.push(`${call.op} ${call.path}`);
    return hook?.(call) ?? null;
  });
  const drive = new PoolDrive(
    { pool: "main", path: "/one", maxBytes: 10_000, ...set },
    { clock, disk },
  );
  return { medium, clock, calls, disk, drive };
}

const trouble = (kind: string, message: string) => (error: unknown) => {
  assert.ok(error instanceof DriveTrouble);
  assert.equal(error.name, "DriveTrouble");
  assert.deepEqual([error.kind, error.message], [kind, message]);
  return true;
};

test("a new drive is missing until it has been looked at", () => {
  assert.deepEqual(setUp().drive.status(), {
    pool: "main",
    path: "/one",
    usedBytes: 0,
    freeBytes: 0,
    state: "missing",
    maxBytes: 10_000,
    isHung: false,
  });
  assert.equal(setUp().drive.isScanned, false);
});

test("free is what the size limit leaves, what lies above the watermark, and never below 0", async () => {
  const { medium, drive } = setUp(undefined, { watermarkBytes: 1000 });
  const free = async (systemBytes: number): Promise<number> => {
    medium.freeBytes = systemBytes;
    await drive.measure();
    return drive.status().freeBytes;
  };
  assert.equal(await free(1_000_000), 10_000);
  drive.usedBytes = 4000;
  assert.equal(await free(1_000_000), 6000);
  assert.equal(await free(6500), 5500);
  assert.equal(await free(999), 0);
  drive.usedBytes = 10_001;
  assert.equal(await free(1_000_000), 0);
});

test("what did not fit is asked for again as it was", async () => {
  const { medium, drive } = setUp();
  medium.freeBytes = 99;
  const full = trouble("full", "/one has 99 bytes free, 100 are needed");
  await assert.rejects(drive.reserve(100), full);
  await assert.rejects(drive.reserveAgain(), full);
  medium.freeBytes = 100;
  await drive.reserveAgain();
});

test("a full disk is told from a broken one; what is no trouble of the drive passes through", async () => {
  const { drive } = setUp();
  const failing = (error: unknown) => drive.call("read", () => Promise.reject(error));
  for (const code of ["ENOSPC", "EDQUOT"]) {
    await assert.rejects(failing(diskError(code, "/x")), trouble("full", `read: ${code}: /x`));
  }
  const cause = diskError("EIO", "/x");
  await assert.rejects(failing(cause), (error: Error) => error.cause === cause);
  await assert.rejects(failing(cause), trouble("failed", "read: EIO: /x"));
  await assert.rejects(failing("strange"), trouble("failed", "read: strange"));
  const own = new RecorderError("ENCODER_FAILED", "exit 1");
  await assert.rejects(failing(own), (error) => error === own);
  const known = new DriveTrouble("full", "known");
  await assert.rejects(failing(known), (error) => error === known);
});

test("busy while a call is under way, hung from its deadline until it ends after all", async () => {
  const { drive, clock } = setUp();
  const answer = Promise.withResolvers<void>();
  const call = drive.call("read", () => answer.promise);
  const late = assert.rejects(call, trouble("failed", "read: no answer in 30000 ms"));
  assert.deepEqual([drive.isBusy, drive.isHung], [true, false]);
  assert.deepEqual(clock.names(), ["storage.driveCall"]);
  assert.equal(clock.step(DRIVE_CALL_MS - 1), false);
  clock.step(DRIVE_CALL_MS);
  await late;
  assert.deepEqual([drive.isBusy, drive.isHung], [false, true]);
  assert.equal(drive.status().isHung, true);
  answer.resolve();
  await microtasks();
  assert.deepEqual([drive.isBusy, drive.isHung], [false, false]);
});

test("a day's directory is made and synced up to the drive once, until there was trouble", async () => {
  const { drive, calls } = setUp();
  const make = () => drive.makeDayDirectory(["2026", "11", "22"]);
  assert.equal(await make(), "/one/2026/11/22");
  const once = [
    "makeDirectory /one/2026/11/22",
    "syncDirectory /one",
    "syncDirectory /one/2026",
    "syncDirectory /one/2026/11",
  ];
  assert.deepEqual(calls, once);
  assert.equal(await make(), "/one/2026/11/22");
  assert.deepEqual(calls, once);
  drive.forget();
  await make();
  assert.deepEqual(calls, [...once, ...once]);
});

test("a directory that could not be made is made at the next attempt", async () => {
  let isBroken = true;
  const { drive, calls } = setUp(({ op }) =>
    isBroken && op === "syncDirectory" ? { before: "fail" } : null,
  );
  await assert.rejects(drive.makeDayDirectory(["2026"]), DriveTrouble);
  isBroken = false;
  await drive.makeDayDirectory(["2026"]);
  assert.equal(calls.filter((call) => call === "makeDirectory /one/2026").length, 2);
});

test("a file is closed after its work, also after failed work, whose failure is what is told", async () => {
  const { drive, disk } = setUp(({ op }) => (op === "close" ? { before: "fail" } : null));
  const open = { path: "/one/a", mode: "create" } as const;
  const work = drive.withFile(open, () => drive.call("work", () => Promise.reject(new Error("x"))));
  await assert.rejects(work, trouble("failed", "work: x"));
  assert.equal(disk.openFiles, 1);
  const good = setUp();
  assert.equal(await good.drive.withFile(open, async () => 7), 7);
  assert.equal(good.disk.openFiles, 0);
  const mistake = new TypeError("a mistake");
  const failing = good.drive.withFile({ ...open, mode: "read" }, () => Promise.reject(mistake));
  await assert.rejects(failing, (error) => error === mistake);
  assert.equal(good.disk.openFiles, 0);
  await assert.rejects(
    drive.withFile({ path: "/one/b", mode: "read" }, async () => 1),
    trouble("failed", "open: ENOENT: /one/b"),
  );
});

test("on a frozen drive the close is asked for and not waited for", async () => {
  const { drive, clock, calls } = setUp(({ op }) =>
    op === "write" || op === "close" ? { before: "freeze" } : null,
  );
  const work = drive.withFile({ path: "/one/a", mode: "create" }, (file) =>
    drive.call("write", () => file.write(new Uint8Array(1), 0)),
  );
  const told = assert.rejects(work, trouble("failed", "write: no answer in 30000 ms"));
  await microtasks();
  clock.step(DRIVE_CALL_MS);
  await told;
  assert.equal(clock.nowMs(), DRIVE_CALL_MS);
  assert.ok(calls.includes("close /one/a"));
});
