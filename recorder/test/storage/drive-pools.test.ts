// Pools and their drives: which drive takes a recording, when one in trouble is tried again, what
// is told of it, and that nothing is there twice.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createLogger } from "../../src/log.ts";
import { RecorderError } from "../../src/errors.ts";
import { DriveMemory } from "../../src/storage/drive-memory.ts";
import { DRIVE_RETRY_MS, DrivePools, type PoolOptions } from "../../src/storage/drive-pools.ts";
import { readLivePair } from "../../src/storage/live-pair.ts";
import { StateFile } from "../../src/storage/state-file.ts";
import { CrashDisk, CrashMedium, type CallHook } from "./crash-disk.ts";
import { ManualClock, microtasks, runUntil } from "./manual-clock.ts";
import { DAY, finishedPair, keyOf, LIVE, standInEncoder, twoDrives } from "./world.ts";

interface Setting {
  readonly medium?: CrashMedium;
  readonly hook?: CallHook;
  readonly pools?: readonly PoolOptions[];
  readonly isReadOnly?: true;
  readonly isLive?: (key: string) => boolean;
  readonly hasMemory?: boolean;
  readonly onErasing?: () => Promise<void>;
}

function setUp(set: Setting = {}) {
  const medium = set.medium ?? new CrashMedium();
  const clock = new ManualClock();
  const disk = new CrashDisk(medium, set.hook);
  const lines: Record<string, unknown>[] = [];
  const log = createLogger(
    { file: "library.log", level: "debug" },
    {
      clock,
      log: {
        write: (_file, line) => void lines.push(JSON.parse(line) as Record<string, unknown>),
        close: async () => undefined,
      },
    },
  );
  const memory = new DriveMemory(
    new StateFile("/state/drives.jsonl", { clock, disk }, { onProblem: assert.fail }),
    clock,
  );
  const erasing: string[] = [];
  const pools = new DrivePools(
    {
      pools: set.pools ?? [twoDrives()],
      isLive: set.isLive ?? (() => true),
      onErasing: set.onErasing ?? (async ({ path }, key) => void erasing.push(`${path} ${key}`)),
      ...(set.isReadOnly === undefined ? {} : { isReadOnly: set.isReadOnly }),
      ...(set.hasMemory === true ? { memory } : {}),
    },
    {
      clock,
      log,
      encoder: standInEncoder(new CrashDisk(medium), {}),
      driveDisk: () => disk,
    },
  );
  const store = async (seed: number, mayGoOn: () => boolean = () => true) => {
    finishedPair(medium, seed);
    const key = keyOf(seed);
    const live = await readLivePair(new CrashDisk(medium), {
      ...{ directory: LIVE, key, hasAudio: true },
    });
    return pools.store("main", { key, day: DAY.split("/"), live, quality: 8 }, mayGoOn);
  };
  const states = (): string[] => pools.statuses().map(({ state }) => state);
  return { medium, clock, disk, pools, store, states, lines, erasing, memory };
}

async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof RecorderError);
    return `${error.code}: ${error.detail}`;
  }
  return assert.fail("it was stored");
}

/** As another process would find it: a pair that is committed. */
function commitByHand(medium: CrashMedium, drive: string, seed: number): void {
  medium.put(`${drive}/${DAY}/${keyOf(seed)}.spx`, new Uint8Array(100));
  medium.put(`${drive}/${DAY}/${keyOf(seed)}.vrtx`, new Uint8Array(10));
}

test("a pool by its name; null and names that are gone are the first; without pools there is none", () => {
  const { pools } = setUp({ pools: [twoDrives(), { ...twoDrives(), name: "other" }] });
  assert.equal(pools.poolName("other"), "other");
  assert.equal(pools.poolName(null), "main");
  assert.equal(pools.poolName("gone"), "main");
  assert.equal(setUp({ pools: [] }).pools.poolName("gone"), "");
});

