// Does the decoded Speex file sound like the recording it was made from?  A lossy codec changes
// every sample, so loudness over time is compared: 20 ms energy envelopes, correlation of at least
// 0.9 (design.md §5, "Storage"). A pure stage (EnvelopeMeter) and a pure comparison.
import { decodeUlaw } from "../audio/g711.ts";

/** Levels are measured over 10 ms; two neighbours make the 20 ms of the comparison. */
const BLOCK_SAMPLES = 80;
/** Shifts tried, in blocks: encoders delay by up to a frame, and some do not say so. */
const LAGS_BLOCKS = [0, -1, 1, -2, 2] as const;
/** Length may differ by one Speex frame (20 ms): speexenc is exact, ffmpeg 80 samples short. */
export const LENGTH_TOLERANCE_SAMPLES = 160;
export const MINIMUM_CORRELATION = 0.9;
/** Shorter recordings (100 ms) have no loudness over time: their length alone is compared. */
const MINIMUM_SAMPLES = 800;
/** Below this spread (standard deviation ÷ mean) a sound is steady: silence, a tone, noise. */
const STEADY_SPREAD = 0.35;
/** A steady sound's mean level may change by this factor either way (6 dB). */
const LEVEL_FACTOR = 2;
/**
 * First-order high-pass at about 200 Hz, on both sides of the comparison: Speex removes hum and
 * offset, which are no speech, and would else be missed.
 */
const HIGH_PASS = 0.86;
/** Root mean square, of 32,768, below which everything counts as silence (about −60 dBm0). */
const SILENCE_LEVEL = 64;

/** Loudness over time. */
export interface Envelope {
  readonly samples: number;
  /** Mean square of each full block of 10 ms, and of the rest. */
  readonly energies: readonly number[];
}

/** What the meter carries from block to block: an array, since numbers in fields are boxed. */
const PREVIOUS = 0;
const FILTERED = 1;
const SUM = 2;

interface Span {
  from: number;
  to: number;
}

/** Stage: audio in pieces of any size → its envelope. */
export class EnvelopeMeter {
  readonly #energies: number[] = [];
  readonly #state = new Float64Array(3);
  /** Reused from block to block. */
  readonly #span: Span = { from: 0, to: 0 };
  #samples = 0;
  #inBlock = 0;

