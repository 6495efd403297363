// The figures of one recording's RTP over all its sources: what a `statistics` line and the
// `closed` event say. Pure sums; the MOS is the E-model's.
import { listeningMos } from "../audio/e-model.ts";
import type { RecordingStatistics } from "../ports/index.ts";
import type { RtpSource } from "../rtp/rtp-source.ts";

export class StreamStatistics {
  late = 0;
  duplicate = 0;
  stray = 0;
  #received = 0;
  #expected = 0;
  #lost = 0;
  #jitterMs = 0;

  /** A source is over; its figures stay. */
  retire(source: RtpSource): void {
    this.#received += source.sequence.received;
    this.#expected += source.sequence.expected;
    this.#lost += source.sequence.lost;
    this.#jitterMs = Math.max(this.#jitterMs, source.jitter.ms);
  }

  /** `active` are the sources not retired yet. */
  summary(
    active: readonly RtpSource[],
    of: { readonly lossRuns: number; readonly kernelDrops: number },
  ): RecordingStatistics {
    const sum = (figure: (source: RtpSource) => number): number =>
      active.reduce((total, source) => total + figure(source), 0);
    const expected = this.#expected + sum((source) => source.sequence.expected);
    const lost = this.#lost + sum((source) => source.sequence.lost);
    const jitterMs = Math.max(this.#jitterMs, ...active.map((source) => source.jitter.ms));
    const packetsMissing = lost + this.late;
    return {
      packetsReceived: this.#received + sum((source) => source.sequence.received),
      packetsLost: lost,
      packetsLate: this.late,
      packetsDuplicate: this.duplicate,
      packetsStray: this.stray,
      jitterMs: Math.round(jitterMs * 100) / 100,
      ...listeningMos({ packetsExpected: expected, packetsMissing, lossRuns: of.lossRuns }),
      lossRatio: expected === 0 ? 0 : Math.round((lost / expected) * 1e6) / 1e6,
      kernelDrops: of.kernelDrops,
    };
  }
}
