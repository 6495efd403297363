// The stamps on every journal line: `at`, `elapsedMs`, `sample` (formats.md). Only the media plane
// makes them. `elapsedMs` is monotonic since the header; across a restart it is carried on.
import { serializeJournalLine } from "../audio/journal.ts";
import type { Clock, JournalEntry } from "../ports/index.ts";

export class JournalStamps {
  readonly #clock: Pick<Clock, "nowMs" | "wallTimeMs">;
  /** Monotonic time of the header; before this process's start after a recovery. */
  readonly #headerMs: number;
  /** A packet's line follows other news by a moment, with the packet's own, earlier time. */
  #latestMs = -Infinity;
  /** `at` of the line made last, epoch ms. */
  lastTimeMs = 0;

  constructor(clock: Pick<Clock, "nowMs" | "wallTimeMs">, headerMs: number) {
    this.#clock = clock;
    this.#headerMs = headerMs;
  }

  /** The line of `entry` for something that happened at monotonic `atMs`; time never runs back. */
  line(entry: JournalEntry, sample: number, atMs = this.#clock.nowMs()): string {
    const { type, ...fields } = entry;
    this.#latestMs = Math.max(this.#latestMs, atMs);
    this.lastTimeMs = this.wallTimeAt(this.#latestMs);
    return serializeJournalLine({
      ...fields,
      at: new Date(this.lastTimeMs).toISOString(),
      elapsedMs: Math.round(this.#latestMs - this.#headerMs),
      sample,
      type,
    });
  }

  /** Wall time of a monotonic time near now. */
  wallTimeAt(atMs: number): number {
    return Math.round(this.#clock.wallTimeMs() - (this.#clock.nowMs() - atMs));
  }
}
