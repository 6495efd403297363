// Live pairs that a crash left in progress, and whose part a closed row of calls.jsonl tells of
// already: the row is written when the conversation is over, the journal's `end` when the audio is.
// Killed between the two, the recorder must not write a second row (formats.md, "State directory").
import type { Disk } from "../ports/index.ts";
import { oldestRowMs, unfinishedKeys } from "./discarded-pairs.ts";
import { visitRowsBackwards } from "./row-reader.ts";
import { partKeysOf } from "./unclosed-pairs.ts";

/** Their keys. Without a pair in progress no row is read. */
export async function toldPairs(
  disk: Disk,
  liveDirectory: string,
  callsPath: string,
): Promise<ReadonlySet<string>> {
  const told = new Set<string>();
  const wanted = await unfinishedKeys(disk, liveDirectory);
  if (wanted.size === 0) return told;
  const oldestMs = oldestRowMs(wanted);
  await visitRowsBackwards(disk, callsPath, (row) => {
    if (row["type"] !== "call" || row["open"] === true) return "go-on";
    for (const key of partKeysOf(row)) if (wanted.has(key)) told.add(key);
    const isOlder = Date.parse(String(row["endedAt"])) < oldestMs;
    return isOlder || told.size === wanted.size ? "stop" : "go-on";
  });
  return told;
}
