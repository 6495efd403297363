// The catalog's row from a finished journal alone: for pairs found at start, and for reindex. Pure.
import type { JournalContent } from "../audio/journal.ts";
import type { CatalogRow } from "../ports/index.ts";
import { associationFacts } from "./recovery-plan.ts";

/** null when the journal has no header or no end. */
export function rowFromJournal(journal: JournalContent): CatalogRow | null {
  const { lines } = journal;
  const header = lines.find((line) => line.type === "header");
  const end = lines.findLast((line) => line.type === "end");
  if (header === undefined || end === undefined) return null;
  const associationLine = lines.findLast((line) => line.type === "association");
  const association =
    associationLine === undefined
      ? null
      : associationFacts(associationLine, header.liveStreamId ?? null);
  const statistics = lines.findLast((line) => line.type === "statistics");
  const media = lines.find((line) => line.type === "media");
  const expected = (statistics?.packetsReceived ?? 0) + (statistics?.packetsLost ?? 0);
  return {
    recordingKey: header.recordingKey,
    callKey: association?.callKey ?? null,
    part: association?.part ?? null,
    startTimeMs: Date.parse((media ?? header).at),
    samples: end.samples,
    outcome: end.outcome,
    why: end.why ?? null,
    endReason: end.reason,
    recovered: end.recovered === true,
    agent: association?.agent ?? null,
    extension: association?.extension ?? null,
    parties: association?.parties ?? [],
    liveStreamId: association?.liveStreamId ?? header.liveStreamId ?? null,
    sipCallId: header.sipCallId,
    pool: null,
    drive: null,
    path: null,
    bytes: 0,
    loss: expected === 0 ? 0 : (statistics?.packetsLost ?? 0) / expected,
    mos: statistics?.mos ?? null,
    rule: end.rule ?? null,
    ...(header.purpose === "validation" ? { purpose: header.purpose } : {}),
  };
}
