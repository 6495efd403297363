// Makes a directory with its parents. Not with Node's `recursive`: below a directory that answers
// ENOENT to every new name (/proc, an automounter) that never ends, and a wrong path in the
// configuration must be told, not hang.
import { mkdirSync, statSync } from "node:fs";
import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { systemCode } from "../../errors.ts";

export async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if (systemCode(error) === "ENOENT" && dirname(path) !== path) {
      await makeDirectory(dirname(path));
      // The parent is there: what is refused now is refused for good, unless another was quicker.
      return mkdir(path).catch((again: unknown) => acceptExisting(path, again));
    }
    await acceptExisting(path, error);
  }
}

async function acceptExisting(path: string, error: unknown): Promise<void> {
  const isThere = await stat(path).then(
    (status) => status.isDirectory(),
    () => false,
  );
  if (!isThere) throw error;
}

/** The same for threads of their own, where waiting harms nobody. */
export function makeDirectorySync(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    const parent = dirname(path);
    if (systemCode(error) === "ENOENT" && parent !== path) {
      makeDirectorySync(parent);
      return mkdirSync(path);
    }
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) throw error;
  }
}
