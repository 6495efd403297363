// The reduced E-model for G.711 (ITU-T G.107, G.113 App. I; standards.md): a listening MOS from
// loss alone. A recorder only listens, so the delay impairment Id is 0. No measurement, no value.

/** Packet-loss robustness of G.711 without concealment: lost audio is fill, not guessed. */
const BPL_WITHOUT_CONCEALMENT = 4.3;
const R_WITHOUT_IMPAIRMENT = 93.2;

/** Named with each value, so that nobody takes it for a conversational MOS. */
export const MOS_METHOD = "G.107 reduced, listening (Id=0), G.711 Bpl 4.3";

export interface LossMeasurement {
  /** Packets that a complete stream would have had. */
  readonly packetsExpected: number;
  /** Packets of them whose audio is missing: lost, or too late to be used. */
  readonly packetsMissing: number;
  /** Runs of consecutive missing packets. */
  readonly lossRuns: number;
}

export interface ListeningMos {
  readonly mos: number | null;
  readonly mosMethod: string | null;
}

/** MOS from R. */
export function mosOfRating(rating: number): number {
  if (rating < 0) return 1;
  if (rating > 100) return 4.5;
  // Between R 0 and 6.5 the cubic dips below the scale, which begins at 1.
  return Math.max(1, 1 + 0.035 * rating + 7e-6 * rating * (rating - 60) * (100 - rating));
}

/** R of G.711 at a loss in percent; `burstRatio` is 1 for random loss, more for bursts. */
export function listeningRating(lossPercent: number, burstRatio: number): number {
  if (lossPercent <= 0) return R_WITHOUT_IMPAIRMENT;
  const impairment = (95 * lossPercent) / (lossPercent / burstRatio + BPL_WITHOUT_CONCEALMENT);
  return R_WITHOUT_IMPAIRMENT - impairment;
}

/** The listening MOS of a measured stream, to two decimals. */
export function listeningMos(measured: LossMeasurement): ListeningMos {
  const { packetsExpected, packetsMissing, lossRuns } = measured;
  if (packetsExpected <= 0) return { mos: null, mosMethod: null };
  const loss = Math.min(1, Math.max(0, packetsMissing / packetsExpected));
  // G.107 §7: mean length of the bursts seen ÷ that of random loss, which is 1 ÷ (1 − loss).
  const meanRun = lossRuns > 0 ? packetsMissing / lossRuns : 1;
  const burstRatio = Math.max(1, meanRun * (1 - loss));
  const mos = mosOfRating(listeningRating(loss * 100, burstRatio));
  return { mos: Math.round(mos * 100) / 100, mosMethod: MOS_METHOD };
}