test("a scan learns what is committed where, how much that is, and what is being erased", async () => {
  const medium = new CrashMedium();
  commitByHand(medium, "/one", 1);
  commitByHand(medium, "/two", 2);
  medium.put(`/two/${DAY}/${keyOf(2)}.hold`, new Uint8Array());
  medium.put(`/two/${DAY}/${keyOf(3)}.erase`, new Uint8Array());
  const { pools, erasing, states } = setUp({ medium });
  assert.deepEqual(
    [states(), pools.unknownDrives()],
    [
      ["missing", "missing"],
      ["/one", "/two"],
    ],
  );
  assert.equal(pools.hasTrouble(), true);
  await pools.scan();
  assert.deepEqual([states(), pools.unknownDrives()], [["ok", "ok"], []]);
  assert.equal(pools.hasTrouble(), false);
  const place = pools.committed(keyOf(1));
  assert.deepEqual([place?.drive.path, place?.bytes], ["/one", 100]);
  assert.equal(place?.path, `/one/${DAY}/${keyOf(1)}.spx`);
  assert.equal(pools.committed(keyOf(4)), null);
  assert.deepEqual(
    pools.statuses().map(({ usedBytes, freeBytes }) => [usedBytes, freeBytes]),
    [
      [110, 999_890],
      [110, 999_890],
    ],
  );
  assert.deepEqual([...pools.held], [keyOf(2)]);
  assert.deepEqual(erasing, [`/two ${keyOf(3)}`]);
  pools.forget(keyOf(2));
  assert.deepEqual([pools.committed(keyOf(2)), pools.held.size], [null, 0]);
  assert.deepEqual(
    [...pools.entries()].map(([key]) => key),
    [keyOf(1)],
  );
});

test("what a scan has removed is told, and nothing is told of a tidy drive", async () => {
  const medium = new CrashMedium();
  const part = `/one/${DAY}/${keyOf(1)}.spx.part`;
  medium.put(part, new Uint8Array(1));
  const { pools, lines } = setUp({ medium });
  await pools.scan();
  assert.deepEqual(
    lines.map(({ msg, removed }) => [msg, removed]),
    [["unfinished files of a pool were removed", [part]]],
  );
});

test("the first copy is kept, the second removed and told; beside a recorder at work nothing is", async () => {
  const medium = new CrashMedium();
  for (const drive of ["/one", "/two"]) commitByHand(medium, drive, 1);
  const beside = setUp({ medium, isReadOnly: true });
  await beside.pools.scan();
  assert.equal(medium.paths("/two").length, 2);
  assert.deepEqual(beside.lines, []);
  const { pools, lines } = setUp({ medium });
  await pools.scan();
  assert.equal(pools.committed(keyOf(1))?.drive.path, "/one");
  assert.deepEqual(medium.paths("/two"), []);
  const [line] = lines;
  assert.equal(line?.["msg"], "a recording is on two drives; the second copy is removed");
  assert.deepEqual(
    [line["recordingId"], line["kept"], line["removed"]],
    [keyOf(1), "/one", "/two"],
  );
});

test("read only: a drive that is not there is missing and is not made", async () => {
  const { pools, states, medium, lines } = setUp({ isReadOnly: true });
  await pools.scan();
  assert.deepEqual(states(), ["missing", "missing"]);
  assert.equal(medium.directories.has("/one"), false);
  assert.deepEqual(pools.unknownDrives(), ["/one", "/two"]);
  assert.deepEqual(lines, []);
});

test("a drive that cannot be made is missing, and what it did is told once", async () => {
  const hook: CallHook = ({ op, path }) =>
    op === "makeDirectory" && path === "/one" ? { before: "fail", code: "EACCES" } : null;
  const { pools, states, lines, store } = setUp({ hook });
  await pools.scan();
  assert.deepEqual(states(), ["missing", "ok"]);
  assert.deepEqual(pools.unknownDrives(), ["/one"]);
  assert.equal(lines.length, 1);
  assert.equal(lines[0]?.["msg"], "a drive is in trouble");
  assert.deepEqual(
    [lines[0]["code"], lines[0]["drive"], lines[0]["detail"]],
    ["DRIVE_FAILED", "/one", "make directory: EACCES: /one"],
  );
  assert.equal((await store(1)).drive.path, "/two");
  assert.equal((await pools.revisit()).size, 0);
});

