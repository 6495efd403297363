// Complete live pairs of conversations that may go on after a restart: no row of calls.jsonl has
// closed theirs. A row is written when a conversation is over, so what has none was under way when
// the process ended (formats.md, "State directory"; R22).
import type { Disk } from "../ports/index.ts";
import { beganTimeMs, ENDINGS } from "./pool-files.ts";
import { visitRowsBackwards } from "./row-reader.ts";

/** A conversation whose last part began longer ago is not looked for. */
export const LOOK_BACK_MS = 4 * 3_600_000;
/** Of them the newest so many. */
export const UNCLOSED_LIMIT = 1000;

/** Their keys, oldest first. Without such a pair no row is read. */
export async function unclosedPairs(
  disk: Disk,
  { liveDirectory, callsPath }: { readonly liveDirectory: string; readonly callsPath: string },
  wallTimeMs: number,
): Promise<readonly string[]> {
  // Both are wall times: the age has to survive the restart.
  const sinceMs = wallTimeMs - LOOK_BACK_MS;
  const keys = new Set(
    (await disk.list(liveDirectory))
      .filter(({ name, kind }) => kind === "file" && name.endsWith(ENDINGS.journal))
      .map(({ name }) => name.slice(0, -ENDINGS.journal.length))
      .filter((key) => (beganTimeMs(key) ?? 0) >= sinceMs),
  );
  if (keys.size === 0) return [];
  await visitRowsBackwards(disk, callsPath, (row) => {
    // The recorder stopped in mid-call: what is open may go on.
    if (row["open"] === true) return "go-on";
    for (const key of partKeysOf(row)) keys.delete(key);
    const isOlder = Date.parse(String(row["endedAt"])) < sinceMs;
    return isOlder || keys.size === 0 ? "stop" : "go-on";
  });
  const beganMs = (key: string): number => beganTimeMs(key) ?? 0;
  return [...keys].sort((one, other) => beganMs(one) - beganMs(other)).slice(-UNCLOSED_LIMIT);
}

/** The recordings that a call's row tells of. */
export function partKeysOf(row: Readonly<Record<string, unknown>>): readonly string[] {
  const parts: unknown = row["parts"];
  if (!Array.isArray(parts)) return [];
  return parts.map((part: unknown) => String((part as { recordingKey?: unknown }).recordingKey));
}
