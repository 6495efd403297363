// Two recorders must not share a live directory: the lock is the system's own, and no kill leaves a
// stale one.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { nodeLockDirectory } from "../../../src/ports/node/lock.ts";

const directory = mkdtempSync(join(tmpdir(), "tapeline-lock-"));
after(() => rmSync(directory, { recursive: true }));
const lock = nodeLockDirectory();

test("a directory is locked once, and again when it was released", async () => {
  const first = await lock(directory);
  assert.ok(first !== null);
  assert.equal(await lock(directory), null);
  await first.release();
  await first.release();
  const second = await lock(directory);
  assert.ok(second !== null);
  await second.release();
});

test("the lock of a killed process is gone with it", async () => {
  const module = new URL("../../../src/ports/node/lock.ts", import.meta.url);
  const program = `
    import { nodeLockDirectory } from ${JSON.stringify(module.href)};
    await nodeLockDirectory()(${JSON.stringify(directory)});
    process.stdout.write("locked");
    process.stdin.resume();`;
  const holder = spawn(process.execPath, ["--input-type=module", "--eval", program]);
  await once(holder.stdout, "data");
  assert.equal(await lock(directory), null);
  holder.kill("SIGKILL");
  await once(holder, "exit");
  const mine = await lock(directory);
  assert.ok(mine !== null);
  await mine.release();
});

test("a directory that is not there rejects", async () => {
  await assert.rejects(lock(join(directory, "missing")), { code: "ENOENT" });
});

test("the directory itself stays empty; only where nothing can be beside it, the lock is in it", async () => {
  const [free, hemmed] = [join(directory, "free"), join(directory, "hemmed")];
  for (const path of [free, hemmed, `${hemmed}.lock`]) mkdirSync(path);
  const first = await lock(free);
  assert.deepEqual(readdirSync(free), []);
  const second = await lock(hemmed);
  assert.deepEqual(readdirSync(hemmed), [".recorder.lock"]);
  assert.equal(await lock(hemmed), null);
  await first?.release();
  await second?.release();
});
