// G.711 µ-law and A-law of the simulated IP Office: encode, decode, and A-law to µ-law as a
// recorder sees it. Written from ITU-T G.711 with the scaling of G.191 (16-bit linear, G.711's
// 14-bit µ-law values times 4 and 13-bit A-law values times 8). Not shared with the recorder.

const ULAW_BIAS = 33;
/** Largest magnitude before the bias, in G.711's 14-bit units. */
const ULAW_CLIP = 0x1fff - ULAW_BIAS;

/** Which of the two companding laws; the names are those of the RTP payload formats. */
export type Law = "PCMU" | "PCMA";

function ulawToLinear(code: number): number {
  const inverted = ~code & 0xff;
  const segment = (inverted >> 4) & 7;
  const step = inverted & 0xf;
  // The middle of the interval, times 4: 16-bit scale.
  const magnitude = (((step << 1) + ULAW_BIAS) << segment) - ULAW_BIAS;
  return (inverted & 0x80) !== 0 ? -4 * magnitude : 4 * magnitude;
}

function linearToUlaw(sample: number): number {
  // G.191 takes the one's complement of negative values, so that each law's two halves mirror.
  const magnitude = Math.min((sample < 0 ? ~sample : sample) >> 2, ULAW_CLIP) + ULAW_BIAS;
  const segment = 26 - Math.clz32(magnitude);
  const step = (magnitude >> (segment + 1)) & 0xf;
  const sign = sample < 0 ? 0x80 : 0;
  return ~(sign | (segment << 4) | step) & 0xff;
}

function alawToLinear(code: number): number {
  const plain = code ^ 0x55;
  const segment = (plain >> 4) & 7;
  const step = plain & 0xf;
  const base = segment === 0 ? step : step + 16;
  const magnitude = ((base << 4) + 8) << Math.max(segment - 1, 0);
  return (plain & 0x80) !== 0 ? magnitude : -magnitude;
}

function linearToAlaw(sample: number): number {
  const magnitude = (sample < 0 ? ~sample : sample) >> 4;
  const segment = magnitude < 16 ? 0 : 28 - Math.clz32(magnitude);
  const step = segment === 0 ? magnitude & 0xf : (magnitude >> (segment - 1)) & 0xf;
  const sign = sample < 0 ? 0 : 0x80;
  return (sign | (segment << 4) | step) ^ 0x55;
}

function codes<T extends { [index: number]: number }>(table: T, of: (code: number) => number): T {
  for (let code = 0; code < 256; code += 1) table[code] = of(code);
  return table;
}

/** 16-bit linear value of each µ-law code. */
export const ULAW_TO_LINEAR: Int16Array = codes(new Int16Array(256), ulawToLinear);

/** 16-bit linear value of each A-law code. */
export const ALAW_TO_LINEAR: Int16Array = codes(new Int16Array(256), alawToLinear);

/** The µ-law code that a recorder stores for each A-law code: decoded, then encoded. */
export const ALAW_TO_ULAW: Uint8Array = codes(new Uint8Array(256), (code) =>
  linearToUlaw(alawToLinear(code)),
);

function quarters(encode: (sample: number) => number): Uint8Array {
  const table = new Uint8Array(1 << 14);
  for (let quarter = 0; quarter < table.length; quarter += 1) {
    table[quarter] = encode((quarter << 2) - 32768);
  }
  return table;
}

/** µ-law code of a sample, by `(sample + 32768) >> 2`: µ-law looks at no finer step than 4. */
export const LINEAR_TO_ULAW: Uint8Array = quarters(linearToUlaw);

/** A-law code of a sample, by the same index. */
export const LINEAR_TO_ALAW: Uint8Array = quarters(linearToAlaw);

/** Encodes one 16-bit sample; values beyond 16 bits are clipped. */
export function encodeSample(law: Law, sample: number): number {
  const clipped = Math.max(-32768, Math.min(32767, Math.trunc(sample)));
  const table = law === "PCMU" ? LINEAR_TO_ULAW : LINEAR_TO_ALAW;
  return table[(clipped + 32768) >> 2]!;
}

/** Decodes G.711 bytes to 16-bit samples. */
export function decodeSamples(law: Law, bytes: Uint8Array): Int16Array {
  const table = law === "PCMU" ? ULAW_TO_LINEAR : ALAW_TO_LINEAR;
  const samples = new Int16Array(bytes.length);
  for (let index = 0; index < bytes.length; index += 1) samples[index] = table[bytes[index]!]!;
  return samples;
}

/** What a recorder that stores µ-law keeps of a payload. */
export function asUlaw(law: Law, payload: Uint8Array): Uint8Array {
  if (law === "PCMU") return payload;
  const bytes = new Uint8Array(payload.length);
  for (let index = 0; index < payload.length; index += 1) {
    bytes[index] = ALAW_TO_ULAW[payload[index]!]!;
  }
  return bytes;
}
