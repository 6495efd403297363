// What a live pair left by a crash says of itself, and how long ago it was (design.md §5, "Live
// pair and crash"). Pure: journal and file length in, numbers out.
import { SAMPLES_PER_MS } from "../audio/g711.ts";
import { type JournalContent, linesOfType } from "../audio/journal.ts";
import type { JournalLine } from "../audio/journal-lines.ts";
import { type Parsed, parsed, refused } from "../parsed.ts";
import type { StreamRestoration } from "./packet-placement.ts";

/** A torn write leaves part of a packet; the file is cut back to whole 20 ms. */
export const FRAME_SAMPLES = 160;
/** A longer absence by the wall clock is a wrong clock. */
const ABSENCE_LIMIT_MS = 24 * 3600 * 1000;

export interface RecoveryFacts {
  /** What of the `.ul` is kept. */
  readonly samples: number;
  readonly journalBytes: number;
  /** Milliseconds since the header, now. */
  readonly elapsedMs: number;
  readonly restoration: StreamRestoration;
  /** Epoch ms of sample 0; null when no packet had come. */
  readonly startTimeMs: number | null;
}

/** `now` is this process's clock at the moment of the call. */
export function recoveryFacts(
  content: JournalContent,
  audioBytes: number,
  now: { readonly nowMs: number; readonly wallTimeMs: number },
): Parsed<RecoveryFacts> {
  const { lines } = content;
  const header = lines.find((line) => line.type === "header");
  if (header === undefined) return refused("no-header", 1, "The journal has no readable header.");
  // What a line tells of is no part of a packet: whole ones are counted from the last one known.
  const edge = lines.reduce(
    (most, { sample }) => (sample <= audioBytes ? Math.max(most, sample) : most),
    0,
  );
  const samples = audioBytes - ((audioBytes - edge) % FRAME_SAMPLES);
  const media = linesOfType(lines, "media");
  const anchor = media.at(-1);
  const { elapsedMs, isByClock } = elapsedSince(lines, { samples, wallTimeMs: now.wallTimeMs });
  const headerMs = now.nowMs - elapsedMs;
  const first = media[0];
  return parsed({
    samples,
    journalBytes: content.completeBytes,
    elapsedMs,
    startTimeMs:
      first === undefined ? null : Math.round(Date.parse(first.at) - first.sample / SAMPLES_PER_MS),
    restoration: {
      samples,
      lines,
      ssrc: anchor?.rtpTimestamp === undefined ? null : anchor.ssrc,
      // A clock that was set meanwhile is no witness against a timestamp.
      sequence: isByClock ? (anchor?.rtpSequence ?? null) : null,
      anchor:
        anchor === undefined
          ? null
          : {
              sample: anchor.sample,
              timestamp: anchor.rtpTimestamp ?? 0,
              atMs: headerMs + anchor.elapsedMs,
            },
    },
  });
}

/**
 * By the wall clock since the header where that is plausible. Wall times may step, so it must not
 * be before what lines and audio prove, nor days after; else what is proved is all that is known.
 */
function elapsedSince(
  lines: readonly JournalLine[],
  seen: { readonly samples: number; readonly wallTimeMs: number },
): { readonly elapsedMs: number; readonly isByClock: boolean } {
  const header = lines.find((line) => line.type === "header");
  const byWall = seen.wallTimeMs - Date.parse(header?.at ?? "");
  const anchor = linesOfType(lines, "media").at(-1);
  const byAudio =
    anchor === undefined
      ? 0
      : anchor.elapsedMs + Math.max(0, seen.samples - anchor.sample) / SAMPLES_PER_MS;
  const proved = lines.reduce((most, line) => Math.max(most, line.elapsedMs), byAudio);
  const isByClock = byWall >= proved && byWall - proved <= ABSENCE_LIMIT_MS;
  return { elapsedMs: isByClock ? byWall : proved, isByClock };
}