test("a scan that fails half way leaves the drive unknown; at the next look it is learnt", async () => {
  let isBroken = true;
  const medium = new CrashMedium();
  commitByHand(medium, "/one", 1);
  const hook: CallHook = ({ op, path }) =>
    isBroken && op === "list" && path === "/one" ? { before: "fail" } : null;
  const { pools, states, clock } = setUp({ medium, hook });
  await pools.scan();
  assert.deepEqual([states(), pools.unknownDrives()], [["failed", "ok"], ["/one"]]);
  isBroken = false;
  assert.equal((await pools.revisit()).size, 0, "it waits its time");
  clock.setTimer("wait", DRIVE_RETRY_MS, () => undefined);
  clock.step(DRIVE_RETRY_MS);
  assert.deepEqual([...(await pools.revisit())], ["main"]);
  assert.deepEqual([states(), pools.unknownDrives()], [["ok", "ok"], []]);
  assert.equal(pools.committed(keyOf(1))?.drive.path, "/one");
});

test("all full is POOL_FULL; a failed one among them, or none at all, is DRIVE_FAILED", async () => {
  const full = setUp({ pools: [twoDrives(10)] });
  await full.pools.scan();
  const told = await refusal(full.store(1));
  assert.match(
    told,
    /^POOL_FULL: pool main: \/one has 10 bytes free, \d+ are needed; \/two has 10/,
  );
  assert.deepEqual(full.states(), ["full", "full"]);
  assert.deepEqual(
    full.lines.map(({ code, drive }) => [code, drive]),
    [
      ["DRIVE_FULL", "/one"],
      ["DRIVE_FULL", "/two"],
    ],
  );
  const hook: CallHook = ({ op, path }) =>
    op === "open" && path.startsWith("/two") ? { before: "fail" } : null;
  const [one] = twoDrives(10).drives;
  const [, two] = twoDrives().drives;
  assert.ok(one !== undefined && two !== undefined);
  const mixed = setUp({ hook, pools: [{ name: "main", drives: [one, two] }] });
  await mixed.pools.scan();
  assert.match(await refusal(mixed.store(1)), /^DRIVE_FAILED: .*needed; open: EIO: \/two/);
  const none = setUp({ pools: [{ name: "main", drives: [] }] });
  assert.equal(await refusal(none.store(1)), "DRIVE_FAILED: pool main: ");
  const stopping = setUp();
  await stopping.pools.scan();
  const stop = stopping.store(1, () => false);
  assert.equal(await refusal(stop), "DRIVE_FAILED: the recorder is stopping");
});

test("a failed drive is not asked before its time, and says so", async () => {
  let isBroken = true;
  const opened: string[] = [];
  const hook: CallHook = ({ op, path }) => {
    if (op !== "open" || !path.startsWith("/one")) return null;
    opened.push(path);
    return isBroken ? { before: "fail" } : null;
  };
  const [drive] = twoDrives().drives;
  assert.ok(drive !== undefined);
  const { pools, store, clock, states } = setUp({
    hook,
    pools: [{ name: "main", drives: [drive] }],
  });
  await pools.scan();
  assert.match(await refusal(store(1)), /open: EIO/);
  assert.equal(opened.length, 1);
  isBroken = false;
  assert.match(await refusal(store(1)), /pool main: \/one is failed and will be tried again$/);
  clock.setTimer("wait", DRIVE_RETRY_MS - 1, () => undefined);
  clock.step(DRIVE_RETRY_MS);
  assert.match(await refusal(store(1)), /will be tried again$/);
  assert.equal(opened.length, 1);
  clock.setTimer("wait", 1, () => undefined);
  clock.step(DRIVE_RETRY_MS);
  assert.equal((await store(1)).drive.path, "/one");
  assert.deepEqual(states(), ["ok"]);
  assert.equal(pools.hasTrouble(), false);
});

