// The recordings of a run as the result document lists them (formats.md).
import type { RecordingResult } from "@tapeline/reports";
import { entries, type RunRecord } from "./run-record.ts";

export function recordingResults(record: RunRecord): RecordingResult[] {
  return record.recordings.map((recording) => {
    const end = entries(recording, "end")[0];
    const association = entries(recording, "association").at(-1);
    const statistics = entries(recording, "statistics").at(-1);
    const received = numberOr(statistics?.["packetsReceived"], 0);
    const lost = numberOr(statistics?.["packetsLost"], 0);
    return {
      recordingKey: recording.recordingKey,
      outcome: textOr(end?.["outcome"], "unfinished"),
      why: typeof end?.["why"] === "string" ? end["why"] : null,
      samples: numberOr(end?.["samples"], recording.audio?.length ?? 0),
      part: typeof association?.["part"] === "number" ? association["part"] : null,
      callKey: typeof association?.["callKey"] === "string" ? association["callKey"] : null,
      gapMs: typeof association?.["gapMs"] === "number" ? association["gapMs"] : null,
      loss: received + lost === 0 ? 0 : lost / (received + lost),
      mos: typeof statistics?.["mos"] === "number" ? statistics["mos"] : null,
    };
  });
}

function numberOr(value: unknown, otherwise: number): number {
  return typeof value === "number" ? value : otherwise;
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === "string" ? value : otherwise;
}
