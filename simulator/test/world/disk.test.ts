// The disk port in the virtual world: calls, latency, faults, and calls that a crash cuts short.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Disk, DiskFile } from "@tapeline/recorder/ports";
import { WALL_EPOCH_MS } from "../../src/world/index.ts";
import { bytes, complete, rejectionCode, textOf, twoHosts } from "./two-hosts.ts";
import type { TwoHosts } from "./two-hosts.ts";

interface OneDisk extends TwoHosts {
  readonly disk: Disk;
  /** Drives the world until the call is done. */
  readonly done: <T>(promise: Promise<T>) => Promise<T>;
  readonly code: (promise: Promise<unknown>) => Promise<string>;
}

function oneDisk(seed = "disk"): OneDisk {
  const hosts = twoHosts(seed);
  hosts.recorderHost.disk.plantDirectory("/live");
  return {
    ...hosts,
    disk: hosts.recorder.ports.disk,
    done: (promise) => complete(hosts.world, promise),
    code: (promise) => rejectionCode(hosts.world, promise),
  };
}

async function newFile(one: OneDisk, path: string): Promise<DiskFile> {
  return one.done(one.disk.open(path, "create"));
}

describe("disk: calls", () => {
  test("what was written can be read, in pieces and beyond the end", async () => {
    const one = oneDisk();
    const { disk, done, world, recorderHost } = one;
    await done(disk.makeDirectory("/live/2026/01"));
    await done(disk.makeDirectory("/live/2026/01"));
    const file = await newFile(one, "/live/2026/01/a");
    await done(file.write(bytes("world"), 6));
    await done(file.write(bytes("hello "), 0));
    assert.equal(textOf(await done(file.read(6, 100))), "world");
    assert.equal(textOf(await done(file.read(2, 3))), "llo");
    assert.equal((await done(file.read(50, 3))).length, 0);
    await world.runFor(1000);
    await done(file.truncate(5));
    await done(file.sync());
    await done(file.close());
    assert.equal(textOf(await done(disk.readFile("/live/2026/01/a"))), "hello");
    assert.equal(textOf(recorderHost.disk.peek("/live/2026/01/a")), "hello");
    assert.deepEqual(await done(disk.list("/live/2026")), [{ name: "01", kind: "directory" }]);
    const status = await done(disk.status("/live/2026/01/a"));
    assert.equal(status?.sizeBytes, 5);
    assert.equal(status?.kind, "file");
    assert.ok((status?.modifiedTimeMs ?? 0) >= WALL_EPOCH_MS + 1000);
    assert.equal((await done(disk.status("/live")))?.kind, "directory");
    assert.equal(await done(disk.status("/live/none")), null);
    await done(disk.syncDirectory("/live/2026/01"));
    await done(disk.rename("/live/2026/01/a", "/live/b"));
    await done(disk.remove("/live/b"));
    assert.deepEqual(recorderHost.disk.paths("/"), []);
    assert.equal(recorderHost.disk.peek("/live"), null);
  });

  test("a reader of a file never sees later changes in what it has read", async () => {
    const one = oneDisk();
    const file = await newFile(one, "/live/a");
    await one.done(file.write(bytes("before"), 0));
    const read = await one.done(one.disk.readFile("/live/a"));
    await one.done(file.write(bytes("after!"), 0));
    assert.equal(textOf(read), "before");
  });

  test("the modes of open", async () => {
    const one = oneDisk();
    const { disk, done, code } = one;
    const created = await newFile(one, "/live/a");
    await done(created.write(bytes("one"), 0));
    assert.equal(await code(disk.open("/live/a", "create")), "EEXIST");
    assert.equal(await code(disk.open("/live/x", "update")), "ENOENT");
    assert.equal(await code(disk.open("/live/x", "read")), "ENOENT");
    assert.equal(await code(disk.open("/live", "read")), "EISDIR");
    const update = await done(disk.open("/live/a", "update"));
    await done(update.write(bytes("O"), 0));
    const append = await done(disk.open("/live/a", "append"));
    await done(append.write(bytes(" two"), 0));
    assert.equal(textOf(await done(update.read(0, 99))), "One two", "append ignores the position");
    await done(disk.open("/live/new", "append"));
    const reader = await done(disk.open("/live/a", "read"));
    assert.equal(await code(reader.write(bytes("x"), 0)), "EBADF");
    assert.equal(await code(reader.truncate(0)), "EINVAL");
  });

  test("calls made before close still get through; after it they are EBADF", async () => {
    const one = oneDisk();
    const file = await newFile(one, "/live/a");
    const written = file.write(bytes("last"), 0);
    const closed = file.close();
    const late = Promise.allSettled([file.write(bytes("x"), 0), file.sync(), file.read(0, 1)]);
    await one.done(Promise.all([written, closed, file.close()]));
    const codes = (await one.done(late)).map((end) => end.status === "rejected" && end.reason.code);
    assert.deepEqual(codes, ["EBADF", "EBADF", "EBADF"]);
    assert.equal(textOf(one.recorderHost.disk.peek("/live/a")), "last");
    assert.deepEqual(one.recorder.leftovers(), []);
  });

  test("an open file goes on when its name is renamed or removed", async () => {
    const one = oneDisk();
    const file = await newFile(one, "/live/a");
    await one.done(one.disk.rename("/live/a", "/live/b"));
    await one.done(file.write(bytes("data"), 0));
    assert.equal(textOf(one.recorderHost.disk.peek("/live/b")), "data");
    await one.done(one.disk.remove("/live/b"));
    assert.equal(textOf(await one.done(file.read(0, 9))), "data");
  });

  test("errors carry the system's code and name the path", async () => {
    const { disk, world, code } = oneDisk();
    await assert.rejects(complete(world, disk.readFile("/live/no")), {
      code: "ENOENT",
      message: "ENOENT: no such file or directory, open '/live/no'",
    });
    assert.equal(await code(disk.list("/live/no")), "ENOENT");
    assert.equal(await code(disk.freeBytes("/mnt")), "ENOENT");
    assert.equal(await code(disk.syncDirectory("/mnt")), "ENOENT");
    assert.equal(await code(disk.remove("/live")), "EISDIR");
  });

  test("every call takes between 0.05 and 2 ms, and four run at a time", async () => {
    const { disk, world } = oneDisk();
    const endsMs: number[] = [];
    for (let call = 0; call < 40; call += 1) {
      void disk.status("/live").then(() => endsMs.push(world.nowMs()));
    }
    await world.runUntil(() => endsMs.length === 40, 1000);
    assert.ok((endsMs[0] ?? 0) >= 0.05);
    assert.ok((endsMs[3] ?? 9) <= 2.01);
    const totalMs = endsMs.at(-1) ?? 0;
    assert.ok(totalMs > 5 && totalMs < 20, `40 calls of 1 ms in four lanes took ${totalMs} ms`);
  });
});

