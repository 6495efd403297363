// The reduced E-model for G.711 (ITU-T G.107 §7; G.113 Appendix I for Ie and Bpl): a reading of our
// own beside the recorder's. A recorder only listens, so the listening MOS leaves the delay out;
// the conversational one is given apart, for the people who talk.

/** G.113 Appendix I, G.711. Without concealment: the recorder fills what is lost. */
export const G711 = { ie: 0, bplWithout: 4.3, bplWith: 25.1 } as const;
const R_DEFAULT = 93.2;
/** Delay in ms above which people begin to talk over each other (G.107's reduced form). */
const DELAY_KNEE_MS = 177.3;

export const E_MODEL_SOURCE = "ITU-T G.107 (reduced), G.113 App. I: G.711 Ie 0, Bpl 4.3";

export interface EModelInput {
  readonly lossRatio: number;
  /** 1 = random loss; above: in bursts. */
  readonly burstRatio: number;
  /** null = listening only. */
  readonly oneWayMs: number | null;
}

/** The transmission rating R. */
export function rating({ lossRatio, burstRatio, oneWayMs }: EModelInput): number {
  const percent = Math.max(0, Math.min(1, lossRatio)) * 100;
  const effective =
    percent === 0
      ? G711.ie
      : G711.ie + ((95 - G711.ie) * percent) / (percent / burstRatio + G711.bplWithout);
  const delay = oneWayMs ?? 0;
  const knee = delay > DELAY_KNEE_MS ? 0.11 * (delay - DELAY_KNEE_MS) : 0;
  return R_DEFAULT - (0.024 * delay + knee) - effective;
}

/** MOS of a rating: 1 below 0, 4.5 above 100. */
export function mosOf(r: number): number {
  if (r < 0) return 1;
  if (r > 100) return 4.5;
  return Math.max(1, 1 + 0.035 * r + 7e-6 * r * (r - 60) * (100 - r));
}