test("a full drive is tried with every recording: a smaller one may fit", async () => {
  const { pools, store, medium, states } = setUp();
  await pools.scan();
  medium.freeBytes = 10;
  assert.match(await refusal(store(1)), /^POOL_FULL/);
  medium.freeBytes = 1_000_000;
  assert.equal((await store(2)).drive.path, "/one");
  assert.deepEqual(states(), ["ok", "full"]);
  assert.deepEqual([...(await pools.revisit())], ["main"]);
  assert.deepEqual(states(), ["ok", "ok"]);
});

test("room that has not come back is no better; a drive that fails in the asking is told as failed", async () => {
  let isBroken = false;
  const hook: CallHook = ({ op }) =>
    isBroken && op === "freeBytes" ? { before: "fail", code: "EIO" } : null;
  const { pools, store, medium, states } = setUp({ hook });
  await pools.scan();
  medium.freeBytes = 10;
  await refusal(store(1));
  assert.equal((await pools.revisit()).size, 0);
  assert.deepEqual(states(), ["full", "full"]);
  isBroken = true;
  assert.equal((await pools.revisit()).size, 0);
  assert.deepEqual(states(), ["failed", "failed"]);
});

test("measuring leaves drives in trouble alone, and notes one that fails in it", async () => {
  let failing = "";
  const asked: string[] = [];
  const hook: CallHook = ({ op, path }) => {
    if (op !== "freeBytes") return null;
    asked.push(path);
    return path === failing ? { before: "fail" } : null;
  };
  const { pools, medium, states } = setUp({ hook });
  await pools.scan();
  asked.length = 0;
  medium.freeBytes = 777;
  await pools.measure();
  assert.deepEqual(asked, ["/one", "/two"]);
  assert.deepEqual(
    pools.statuses().map(({ freeBytes }) => freeBytes),
    [777, 777],
  );
  failing = "/one";
  await pools.measure();
  assert.deepEqual(states(), ["failed", "ok"]);
  asked.length = 0;
  await pools.measure();
  assert.deepEqual(asked, ["/two"]);
});

test("what an interrupted attempt left is found out before the drive is used again", async () => {
  let removals = 0;
  let failing: string | null = ".vrtx";
  let isStuck = true;
  const hook: CallHook = ({ op, path }) => {
    if (failing !== null && op === "rename" && path.endsWith(failing)) return { before: "fail" };
    if (op === "remove") removals += 1;
    return isStuck && op === "remove" && path.startsWith("/one/") ? { before: "fail" } : null;
  };
  const { pools, store, medium, clock, states } = setUp({ hook });
  await pools.scan();
  failing = `/one/${DAY}/${keyOf(1)}.vrtx`;
  assert.equal((await store(1)).drive.path, "/two");
  assert.equal(medium.paths("/one").length, 2, "its attempt could not be cleaned up");
  assert.equal(pools.hasTrouble(), true);
  failing = null;
  const wait = async (): Promise<void> => {
    clock.setTimer("wait", DRIVE_RETRY_MS, () => undefined);
    clock.step(clock.nowMs() + DRIVE_RETRY_MS);
  };
  await wait();
  assert.equal((await pools.revisit()).size, 0);
  assert.deepEqual(states(), ["failed", "ok"]);
  const asked = removals;
  assert.equal((await pools.revisit()).size, 0);
  assert.equal(removals, asked, "it has half a minute again");
  isStuck = false;
  await wait();
  assert.deepEqual([...(await pools.revisit())], ["main"]);
  assert.deepEqual(medium.paths("/one"), []);
  assert.equal(pools.hasTrouble(), false);
});

