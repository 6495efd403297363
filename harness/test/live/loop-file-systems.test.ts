// File systems of their own for live runs: full is full to the block, whatever the file that fills
// them takes for itself, and empty is empty again.
import assert from "node:assert/strict";
import { mkdirSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { loopProblem, LoopFileSystem } from "../../src/live/loop-file-systems.ts";
import { newFolder, removeFolder } from "./live-fixture.ts";

const BLOCK_BYTES = 4_096;

test(
  "a file system is filled to the block, and empty again",
  { skip: loopProblem() ?? false },
  async (context) => {
    const folder = await newFolder();
    const path = join(folder, "drive");
    mkdirSync(path);
    const fileSystem = mounted(path);
    if (typeof fileSystem === "string") {
      await removeFolder(folder);
      return context.skip(fileSystem);
    }
    context.after(async () => {
      fileSystem.unmount();
      await removeFolder(folder);
    });
    const freeBytes = (): number => {
      const { bavail, bsize } = statfsSync(path);
      return bavail * bsize;
    };
    const atFirst = freeBytes();
    for (const wanted of [2_000, 100_000]) {
      fileSystem.fill(wanted);
      const left = freeBytes();
      assert.ok(left <= wanted && left > wanted - BLOCK_BYTES, `${left} bytes are left`);
    }
    assert.throws(() => writeFileSync(join(path, "much"), Buffer.alloc(300_000)), /ENOSPC/);
    fileSystem.empty();
    fileSystem.fill(0);
    assert.equal(freeBytes(), 0);
    fileSystem.empty();
    assert.ok(freeBytes() > atFirst - 500_000);
  },
);

/** A machine may show loop devices and refuse to mount them: why. */
function mounted(path: string): LoopFileSystem | string {
  try {
    return LoopFileSystem.mount(path);
  } catch (error) {
    return String(error);
  }
}
