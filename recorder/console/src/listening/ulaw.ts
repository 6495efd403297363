// G.711 µ-law → linear, by a table: ITU-T G.711 §3. The console's own reading, for the browser.

const BIAS = 0x84;
const FULL_SCALE = 32_768;

/** Linear values of all 256 bytes, −1 to 1. */
const LINEAR = Float32Array.from({ length: 256 }, (_, byte) => linearOf(byte) / FULL_SCALE);

/** The byte of silence. */
export const SILENCE = 0xff;

export function decodeUlaw(byte: number): number {
  return LINEAR[byte & 0xff] ?? 0;
}

function linearOf(byte: number): number {
  const inverted = ~byte & 0xff;
  const magnitude = (((inverted & 0x0f) << 3) + BIAS) << ((inverted & 0x70) >> 4);
  return inverted & 0x80 ? BIAS - magnitude : magnitude - BIAS;
}
