// Whether the live disk took nothing, or next to nothing, for a whole span of time, by the faults
// that a scenario made: only then may the recorder say of a pause that it is not saved
// (recorder/README.md, "Pause").
import type { FaultObservation } from "./observations.ts";

/** A disk that goes on catches up within this; one that begins to hang had as long to be ready. */
const SLACK_MS = 1_000;

const TROUBLE = /^live disk (?:frozen|slow)/;
const HEALING = /^(?:heal|healLiveDisk)$/;

/** On the clock of the IP Office, as the faults are. */
export interface DiskSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

/** It was frozen or slow from the beginning of the span to its end. */
export function didLiveDiskHang(
  faults: readonly FaultObservation[],
  { fromMs, toMs }: DiskSpan,
): boolean {
  return troublesOf(faults).some(
    (trouble) => trouble.fromMs <= fromMs + SLACK_MS && trouble.toMs >= toMs - SLACK_MS,
  );
}

/** From the first trouble to the healing of all. */
function troublesOf(faults: readonly FaultObservation[]): DiskSpan[] {
  const spans: DiskSpan[] = [];
  let fromMs: number | null = null;
  for (const { atMs, text } of faults) {
    if (TROUBLE.test(text)) {
      fromMs ??= atMs;
    } else if (HEALING.test(text) && fromMs !== null) {
      spans.push({ fromMs, toMs: atMs });
      fromMs = null;
    }
  }
  if (fromMs !== null) spans.push({ fromMs, toMs: Infinity });
  return spans;
}
