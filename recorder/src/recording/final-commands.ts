// The end of a recording whose audio is closed and whose verdict is known: what became of it, and
// what the media plane is to do with the live pair. Pure.
import type { Outcome, Why } from "../outcome.ts";
import type { MediaCommand } from "../ports/index.ts";
import { decideOutcome } from "./decide-outcome.ts";
import { endEntry } from "./journal-entries.ts";
import type { ClosedAudio, Recording } from "./recording.ts";

export interface Decided {
  readonly outcome: Outcome;
  readonly why: Why | null;
}

export function decide(
  recording: Recording,
  closed: ClosedAudio,
  verdict: { readonly keep: boolean; readonly why: Why | null },
): Decided {
  return decideOutcome({
    samples: closed.samples,
    statistics: closed.statistics,
    degradedBy: recording.degradedBy,
    endReason: recording.endReason,
    verdict,
  });
}

/** Nothing of it is to be kept but a row. */
export function isUnwanted({ outcome }: Decided): boolean {
  return outcome === "discarded" || outcome === "blocked";
}

export function finalCommands(
  recording: Recording,
  closed: ClosedAudio,
  decided: Decided,
): MediaCommand[] {
  const { recordingKey } = recording;
  if (isUnwanted(decided)) {
    return [{ type: "erase", recordingKey }];
  }
  const statistics = { type: "statistics", ...closed.statistics };
  return [
    { type: "journal", recordingKey, entry: statistics },
    { type: "finish", recordingKey, end: endEntry(recording, closed, decided) },
  ];
}
