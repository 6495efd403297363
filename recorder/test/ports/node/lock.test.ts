// Two recorders must not share a live directory: the lock is the system's own, and no kill leaves a
// stale one.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
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
  await assert.rejects(lock(join(directory, "missing")), /unable to open/);
});
