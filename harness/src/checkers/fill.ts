// What may stand where no speech is kept: silence, or in a pause the tone of 440 Hz at −20 dBm0
// (design.md §5, "Pause"). The tone is recognised by fitting a sine, whatever its phase: a reading
// of the design of its own, not the recorder's table.
import { linearFromMuLaw } from "@tapeline/simulator/world";

/** µ-law silence. */
export const SILENCE = 0xff;

const RADIANS_PER_SAMPLE = (2 * Math.PI * 440) / 8_000;
/** G.711: a full-scale µ-law sine, of peak 8,159 of 14 bits, is +3.17 dBm0. */
const TONE_PEAK = 8_159 * 4 * 10 ** ((-20 - 3.17) / 20);
/** Half a µ-law step at the tone's peak is 64. */
const RESIDUAL_LIMIT = 160;
const PEAK_TOLERANCE = 0.06;
/** Shorter pieces do not tell amplitude and phase apart. */
const FIT_MINIMUM_SAMPLES = 40;

/** The first sample of `audio` that is not silence; -1 = all is. */
export function findSound(audio: Uint8Array): number {
  return audio.findIndex((byte) => byte !== SILENCE);
}

/** The first sample of `audio` that is not of the pause tone; -1 = all are. */
export function findNotTone(audio: Uint8Array): number {
  const linear = linearFromMuLaw(audio);
  if (linear.length < FIT_MINIMUM_SAMPLES) {
    return linear.findIndex((value) => Math.abs(value) > TONE_PEAK + RESIDUAL_LIMIT);
  }
  const { sine, cosine } = fit(linear);
  const peak = Math.hypot(sine, cosine);
  if (Math.abs(peak / TONE_PEAK - 1) > PEAK_TOLERANCE)
    return firstOff(linear, nominal(sine, cosine));
  return firstOff(linear, { sine, cosine });
}

interface Wave {
  readonly sine: number;
  readonly cosine: number;
}

/** Least squares of a·sin + b·cos. */
function fit(linear: Int16Array): Wave {
  const sums = { ss: 0, cc: 0, sc: 0, ys: 0, yc: 0 };
  for (const [index, value] of linear.entries()) {
    const [s, c] = [Math.sin(RADIANS_PER_SAMPLE * index), Math.cos(RADIANS_PER_SAMPLE * index)];
    sums.ss += s * s;
    sums.cc += c * c;
    sums.sc += s * c;
    sums.ys += value * s;
    sums.yc += value * c;
  }
  const { ss, cc, sc, ys, yc } = sums;
  const determinant = ss * cc - sc * sc;
  return { sine: (ys * cc - yc * sc) / determinant, cosine: (yc * ss - ys * sc) / determinant };
}

/** The same phase at the level that it should have. */
function nominal(sine: number, cosine: number): Wave {
  const peak = Math.hypot(sine, cosine);
  if (peak === 0) return { sine: TONE_PEAK, cosine: 0 };
  return { sine: (sine / peak) * TONE_PEAK, cosine: (cosine / peak) * TONE_PEAK };
}

function firstOff(linear: Int16Array, { sine, cosine }: Wave): number {
  return linear.findIndex((value, index) => {
    const angle = RADIANS_PER_SAMPLE * index;
    const expected = sine * Math.sin(angle) + cosine * Math.cos(angle);
    return Math.abs(value - expected) > RESIDUAL_LIMIT;
  });
}
