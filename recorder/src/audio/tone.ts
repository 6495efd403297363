// What stands in a recording where no speech is kept: silence, or for pauses the tone of 440 Hz at
// −20 dBm0 (design.md §5, "Pause"). The tone's phase follows the sample number, so that any span
// can be made again, in any pieces, by the recorder, by recovery and by a checker.
import { encodeUlaw, SAMPLES_PER_SECOND, ULAW_SILENCE } from "./g711.ts";

export type FillKind = "tone" | "silence";

const TONE_HZ = 440;
const TONE_DBM0 = -20;
/** G.711: a full-scale sine is +3.17 dBm0 in µ-law, and full scale is 8,159 of 14 bits. */
const ULAW_FULL_SCALE_DBM0 = 3.17;
const ULAW_FULL_SCALE = 8159 * 4;
const TONE_PEAK = ULAW_FULL_SCALE * 10 ** ((TONE_DBM0 - ULAW_FULL_SCALE_DBM0) / 20);

/** 440 Hz repeats after 11 waves = 200 samples. */
export const TONE_PERIOD_SAMPLES = 200;

const TONE = Uint8Array.from({ length: TONE_PERIOD_SAMPLES }, (_, sample) =>
  encodeUlaw(
    Math.round(TONE_PEAK * Math.sin((2 * Math.PI * TONE_HZ * sample) / SAMPLES_PER_SECOND)),
  ),
);

/** Writes the fill of samples `fromSample` … into all of `target`. */
export function writeFill(target: Uint8Array, fromSample: number, kind: FillKind): void {
  if (kind === "silence") {
    target.fill(ULAW_SILENCE);
    return;
  }
  let phase = fromSample % TONE_PERIOD_SAMPLES;
  for (let index = 0; index < target.length; index += 1) {
    target[index] = TONE[phase] ?? ULAW_SILENCE;
    phase = phase + 1 === TONE_PERIOD_SAMPLES ? 0 : phase + 1;
  }
}

/** The fill of `samples` samples from `fromSample` on. */
export function makeFill(fromSample: number, samples: number, kind: FillKind): Uint8Array {
  const fill = new Uint8Array(samples);
  writeFill(fill, fromSample, kind);
  return fill;
}
