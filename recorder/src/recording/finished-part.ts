// What complete journals tell of the parts that they recorded: after a restart the conversation may
// still go on, with the next number and a gap since this one's end (R22).
import { parseJournal, type JournalContent } from "../audio/journal.ts";
import { systemCode } from "../errors.ts";
import type { FinishedPart } from "../facts-contract.ts";
import type { Logger } from "../log.ts";
import type { Disk } from "../ports/index.ts";
import { associationFacts } from "./recovery-plan.ts";

/** Those of the keys that were parts; one that cannot be read keeps no other from being known. */
export async function readFinishedParts(
  liveDirectory: string,
  keys: readonly string[],
  { disk, log }: { readonly disk: Disk; readonly log: Logger },
): Promise<readonly FinishedPart[]> {
  const parts: FinishedPart[] = [];
  for (const key of keys) {
    const path = `${liveDirectory}/${key}.vrtx`;
    try {
      const part = finishedPartOf(parseJournal(await disk.readFile(path)));
      if (part !== null) parts.push(part);
    } catch (error) {
      const code = systemCode(error);
      if (code === null) throw error;
      log.warn(`${path}: ${code}`, { code: "LIVE_READ_FAILED", recordingId: key });
    }
  }
  return parts;
}

/** Pure; null when it was nobody's part, or has no end. */
export function finishedPartOf({ lines }: JournalContent): FinishedPart | null {
  const header = lines.find((line) => line.type === "header");
  const end = lines.findLast((line) => line.type === "end");
  const line = lines.findLast((candidate) => candidate.type === "association");
  if (header === undefined || end === undefined || line === undefined) return null;
  const association = associationFacts(line, header.liveStreamId ?? null);
  const endedWallMs = Date.parse(end.at);
  if (association.part === null || Number.isNaN(endedWallMs)) return null;
  return { recordingKey: header.recordingKey, association, endedWallMs };
}