test("what an attempt left that still tries elsewhere is looked at when the drive is well again", async () => {
  let isStuck = true;
  const gate = Promise.withResolvers<void>();
  const hook: CallHook = ({ op, path }) => {
    const isFirst = path.startsWith(`/one/${DAY}/${keyOf(1)}`);
    if (!isStuck || !isFirst) return null;
    if (op === "rename" && path.endsWith(".vrtx")) return { before: "fail", code: "ENOSPC" };
    return op === "remove" ? { before: "fail", code: "ENOSPC" } : null;
  };
  const { pools, store, disk, medium, states } = setUp({ hook });
  await pools.scan();
  const open = disk.open.bind(disk);
  disk.open = async (path, mode) => {
    if (path.startsWith(`/two/${DAY}/${keyOf(1)}`)) await gate.promise;
    return open(path, mode);
  };
  const first = store(1);
  await microtasks(1_000);
  assert.deepEqual(states(), ["full", "ok"]);
  assert.equal((await store(2)).drive.path, "/one");
  gate.resolve();
  assert.equal((await first).drive.path, "/two");
  assert.deepEqual(states(), ["ok", "ok"]);
  assert.equal(pools.hasTrouble(), true, "what is left of the first on /one");
  isStuck = false;
  assert.equal((await pools.revisit()).size, 0, "there was room all the time");
  assert.equal(pools.hasTrouble(), false);
  assert.deepEqual(
    medium.paths("/one").filter((path) => path.includes(keyOf(1))),
    [],
  );
});

test("what is no trouble of a drive is a mistake of ours, and goes on", async () => {
  const medium = new CrashMedium();
  medium.put(`/one/${DAY}/${keyOf(1)}.erase`, new Uint8Array());
  const onErasing = (): Promise<void> => Promise.reject(new TypeError("a mistake"));
  const { pools, states } = setUp({ medium, onErasing });
  await assert.rejects(pools.scan(), /^TypeError: a mistake$/);
  assert.deepEqual(states(), ["missing", "missing"]);
});

test("two attempts at once go one after the other through what a drive must be asked first", async () => {
  const medium = new CrashMedium();
  let looking = 0;
  let most = 0;
  const { pools, store, disk, clock } = setUp({ medium });
  const list = disk.list.bind(disk);
  disk.list = async (path) => {
    looking += path === "/one" ? 1 : 0;
    most = Math.max(most, looking);
    await microtasks(50);
    looking -= path === "/one" ? 1 : 0;
    return list(path);
  };
  const both = Promise.all([store(1), store(2)]);
  let isDone = false;
  void both.then(() => (isDone = true));
  await runUntil(clock, () => isDone, 1000);
  assert.equal(most, 1);
  assert.equal([...pools.entries()].length, 2);
});

test("a drive that held recordings and is empty is missing, and is not written to", async () => {
  const { pools, store, medium, states, memory } = setUp({ hasMemory: true });
  await pools.scan();
  await store(1);
  for (const path of medium.paths("/one")) medium.files.delete(path);
  for (const path of medium.directories) {
    if (path.startsWith("/one/")) medium.directories.delete(path);
  }
  assert.equal((await store(2)).drive.path, "/two");
  assert.deepEqual(states(), ["missing", "ok"]);
  assert.deepEqual(pools.unknownDrives(), ["/one"]);
  assert.deepEqual(medium.paths("/one"), []);
  await memory.close();
});

test("hung is a drive that answers late, and while it is asked", async () => {
  let isFrozen = false;
  const hook: CallHook = ({ path, op }) =>
    isFrozen && op === "freeBytes" && path === "/one" ? { before: "freeze" } : null;
  const { pools, clock } = setUp({ hook });
  await pools.scan();
  assert.equal(pools.isHung(), false);
  isFrozen = true;
  const measuring = pools.measure();
  await microtasks();
  assert.equal(pools.isHung(), true, "it is being asked");
  clock.step(30_000);
  await measuring;
  assert.equal(pools.isHung(), true, "it has not answered");
  assert.equal(pools.hasTrouble(), true);
});
