// Directories at start: durable with all their parents, and proved to take files.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Disk } from "../../src/ports/index.ts";
import { makeDurableDirectory, proveWritable } from "../../src/storage/durable-directory.ts";

/** Fails with a code where a call of `failing` names one; notes all calls. */
function disk(failing: Readonly<Record<string, string>> = {}) {
  const calls: string[] = [];
  const call = (text: string): Promise<void> => {
    calls.push(text);
    const code = failing[text];
    return code === undefined ? Promise.resolve() : Promise.reject(coded(code));
  };
  const port: Partial<Disk> = {
    makeDirectory: (path) => call(`make ${path}`),
    syncDirectory: (path) => call(`sync ${path}`),
    remove: (path) => call(`remove ${path}`),
    open: async (path) => {
      await call(`open ${path}`);
      return { close: () => call("close") } as Awaited<ReturnType<Disk["open"]>>;
    },
  };
  return { calls, port: port as Disk };
}

function coded(code: string): Error {
  return Object.assign(new Error(code), { code });
}

test("the names of a new directory and of its parents are synced", async () => {
  const { calls, port } = disk();
  await makeDurableDirectory(port, "/data/live");
  assert.deepEqual(calls, ["make /data/live", "sync /data", "sync /"]);
});

test("a parent that may not be read is not ours to sync", async () => {
  const { calls, port } = disk({ "sync /data": "EACCES" });
  await makeDurableDirectory(port, "/data/live");
  assert.equal(calls.at(-1), "sync /");
});

test("a directory that cannot be made or synced is refused", async () => {
  await assert.rejects(makeDurableDirectory(disk({ "make /a": "EROFS" }).port, "/a"), {
    code: "EROFS",
  });
  await assert.rejects(makeDurableDirectory(disk({ "sync /": "EIO" }).port, "/a"), { code: "EIO" });
});

test("a file is made and removed to prove that the directory can be written", async () => {
  const { calls, port } = disk();
  await proveWritable(port, "/a");
  assert.deepEqual(calls, ["open /a/.writable", "close", "remove /a/.writable", "sync /a"]);
});

test("a directory without write permission is refused; a full disk is not", async () => {
  const open = "open /a/.writable";
  await assert.rejects(proveWritable(disk({ [open]: "EACCES" }).port, "/a"), { code: "EACCES" });
  await proveWritable(disk({ [open]: "ENOSPC" }).port, "/a");
});

for (const code of ["EACCES", "EPERM", "EINVAL", "EROFS", "ENOTSUP"]) {
  test(`a parent whose sync is refused with ${code} was made by somebody else`, async () => {
    await makeDurableDirectory(disk({ "sync /data": code, "sync /": code }).port, "/data/live");
  });
}

for (const code of ["ENOSPC", "EDQUOT"]) {
  test(`a disk that is full (${code}) proves nothing against its directory`, async () => {
    await proveWritable(disk({ "open /a/.writable": code }).port, "/a");
  });
}

test("what has no code of the system is a mistake of ours", async () => {
  const port: Partial<Disk> = { open: () => Promise.reject(new TypeError("a mistake")) };
  await assert.rejects(proveWritable(port as Disk, "/a"), /a mistake/);
});
