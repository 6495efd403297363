// The real disk and the drive's disk in a child process keep one contract; the child may die.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { nodeDisk, nodeLiveDisk } from "../../../src/ports/node/disk.ts";
import { DRIVE_PROCESS_GONE, nodeDriveDisk } from "../../../src/ports/node/drive-disk.ts";

const directory = mkdtempSync(join(tmpdir(), "tapeline-disk-"));
after(() => rmSync(directory, { recursive: true }));

const drive = nodeDriveDisk();
after(() => drive.close());

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (data: Uint8Array): string => new TextDecoder().decode(data);

for (const [name, disk] of [
  ["nodeDisk", nodeDisk()],
  ["nodeLiveDisk", nodeLiveDisk()],
  ["nodeDriveDisk", drive],
] as const) {
  describe(name, () => {
    const root = join(directory, name);

    test("directories are made with their parents, and again without complaint", async () => {
      await disk.makeDirectory(join(root, "a/b"));
      await disk.makeDirectory(join(root, "a/b"));
      assert.equal((await disk.status(join(root, "a/b")))?.kind, "directory");
      await disk.syncDirectory(join(root, "a"));
    });

    test("a file is written at positions, read, cut, synced and closed", async () => {
      const path = join(root, "a/file");
      const file = await disk.open(path, "create");
      assert.equal(file.path, path);
      await file.write(bytes("hello world"), 0);
      await file.write(bytes("W"), 6);
      await file.sync();
      assert.equal(text(await file.read(0, 5)), "hello");
      assert.equal(text(await file.read(6, 100)), "World");
      assert.equal((await file.read(100, 5)).length, 0);
      await file.truncate(5);
      await file.close();
      assert.equal(text(await disk.readFile(path)), "hello");
      const status = await disk.status(path);
      assert.equal(status?.sizeBytes, 5);
      assert.equal(status?.kind, "file");
      assert.ok((status?.modifiedTimeMs ?? 0) > 0);
    });

    test("`append` makes the file and honours positions", async () => {
      const path = join(root, "a/appended");
      const first = await disk.open(path, "append");
      await first.write(bytes("abc"), 0);
      await first.close();
      const second = await disk.open(path, "append");
      await second.write(bytes("XY"), 1);
      await second.close();
      assert.equal(text(await disk.readFile(path)), "aXY");
    });

    test("failures reject with the system's code", async () => {
      const path = join(root, "a/file");
      const missing = join(root, "missing");
      await assert.rejects(disk.open(path, "create"), { code: "EEXIST" });
      await assert.rejects(disk.open(missing, "update"), { code: "ENOENT" });
      await assert.rejects(disk.open(missing, "read"), { code: "ENOENT" });
      await assert.rejects(disk.readFile(missing), { code: "ENOENT" });
      await assert.rejects(disk.remove(missing), { code: "ENOENT" });
      await assert.rejects(disk.rename(missing, path), { code: "ENOENT" });
      await assert.rejects(disk.list(missing), { code: "ENOENT" });
      await assert.rejects(disk.syncDirectory(missing), { code: "ENOENT" });
      await assert.rejects(disk.freeBytes(missing), { code: "ENOENT" });
      assert.equal(await disk.status(missing), null);
      assert.equal(await disk.status(join(path, "below-a-file")), null);
    });

    test("names are listed in order with their kinds, renamed and removed", async () => {
      await disk.rename(join(root, "a/appended"), join(root, "a/renamed"));
      assert.deepEqual(await disk.list(join(root, "a")), [
        { name: "b", kind: "directory" },
        { name: "file", kind: "file" },
        { name: "renamed", kind: "file" },
      ]);
      await disk.remove(join(root, "a/renamed"));
      assert.equal(await disk.status(join(root, "a/renamed")), null);
      assert.equal((await disk.list("/dev")).find(({ name }) => name === "null")?.kind, "other");
    });

    test("free space is told in bytes", async () => {
      assert.ok((await disk.freeBytes(root)) > 0);
    });

    test("new files are not readable for everybody", () => {
      assert.equal(statSync(join(root, "a/file")).mode & 0o007, 0);
    });
  });
}

describe("the drive's process", () => {
  test("starts with the first call", async () => {
    const lazy = nodeDriveDisk();
    assert.equal(lazy.childId(), null);
    await lazy.status(directory);
    assert.notEqual(lazy.childId(), null);
    await lazy.close();
  });

  test("when it dies pending calls and its files reject, and the next call starts another", async () => {
    const mortal = nodeDriveDisk();
    const file = await mortal.open(join(directory, "held"), "create");
    const before = mortal.childId() ?? 0;
    const pending = Array.from({ length: 50 }, () => mortal.list(directory));
    process.kill(before, "SIGKILL");
    const results = await Promise.allSettled(pending);
    const refused = results.filter(({ status }) => status === "rejected");
    for (const result of refused) {
      assert.equal((result as { reason: NodeJS.ErrnoException }).reason.code, DRIVE_PROCESS_GONE);
    }
    // The signal may come after some answers, never before the death was seen by a later call.
    while (mortal.childId() === before) await mortal.status(directory).catch(() => undefined);
    assert.equal((await mortal.status(directory))?.kind, "directory");
    assert.notEqual(mortal.childId(), before);
    await assert.rejects(file.write(bytes("x"), 0), { code: DRIVE_PROCESS_GONE });
    await mortal.close();
  });

  test("is not ended by an interrupt that is meant for the recorder", async () => {
    const steady = nodeDriveDisk();
    await steady.status(directory);
    const id = steady.childId() ?? 0;
    process.kill(id, "SIGINT");
    process.kill(id, "SIGTERM");
    assert.equal((await steady.status(directory))?.kind, "directory");
    assert.equal(steady.childId(), id);
    await steady.close();
  });

  test("after close calls reject, and closing again does nothing", async () => {
    const closed = nodeDriveDisk();
    await closed.status(directory);
    await closed.close();
    await closed.close();
    await assert.rejects(closed.status(directory), { code: DRIVE_PROCESS_GONE });
  });

  test("a file closed twice is an EBADF of the child, not its end", async () => {
    const file = await drive.open(join(directory, "twice"), "create");
    await file.close();
    await assert.rejects(file.close(), { code: "EBADF" });
    assert.equal((await drive.status(directory))?.kind, "directory");
  });
});
