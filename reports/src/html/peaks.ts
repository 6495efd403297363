// Peaks of µ-law audio for drawing: the lowest and highest sample of each column. Pure.
// ITU-T G.711 §3.2, table 2a; this package has its own table because it imports nothing.

/** Column i spans `lowest[i]` to `highest[i]`, in 14-bit linear units (±8,031). */
export interface Peaks {
  readonly lowest: Int16Array;
  readonly highest: Int16Array;
}

/** The largest magnitude a µ-law code stands for. */
export const FULL_SCALE = 8_031;

const BIAS = 33;
const LINEAR = Int16Array.from({ length: 256 }, (_, code) => decode(code));

/** The value of one µ-law code, 14-bit linear. */
export function decodeMuLaw(code: number): number {
  return LINEAR[code & 0xff] ?? 0;
}

/** At most `columns` columns over the whole audio; fewer when it is shorter than that. */
export function peaksOf(audio: Uint8Array, columns: number): Peaks {
  const count = Math.min(columns, audio.length);
  const lowest = new Int16Array(count);
  const highest = new Int16Array(count);
  for (let column = 0; column < count; column += 1) {
    const from = Math.floor((column * audio.length) / count);
    const to = Math.floor(((column + 1) * audio.length) / count);
    let low = FULL_SCALE;
    let high = -FULL_SCALE;
    for (let at = from; at < to; at += 1) {
      const value = LINEAR[audio[at] ?? 0xff] ?? 0;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    lowest[column] = low;
    highest[column] = high;
  }
  return { lowest, highest };
}

function decode(code: number): number {
  const bits = ~code & 0xff;
  const segment = (bits >> 4) & 7;
  const magnitude = (((bits & 0x0f) << 1) + BIAS) * 2 ** segment - BIAS;
  return (bits & 0x80) === 0 ? magnitude : -magnitude;
}
