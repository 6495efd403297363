// G.711 codec tables, bit-exact with the reference program of ITU-T G.191 (ulaw_compress,
// ulaw_expand, alaw_compress, alaw_expand) on 16-bit samples. Leaf of the audio stream: the media
// plane transcodes A-law by one table look-up a byte, storage decodes for comparison.

/** Samples (= bytes of a `.ul` file) in a second of audio. */
export const SAMPLES_PER_SECOND = 8000;
/** Samples in a millisecond of audio. */
export const SAMPLES_PER_MS = 8;
/** µ-law silence: the code of +0. */
export const ULAW_SILENCE = 0xff;

/** G.191 adds 33 to the 14-bit magnitude, so that each segment's size is a power of two. */
const ULAW_BIAS = 33;
const ULAW_MAXIMUM = 0x1fff;

function compressUlaw(sample: number): number {
  // G.191 takes the one's complement of negative values: -1 and 0 share a magnitude.
  const magnitude = (sample < 0 ? ~sample >> 2 : sample >> 2) + ULAW_BIAS;
  const limited = Math.min(magnitude, ULAW_MAXIMUM);
  let segment = 1;
  for (let rest = limited >> 6; rest !== 0; rest >>= 1) segment += 1;
  const code = ((8 - segment) << 4) | (0xf - ((limited >> segment) & 0xf));
  return sample >= 0 ? code | 0x80 : code;
}

function expandUlaw(code: number): number {
  const inverted = ~code & 0xff;
  const exponent = (inverted >> 4) & 7;
  const step = 8 << exponent;
  const magnitude = (0x80 << exponent) + step * (inverted & 0xf) + step / 2 - 4 * ULAW_BIAS;
  return code < 0x80 ? 0 - magnitude : magnitude;
}

function compressAlaw(sample: number): number {
  let magnitude = sample < 0 ? ~sample >> 4 : sample >> 4;
  if (magnitude > 15) {
    let exponent = 1;
    while (magnitude > 31) {
      magnitude >>= 1;
      exponent += 1;
    }
    magnitude = magnitude - 16 + (exponent << 4);
  }
  return (sample >= 0 ? magnitude | 0x80 : magnitude) ^ 0x55;
}

function expandAlaw(code: number): number {
  const bits = (code ^ 0x55) & 0x7f;
  const exponent = bits >> 4;
  const mantissa = ((exponent > 0 ? (bits & 0xf) + 16 : bits & 0xf) << 4) + 8;
  const magnitude = exponent > 1 ? mantissa << (exponent - 1) : mantissa;
  return code > 0x7f ? magnitude : -magnitude;
}

function tableOfCodes(expand: (code: number) => number): Int16Array {
  return Int16Array.from({ length: 256 }, (_, code) => expand(code));
}

function tableOfSamples(compress: (sample: number) => number): Uint8Array {
  return Uint8Array.from({ length: 65_536 }, (_, bits) => compress((bits << 16) >> 16));
}

const ULAW_TO_LINEAR = tableOfCodes(expandUlaw);
const ALAW_TO_LINEAR = tableOfCodes(expandAlaw);
const LINEAR_TO_ULAW = tableOfSamples(compressUlaw);
const LINEAR_TO_ALAW = tableOfSamples(compressAlaw);

/** µ-law code of each A-law code, by way of the linear value. */
export const ALAW_TO_ULAW: Uint8Array = Uint8Array.from(
  { length: 256 },
  (_, code) => LINEAR_TO_ULAW[(ALAW_TO_LINEAR[code] ?? 0) & 0xffff] ?? ULAW_SILENCE,
);

/** The µ-law code of a 16-bit sample. */
export function encodeUlaw(sample: number): number {
  return LINEAR_TO_ULAW[sample & 0xffff] ?? ULAW_SILENCE;
}

/** The 16-bit sample of a µ-law code. */
export function decodeUlaw(code: number): number {
  return ULAW_TO_LINEAR[code & 0xff] ?? 0;
}

/** The A-law code of a 16-bit sample. */
export function encodeAlaw(sample: number): number {
  return LINEAR_TO_ALAW[sample & 0xffff] ?? 0xd5;
}

/** The 16-bit sample of an A-law code. */
export function decodeAlaw(code: number): number {
  return ALAW_TO_LINEAR[code & 0xff] ?? 0;
}

/** A whole stretch of µ-law as 16-bit samples. */
export function decodeUlawBytes(bytes: Uint8Array): Int16Array {
  const samples = new Int16Array(bytes.length);
  for (let index = 0; index < bytes.length; index += 1) {
    samples[index] = ULAW_TO_LINEAR[bytes[index] ?? 0] ?? 0;
  }
  return samples;
}

/** A whole stretch of 16-bit samples as µ-law. */
export function encodeUlawBytes(samples: Int16Array): Uint8Array {
  const bytes = new Uint8Array(samples.length);
  for (let index = 0; index < samples.length; index += 1) {
    bytes[index] = LINEAR_TO_ULAW[(samples[index] ?? 0) & 0xffff] ?? ULAW_SILENCE;
  }
  return bytes;
}