describe("disk: faults", () => {
  test("slow", async () => {
    const { disk, world, done, recorderHost } = oneDisk();
    recorderHost.disk.slow("/live", 700);
    await done(disk.list("/live"));
    assert.ok(world.nowMs() >= 700 && world.nowMs() < 703);
    await done(disk.status("/"));
    assert.ok(world.nowMs() < 706);
  });

  test("freeze: nothing completes until healed, not even what was under way", async () => {
    const one = oneDisk();
    const { disk, world, recorderHost } = one;
    let isDone = false;
    void disk.list("/live").then(() => (isDone = true));
    recorderHost.disk.freeze("/live");
    await world.runFor(60_000);
    assert.equal(isDone, false);
    assert.deepEqual(one.recorder.leftovers(), ["call disk.list /live"]);
    recorderHost.disk.heal();
    await world.runFor(5);
    assert.equal(isDone, true);
  });

  test("four frozen calls stall the others of the process, but not another drive's", async () => {
    const { recorder, world, done, recorderHost } = oneDisk();
    recorderHost.disk.plantDirectory("/pool/one");
    recorderHost.disk.plantDirectory("/pool/two");
    recorderHost.disk.freeze("/pool/one");
    const { disk, driveDisk } = recorder.ports;
    assert.equal(driveDisk("/pool/one"), driveDisk("/pool/one"));
    const stuck = Array.from({ length: 4 }, () => driveDisk("/pool/one").list("/pool/one"));
    await done(driveDisk("/pool/two").list("/pool/two"));
    await done(disk.list("/live"));
    const direct = Array.from({ length: 4 }, () => disk.list("/pool/one"));
    let isDone = false;
    void disk.list("/live").then(() => (isDone = true));
    await world.runFor(1000);
    assert.equal(isDone, false);
    world.heal();
    await done(Promise.all([...stuck, ...direct]));
    await world.runFor(10);
    assert.equal(isDone, true);
  });

  test("a full disk: what fits is written, then ENOSPC; removal makes room", async () => {
    const one = oneDisk();
    const { disk, done, code, recorderHost } = one;
    const file = await newFile(one, "/live/a");
    await done(file.write(new Uint8Array(600), 0));
    recorderHost.disk.limitBytes("/live", 1000);
    assert.equal(await done(disk.freeBytes("/live/a")), 400);
    assert.ok((await done(disk.freeBytes("/"))) > 1e12);
    assert.equal(await code(file.write(new Uint8Array(500), 600)), "ENOSPC");
    assert.equal(recorderHost.disk.peek("/live/a")?.length, 1000);
    assert.equal(await done(disk.freeBytes("/live")), 0);
    await done(file.write(bytes("over old bytes"), 0));
    const other = await newFile(one, "/live/b");
    assert.equal(await code(other.write(bytes("x"), 0)), "ENOSPC");
    assert.equal(recorderHost.disk.peek("/live/b")?.length, 0);
    await done(disk.remove("/live/a"));
    await done(other.write(bytes("x"), 0));
    recorderHost.disk.heal();
    await done(other.write(new Uint8Array(5000), 0));
  });

  test("a rename between two limited file systems is EXDEV", async () => {
    const one = oneDisk();
    one.recorderHost.disk.plantDirectory("/live/pool");
    one.recorderHost.disk.limitBytes("/live", 1000);
    one.recorderHost.disk.limitBytes("/live/pool", 1000);
    await newFile(one, "/live/a");
    assert.equal(await one.code(one.disk.rename("/live/a", "/live/pool/a")), "EXDEV");
    await one.done(one.disk.rename("/live/a", "/live/b"));
  });

  test("failRatio: a share of the calls under the prefix fails, with EIO by default", async () => {
    const { disk, world, code, done, recorderHost } = oneDisk();
    recorderHost.disk.plantDirectory("/live2");
    recorderHost.disk.failRatio("/live", 0.3);
    let failures = 0;
    const calls = Array.from({ length: 200 }, () =>
      disk.list("/live").then(
        () => 0,
        () => (failures += 1),
      ),
    );
    await complete(world, Promise.all(calls));
    assert.ok(failures > 35 && failures < 90, `${failures} of 200`);
    recorderHost.disk.failRatio("/live", 1);
    assert.equal(await code(disk.list("/live")), "EIO");
    await done(disk.list("/live2"));
    recorderHost.disk.failRatio("/live/", 1, "EACCES");
    recorderHost.disk.failRatio("/live", 0);
    assert.equal(await code(disk.open("/live/a", "create")), "EACCES");
    recorderHost.disk.heal();
    await done(disk.list("/live"));
  });

  test("exhaustDescriptors: what is open stays so, no further file opens, until healed", async () => {
    const { disk, world, code, done, recorderHost } = oneDisk();
    const file = await complete(world, disk.open("/live/a", "create"));
    recorderHost.disk.exhaustDescriptors();
    assert.equal(await code(disk.open("/live/b", "create")), "EMFILE");
    assert.equal(await code(disk.readFile("/live/a")), "EMFILE");
    await done(file.write(bytes("more"), 0));
    recorderHost.disk.heal();
    await done(disk.open("/live/b", "create"));
  });

  test("a write that fails with EIO may have been done in part", async () => {
    const lengths = new Set<number>();
    for (let run = 0; run < 10; run += 1) {
      const one = oneDisk(`eio ${run}`);
      const file = await newFile(one, "/live/a");
      one.recorderHost.disk.failRatio("/live", 1);
      assert.equal(await one.code(file.write(new Uint8Array(1000), 0)), "EIO");
      lengths.add(one.recorderHost.disk.peek("/live/a")?.length ?? -1);
    }
    assert.ok(lengths.size > 5);
    assert.ok([...lengths].every((length) => length >= 0 && length < 1000));
  });

  test("planting replaces what was there", async () => {
    const { disk, done, recorderHost, recorder } = oneDisk();
    recorderHost.disk.plant("/etc/recorder.yaml", bytes("long old text"));
    recorderHost.disk.plant("/etc/recorder.yaml", bytes("new"));
    assert.equal(textOf(await done(disk.readFile("/etc/recorder.yaml"))), "new");
    recorder.crash("power");
    assert.equal(textOf(recorderHost.disk.peek("/etc/recorder.yaml")), "new");
  });
});