  push(samples: Int16Array): void {
    this.#begin();
    while (this.#nextBlock(samples.length)) {
      addLinear(samples, this.#span, this.#state);
      this.#endBlock();
    }
  }

  pushUlaw(bytes: Uint8Array): void {
    this.#begin();
    while (this.#nextBlock(bytes.length)) {
      addUlaw(bytes, this.#span, this.#state);
      this.#endBlock();
    }
  }

  flush(): Envelope {
    if (this.#inBlock > 0) this.#emit();
    return { samples: this.#samples, energies: this.#energies };
  }

  #begin(): void {
    this.#span.to = 0;
  }

  /** The span that completes the block, or all that is left of the piece. False = nothing left. */
  #nextBlock(length: number): boolean {
    const from = this.#span.to;
    this.#span.from = from;
    this.#span.to = Math.min(length, from + BLOCK_SAMPLES - this.#inBlock);
    return from < length;
  }

  #endBlock(): void {
    const samples = this.#span.to - this.#span.from;
    this.#samples += samples;
    this.#inBlock += samples;
    if (this.#inBlock === BLOCK_SAMPLES) this.#emit();
  }

  #emit(): void {
    this.#energies.push((this.#state[SUM] as number) / this.#inBlock);
    this.#state[SUM] = 0;
    this.#inBlock = 0;
  }
}

// One loop a kind of array, each a function of its own that is called once a block: so it is soon
// compiled, for that kind. All samples of a recording come through here twice.

function addLinear(samples: Int16Array, { from, to }: Span, state: Float64Array): void {
  let previous = state[PREVIOUS] as number;
  let filtered = state[FILTERED] as number;
  let sum = state[SUM] as number;
  for (let index = from; index < to; index += 1) {
    const sample = samples[index] as number;
    // The difference first: it need not wait for the result before.
    filtered = HIGH_PASS * (filtered + (sample - previous));
    previous = sample;
    sum += filtered * filtered;
  }
  state[PREVIOUS] = previous;
  state[FILTERED] = filtered;
  state[SUM] = sum;
}

function addUlaw(bytes: Uint8Array, { from, to }: Span, state: Float64Array): void {
  let previous = state[PREVIOUS] as number;
  let filtered = state[FILTERED] as number;
  let sum = state[SUM] as number;
  for (let index = from; index < to; index += 1) {
    const sample = ULAW_SAMPLES[bytes[index] as number] as number;
    // The difference first: it need not wait for the result before.
    filtered = HIGH_PASS * (filtered + (sample - previous));
    previous = sample;
    sum += filtered * filtered;
  }
  state[PREVIOUS] = previous;
  state[FILTERED] = filtered;
  state[SUM] = sum;
}

const ULAW_SAMPLES = Float64Array.from({ length: 256 }, (_, code) => decodeUlaw(code));

export type EnvelopeVerdict =
  | { readonly same: true; readonly detail: string }
  | { readonly same: false; readonly detail: string };

/** Compares a recording's envelope with that of its decoded compressed form. */
export function compareEnvelopes(reference: Envelope, decoded: Envelope): EnvelopeVerdict {
  const difference = decoded.samples - reference.samples;
  if (Math.abs(difference) > LENGTH_TOLERANCE_SAMPLES) {
    return {
      same: false,
      detail: `${reference.samples} samples became ${decoded.samples}`,
    };
  }
  if (reference.samples < MINIMUM_SAMPLES) return { same: true, detail: "too short to compare" };
  const wanted = levels(reference);
  const middle = mean(wanted);
  const spread = deviation(wanted, middle) / middle;
  // Where loudness hardly changes (or is zero throughout), correlation is undefined or only noise.
  const isSteady = !(spread >= STEADY_SPREAD);
  return isSteady ? compareMeans(reference, decoded) : compareCourses(wanted, levels(decoded));
}

function compareMeans(reference: Envelope, decoded: Envelope): EnvelopeVerdict {
  const before = Math.max(SILENCE_LEVEL, Math.sqrt(mean(reference.energies)));
  const after = Math.max(SILENCE_LEVEL, Math.sqrt(mean(decoded.energies)));
  const factor = after / before;
  return {
    same: factor <= LEVEL_FACTOR && factor >= 1 / LEVEL_FACTOR,
    detail: `a steady sound's mean level changed by the factor ${factor.toFixed(2)}`,
  };
}

function compareCourses(wanted: Float64Array, found: Float64Array): EnvelopeVerdict {
  let best = -1;
  for (const lag of LAGS_BLOCKS) {
    best = Math.max(best, correlation(wanted, found, lag));
    if (best >= MINIMUM_CORRELATION) break;
  }
  return {
    same: best >= MINIMUM_CORRELATION,
    detail: `the correlation of the energy envelopes is ${best.toFixed(3)}`,
  };
}

/** Root mean square over 20 ms, every 10 ms. */
function levels({ energies }: Envelope): Float64Array {
  const result = new Float64Array(Math.max(0, energies.length - 1));
  for (let index = 0; index < result.length; index += 1) {
    result[index] = Math.sqrt(((energies[index] as number) + (energies[index + 1] as number)) / 2);
  }
  return result;
}

type Values = readonly number[] | Float64Array;

function mean(values: Values): number {
  let sum = 0;
  for (let index = 0; index < values.length; index += 1) sum += values[index] as number;
  return values.length === 0 ? 0 : sum / values.length;
}

/** Standard deviation. */
function deviation(values: Values, middle: number): number {
  let sum = 0;
  for (let index = 0; index < values.length; index += 1) {
    const distance = (values[index] as number) - middle;
    sum += distance * distance;
  }
  return values.length === 0 ? 0 : Math.sqrt(sum / values.length);
}

/** Pearson's correlation of a[i] with b[i + lag] where both exist; 0 where it is undefined. */
function correlation(a: Float64Array, b: Float64Array, lag: number): number {
  const from = Math.max(0, -lag);
  const to = Math.min(a.length, b.length - lag);
  const left = a.subarray(from, to);
  const right = b.subarray(from + lag, to + lag);
  const middleLeft = mean(left);
  const middleRight = mean(right);
  let product = 0;
  for (let index = 0; index < left.length; index += 1) {
    product += ((left[index] as number) - middleLeft) * ((right[index] as number) - middleRight);
  }
  const scale = left.length * deviation(left, middleLeft) * deviation(right, middleRight);
  return scale === 0 ? 0 : product / scale;
}
