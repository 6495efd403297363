// Directories that survive a power cut: a new name is durable only once its parent is synced, and
// so for every parent that was made along with it.
import { dirname } from "node:path";
import type { Disk } from "../ports/index.ts";

export async function makeDurableDirectory(disk: Disk, path: string): Promise<void> {
  await disk.makeDirectory(path);
  for (let child = path; dirname(child) !== child; child = dirname(child)) {
    await disk.syncDirectory(dirname(child));
  }
}
