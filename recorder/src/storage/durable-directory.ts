// Directories that can be relied on: they survive a power cut, and files can be made in them. A new
// name is durable only once its parent is synced, and so for every parent made along with it.
import { dirname } from "node:path";
import { systemCode } from "../errors.ts";
import type { Disk } from "../ports/index.ts";

/** Made, tried and removed again at each start. */
const PROBE = ".writable";
/** Not readable for us, or a file system that cannot: such a parent was not made by us. */
const NOT_OURS: ReadonlySet<string> = new Set(["EACCES", "EPERM", "EINVAL", "EROFS", "ENOTSUP"]);
/** A full disk is a trouble of its own, which passes; a start must not fail for it. */
const FULL: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT"]);

/** Makes the directory with its parents. Rejects where that cannot be. */
export async function makeDurableDirectory(disk: Disk, path: string): Promise<void> {
  await disk.makeDirectory(path);
  for (let child = path; dirname(child) !== child; child = dirname(child)) {
    try {
      await disk.syncDirectory(dirname(child));
    } catch (error) {
      if (!NOT_OURS.has(systemCode(error) ?? "")) throw error;
    }
  }
}

/** Rejects where no file can be made in a directory that is there. */
export async function proveWritable(disk: Disk, directory: string): Promise<void> {
  const path = `${directory}/${PROBE}`;
  try {
    const file = await disk.open(path, "append");
    await file.close();
    await disk.remove(path);
    await disk.syncDirectory(directory);
  } catch (error) {
    if (!FULL.has(systemCode(error) ?? "")) throw error;
  }
}
