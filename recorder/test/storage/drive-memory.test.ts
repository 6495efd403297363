// Which drives have held recordings: the empty directory of one that is not mounted is no new one.
import assert from "node:assert/strict";
import { test } from "node:test";
import { DriveMemory, DriveMissing } from "../../src/storage/drive-memory.ts";
import { PoolDrive } from "../../src/storage/drive.ts";
import { StateFile } from "../../src/storage/state-file.ts";
import { CrashDisk, CrashMedium, type CallHook } from "./crash-disk.ts";
import { ManualClock } from "./manual-clock.ts";

const FILE = "/state/drives.jsonl";

function setUp(medium = new CrashMedium(), hook: CallHook = () => null) {
  const clock = new ManualClock();
  const disk = new CrashDisk(medium, hook);
  const drive = new PoolDrive({ pool: "main", path: "/one", maxBytes: 1 }, { clock, disk });
  const file = new StateFile(FILE, { clock, disk }, { onProblem: assert.fail });
  return { medium, drive, memory: new DriveMemory(file, clock) };
}

const text = (medium: CrashMedium): string =>
  new TextDecoder().decode(medium.files.get(FILE)?.data);

const missing = (error: unknown): boolean => {
  assert.ok(error instanceof DriveMissing);
  assert.equal(error.kind, "failed");
  assert.equal(
    error.message,
    "/one held recordings and is not there or empty: mount it; if an empty one has taken its " +
      "place, remove its line from state/drives.jsonl and restart the recorder",
  );
  return true;
};

test("a drive is remembered once, with time and pool, also by the next process", async () => {
  const { memory, drive, medium } = setUp();
  await memory.check(drive);
  await memory.remember(drive);
  await memory.remember(drive);
  await memory.close();
  const line = '{"version":1,"at":"2026-11-22T17:00:01.234Z","path":"/one","pool":"main"}\n';
  assert.equal(text(medium), line);
  const next = setUp(medium);
  await next.memory.remember(next.drive);
  await next.memory.close();
  assert.equal(text(medium), line);
});

test("one that held recordings is missing while it is not there, or holds no year", async () => {
  const { memory, drive, medium } = setUp();
  await memory.remember(drive);
  await assert.rejects(memory.check(drive), missing);
  medium.directories.add("/one");
  await assert.rejects(memory.check(drive), missing);
  for (const name of ["lost+found", "20265", "x2026"]) medium.directories.add(`/one/${name}`);
  await assert.rejects(memory.check(drive), missing);
  medium.directories.add("/one/2026");
  await memory.check(drive);
  await memory.close();
});

test("a drive that cannot be looked at is in trouble, not missing", async () => {
  const { memory, drive, medium } = setUp(undefined, ({ op, path }) =>
    path === "/one" && op === "list" ? { before: "fail" } : null,
  );
  await memory.remember(drive);
  medium.directories.add("/one");
  await assert.rejects(memory.check(drive), { name: "DriveTrouble", message: "list: EIO: /one" });
  medium.directories.delete("/one");
  const frozen = setUp(undefined, ({ op, path }) =>
    path === "/one" && op === "status" ? { before: "fail" } : null,
  );
  await frozen.memory.remember(frozen.drive);
  await assert.rejects(frozen.memory.check(frozen.drive), { message: "look: EIO: /one" });
  await Promise.all([memory.close(), frozen.memory.close()]);
});

test("a state directory that cannot be read keeps nobody from storing; a mistake is told", async () => {
  const { memory, drive } = setUp(undefined, ({ op, path }) =>
    path === FILE && op === "status" ? { before: "fail" } : null,
  );
  await memory.check(drive);
  const wrong = setUp(undefined, () => {
    throw new TypeError("a mistake");
  });
  await assert.rejects(wrong.memory.check(wrong.drive), /a mistake/);
});
