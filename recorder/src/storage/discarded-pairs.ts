// The discards that a crash has interrupted: their row is in calls.jsonl, their live pair is still
// there. At start such a pair is erased; a pair without a row goes on as any other (design.md §5,
// "Record From Beginning", "Live pair and crash").
import type { CatalogRow, Disk } from "../ports/index.ts";
import { beganTimeMs } from "./pool-files.ts";
import { visitRowsBackwards } from "./row-reader.ts";

/** Wall times may step; a row so much older than the oldest pair is of another recording. */
const STEP_MARGIN_MS = 24 * 3600 * 1000;

/** Their rows, by recordingKey. Without a pair in the live directory no row is read. */
export async function discardedPairs(
  disk: Disk,
  liveDirectory: string,
  callsPath: string,
): Promise<ReadonlyMap<string, CatalogRow>> {
  const discarded = new Map<string, CatalogRow>();
  const wanted = await unfinishedKeys(disk, liveDirectory);
  if (wanted.size === 0) return discarded;
  const oldestMs = oldestRowMs(wanted);
  await visitRowsBackwards(disk, callsPath, (row) => {
    if (row["type"] !== "discard") return "go-on";
    const key = String(row["recordingKey"]);
    if (wanted.has(key)) discarded.set(key, row as unknown as CatalogRow);
    const isOlder = Date.parse(String(row["endedAt"])) < oldestMs;
    return isOlder || discarded.size === wanted.size ? "stop" : "go-on";
  });
  return discarded;
}

/** A row that ended before is of no pair with one of these keys. */
export function oldestRowMs(keys: ReadonlySet<string>): number {
  return Math.min(...[...keys].map((key) => beganTimeMs(key) ?? 0)) - STEP_MARGIN_MS;
}

/** A journal in progress, or audio that has lost its journal. */
export async function unfinishedKeys(
  disk: Disk,
  liveDirectory: string,
): Promise<ReadonlySet<string>> {
  const names = (await disk.list(liveDirectory)).map(({ name }) => name);
  const present = new Set(names);
  const keys = names
    .filter((name) => /\.(?:tmpvrtx|ul)$/.test(name))
    .map((name) => name.replace(/\.[a-z]+$/, ""));
  return new Set(keys.filter((key) => !present.has(`${key}.vrtx`)));
}
