// Disk space as hours of recording. Pure: what is free, at the load of the last hours, and an alarm
// with some distance between its two edges, so that it does not flutter.
const BYTES_PER_HOUR = 8000 * 3600;
/** Of 8,000 bytes a second, until recordings have been stored and the true share is known. */
const ASSUMED_SHARE = 0.4;
/** The load counts for so long. */
const LOAD_WINDOW_MS = 3_600_000;
/** The alarm ends with a tenth more than where it began. */
const CALM_FACTOR = 1.1;

/** Hours until `freeBytes` are used up. */
export function hoursLeft(freeBytes: number, recordings: number, share = 1): number {
  return freeBytes / (BYTES_PER_HOUR * share * Math.max(1, recordings));
}

/** Whether the alarm stands after this measurement. */
export function isSpaceLow(wasLow: boolean, hours: number, alarmHours: number): boolean {
  return hours < (wasLow ? alarmHours * CALM_FACTOR : alarmHours);
}

/** How many recordings at once there have been at most in the last hour, and how small they get. */
export class Load {
  readonly #peaks: { readonly atMs: number; readonly recordings: number }[] = [];
  #samples = 0;
  #bytes = 0;

  push(nowMs: number, recordings: number): void {
    // An older, smaller value can never be the peak again.
    while ((this.#peaks.at(-1)?.recordings ?? Number.POSITIVE_INFINITY) <= recordings) {
      this.#peaks.pop();
    }
    this.#peaks.push({ atMs: nowMs, recordings });
    while (nowMs - (this.#peaks[0]?.atMs ?? nowMs) > LOAD_WINDOW_MS) this.#peaks.shift();
  }

  /** A recording has been stored. */
  stored(samples: number, bytes: number): void {
    this.#samples += samples;
    this.#bytes += bytes;
  }

  /** At least one. */
  get recordings(): number {
    return Math.max(1, this.#peaks[0]?.recordings ?? 1);
  }

  /** Bytes in a pool for each byte of µ-law. */
  get share(): number {
    return this.#samples === 0 ? ASSUMED_SHARE : Math.max(0.01, this.#bytes / this.#samples);
  }
}
