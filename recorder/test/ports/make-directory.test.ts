// Directories with their parents, and the refusals that must be told at once.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { makeDirectory, makeDirectorySync } from "../../src/ports/node/make-directory.ts";

const KINDS = {
  asynchronous: makeDirectory,
  synchronous: async (path: string): Promise<void> => makeDirectorySync(path),
};

for (const [kind, make] of Object.entries(KINDS)) {
  test(`${kind}: parents are made, and what is there is accepted`, async () => {
    const root = await mkdtemp(join(tmpdir(), "tapeline-"));
    const path = join(root, "one", "two", "three");
    await make(path);
    await make(path);
    assert.ok((await stat(path)).isDirectory());
    await rm(root, { recursive: true });
  });

  test(`${kind}: a file in the way is told`, async () => {
    const root = await mkdtemp(join(tmpdir(), "tapeline-"));
    await writeFile(join(root, "file"), "x");
    await assert.rejects(() => make(join(root, "file")), { code: "EEXIST" });
    await assert.rejects(() => make(join(root, "file", "below")), { code: "ENOTDIR" });
    await rm(root, { recursive: true });
  });

  test(
    `${kind}: where no name can be made it is refused, and does not go on for ever`,
    { skip: !existsSync("/proc/self") },
    async () => {
      await assert.rejects(() => make("/proc/tapeline/live"), { code: "ENOENT" });
    },
  );
}

test("two who make the same directory both succeed", async () => {
  const root = await mkdtemp(join(tmpdir(), "tapeline-"));
  const path = join(root, "a", "b");
  await Promise.all([makeDirectory(path), makeDirectory(path), makeDirectory(join(path, "c"))]);
  assert.ok((await stat(join(path, "c"))).isDirectory());
  await rm(root, { recursive: true });
});
