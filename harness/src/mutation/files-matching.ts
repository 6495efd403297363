// The files of a folder by a pattern, sorted, with slashes on every system.
import { glob } from "node:fs/promises";

export async function filesMatching(root: string, pattern: string): Promise<readonly string[]> {
  const files: string[] = [];
  for await (const file of glob(pattern, { cwd: root })) files.push(file.replaceAll("\\", "/"));
  return files.sort();
}
