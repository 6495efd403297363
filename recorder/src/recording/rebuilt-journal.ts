// A header for audio whose journal was lost, so that it is kept, stored and found (design.md §5).
import { serializeJournalLine } from "../audio/journal.ts";

/** The first line of a journal made anew; the wall time is that of the recovery. */
export function rebuiltHeader(recordingKey: string, wallTimeMs: number): Uint8Array {
  const line = serializeJournalLine({
    at: new Date(wallTimeMs).toISOString(),
    elapsedMs: 0,
    sample: 0,
    type: "header",
    format: "tapeline-vrtx",
    version: 1,
    recordingKey,
    recorder: "",
    files: [`${recordingKey}.ul`],
    codec: "PCMU",
    sampleRate: 8000,
    sipCallId: "",
    rebuilt: true,
  });
  return new TextEncoder().encode(line);
}
