// Marks beside a recording: durable, never written over, and counted even when torn.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  directCalls,
  markOf,
  readMark,
  removeFiles,
  removeMark,
  writeMark,
} from "../../src/storage/marks.ts";
import { MemoryDisk } from "../memory-disk.ts";

const AT_MS = Date.parse("2026-11-22T10:00:00.000Z");
const DEED = { by: "anna", reason: "a dispute" };
const CONTENT = markOf("k", DEED, AT_MS);

function makeDisk() {
  const disk = new MemoryDisk();
  disk.directories.add("/pool");
  return { disk, call: directCalls(disk) };
}

test("a mark says who, when and why, and is read as it was written", async () => {
  const { disk, call } = makeDisk();
  assert.equal(await readMark(call, "/pool", "k.hold"), null);
  await writeMark(call, "/pool", { name: "k.hold", content: CONTENT });
  assert.equal(
    disk.text("/pool/k.hold"),
    '{"version":1,"recordingKey":"k","at":"2026-11-22T10:00:00.000Z","by":"anna","reason":"a dispute"}\n',
  );
  assert.deepEqual(await readMark(call, "/pool", "k.hold"), {
    ...{ recordingKey: "k", at: "2026-11-22T10:00:00.000Z", by: "anna", reason: "a dispute" },
  });
});

test("data comes to the medium before the name, and a mark that is there stays as it is", async () => {
  const { disk, call } = makeDisk();
  await writeMark(call, "/pool", { name: "k.hold", content: CONTENT });
  assert.deepEqual(disk.calls, [
    "open-append /pool/k.hold",
    "write /pool/k.hold",
    "sync /pool/k.hold",
    "syncDirectory /pool",
  ]);
  const before = disk.text("/pool/k.hold");
  await writeMark(call, "/pool", { name: "k.hold", content: { ...CONTENT, by: "bob" } });
  assert.equal(disk.text("/pool/k.hold"), before);
  assert.equal(disk.calls.length, 4);
});

test("a mark is removed durably; one that is not there is well", async () => {
  const { disk, call } = makeDisk();
  await removeMark(call, "/pool", "k.hold");
  assert.deepEqual(disk.calls, []);
  disk.put("/pool/k.hold", "x");
  await removeMark(call, "/pool", "k.hold");
  assert.deepEqual(disk.calls, ["remove /pool/k.hold", "syncDirectory /pool"]);
});

test("what a power loss has torn still counts, with nobody's name", async () => {
  const { disk, call } = makeDisk();
  for (const content of ["", '{"version":1,"by"', "null", "5", '{"by":7}']) {
    disk.put("/pool/k.erase", content);
    assert.deepEqual(await readMark(call, "/pool", "k.erase"), {
      ...{ recordingKey: "k", at: "", by: "", reason: "" },
    });
  }
});

test("files are removed in the order given, missing ones or not; another failure is told", async () => {
  const { disk, call } = makeDisk();
  disk.put("/pool/b", "b");
  await removeFiles(call, "/pool", ["a", "b"]);
  assert.deepEqual(disk.calls, ["remove /pool/a", "remove /pool/b", "syncDirectory /pool"]);
  disk.put("/pool/c", "c");
  disk.failures.set("remove /pool/c", "EIO");
  await assert.rejects(removeFiles(call, "/pool", ["c"]), { code: "EIO" });
  const wrapped = removeFiles(
    () =>
      Promise.reject(new Error("late", { cause: Object.assign(new Error(), { code: "ENOENT" }) })),
    "/pool",
    [],
  );
  await assert.rejects(wrapped, /late/, "the directory must be synced");
});