describe("disk: crashes", () => {
  test("kill -9: completed writes stay; one under way is absent, partial or whole", async () => {
    const seen = new Set<number>();
    for (let run = 0; run < 30; run += 1) {
      const one = oneDisk(`kill ${run}`);
      const file = await newFile(one, "/live/a");
      await one.done(file.write(bytes("done"), 0));
      let isSettled = false;
      file.write(new Uint8Array(1000).fill(66), 4).then(
        () => (isSettled = true),
        () => (isSettled = true),
      );
      one.recorder.crash("process");
      await one.world.runFor(100);
      assert.equal(isSettled, false);
      const content = one.recorderHost.disk.peek("/live/a") ?? bytes("");
      assert.equal(textOf(content.subarray(0, 4)), "done");
      seen.add(content.length);
    }
    assert.ok(seen.has(4) && seen.has(1004) && seen.size > 4, [...seen].join());
  });

  test("kill -9: a rename under way has happened or not; calls not begun have not", async () => {
    const seen = new Set<string>();
    for (let run = 0; run < 20; run += 1) {
      const one = oneDisk(`rename ${run}`);
      await newFile(one, "/live/a");
      void one.disk.rename("/live/a", "/live/b");
      for (let filler = 0; filler < 3; filler += 1) void one.disk.status("/live");
      void one.disk.makeDirectory("/live/never");
      void one.disk.remove("/live/a");
      one.recorder.crash("process");
      seen.add(one.recorderHost.disk.paths("/").join());
      assert.equal(one.recorderHost.disk.paths("/live/never").length, 0);
    }
    assert.deepEqual([...seen].sort(), ["/live/a", "/live/b"]);
  });

  test("what a dead process still calls goes nowhere", async () => {
    const one = oneDisk();
    const file = await newFile(one, "/live/a");
    one.recorder.crash("process");
    void file.write(bytes("zombie"), 0);
    void one.disk.makeDirectory("/live/zombie");
    await one.world.runFor(100);
    assert.equal(one.recorderHost.disk.peek("/live/a")?.length, 0);
    assert.deepEqual(one.recorder.leftovers(), []);
  });

  test("loss of power: synced data and names survive, others by the seed", async () => {
    const seen = new Set<string>();
    for (let run = 0; run < 30; run += 1) {
      const one = oneDisk(`power ${run}`);
      const file = await newFile(one, "/live/a");
      await one.done(file.write(bytes("synced "), 0));
      await one.done(file.sync());
      await one.done(one.disk.syncDirectory("/live"));
      await one.done(file.write(bytes("unsynced"), 7));
      await newFile(one, "/live/b");
      one.recorder.crash("power");
      const disk = one.recorderHost.boot("recorder").ports.disk;
      const text = textOf(await one.done(disk.readFile("/live/a"))) ?? "";
      assert.ok(text.startsWith("synced "));
      seen.add(`${text.length} ${one.recorderHost.disk.paths("/").length}`);
    }
    assert.ok(seen.size >= 3, [...seen].join());
  });

  test("power lost by one process is lost by all of its machine", () => {
    const { recorder, recorderHost, pbx } = oneDisk();
    const other = recorderHost.boot("other");
    recorder.crash("power");
    recorder.crash("process");
    assert.deepEqual([recorder.isAlive, other.isAlive, pbx.isAlive], [false, false, true]);
    assert.equal(recorderHost.isUp, false);
    recorderHost.boot("recorder");
    assert.equal(recorderHost.isUp, true);
  });
});
