// The gaps of one recording on their way into the journal: adjacent ones of one cause become one
// line, and audio that comes after its bytes have left turns its gap from loss into lateness.
import type { GapCause } from "../audio/journal-lines.ts";

export interface Gap {
  readonly fromSample: number;
  readonly samples: number;
  readonly cause: GapCause;
}

export class GapLog {
  #pending: Gap[] = [];
  #lossRuns = 0;

  /** Runs of lost or late audio so far. */
  get lossRuns(): number {
    return this.#lossRuns;
  }

  add(gap: Gap): void {
    const last = this.#pending.at(-1);
    const end = last === undefined ? -1 : last.fromSample + last.samples;
    if (last !== undefined && last.cause === gap.cause && end === gap.fromSample) {
      this.#pending[this.#pending.length - 1] = { ...last, samples: last.samples + gap.samples };
      return;
    }
    if (gap.cause === "loss") this.#lossRuns += 1;
    this.#pending.push(gap);
  }

  /** Audio of these samples has come too late. */
  relabelLate(fromSample: number, samples: number): void {
    const toSample = fromSample + samples;
    this.#pending = this.#pending.flatMap((gap) => {
      const end = gap.fromSample + gap.samples;
      const from = Math.max(gap.fromSample, fromSample);
      const to = Math.min(end, toSample);
      if (gap.cause !== "loss" || from >= to) return [gap];
      const parts: Gap[] = [
        { ...gap, samples: from - gap.fromSample },
        { fromSample: from, samples: to - from, cause: "late" },
        { ...gap, fromSample: to, samples: end - to },
      ];
      return parts.filter((part) => part.samples > 0);
    });
  }

  /** Takes what is to be journalled now. */
  drain(): readonly Gap[] {
    const gaps = this.#pending;
    this.#pending = [];
    return gaps;
  }
}
