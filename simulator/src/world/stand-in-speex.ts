// The container that the virtual encoder writes in place of Speex: deterministic, recognisable, and
// lossless, so that checkers can compare what was stored with what was recorded to the sample.
//
//   0  "TLSPX1"  6 bytes
//   6  quality   1 byte
//   7  0         1 byte
//   8  samples   u32 LE
//  12  frames    u32 LE     of 160 samples, the last may be short
//  16  envelope  u16 LE each: root mean square of a frame
//   …  packed    u32 LE length, then runs: (count 1–255, byte)* or (0, count 1–255, bytes)*
//   …  checksum  u32 LE over all before it (trace.ts)
import { checksumNumber } from "./trace.ts";

const MAGIC = "TLSPX1";
const FIXED_BYTES = 16;
const FRAME_SAMPLES = 160;
const MAXIMUM_RUN = 255;
/** Below this a run is cheaper within a literal piece. */
const MINIMUM_RUN = 4;

/** What a stand-in file holds; `problem` says why bytes are none. */
export type StandInSpeex =
  | { readonly ok: true; readonly quality: number; readonly muLaw: Uint8Array }
  | { readonly ok: false; readonly problem: string };

export function serializeStandInSpeex(muLaw: Uint8Array, quality: number): Uint8Array {
  const envelope = envelopeOf(muLaw);
  const packed = pack(muLaw);
  const packedAt = FIXED_BYTES + envelope.length * 2 + 4;
  const body = Buffer.alloc(packedAt + packed.length + 4);
  body.write(MAGIC, 0, "latin1");
  body.writeUInt8(quality, 6);
  body.writeUInt32LE(muLaw.length, 8);
  body.writeUInt32LE(envelope.length, 12);
  envelope.forEach((level, index) => body.writeUInt16LE(level, FIXED_BYTES + index * 2));
  body.writeUInt32LE(packed.length, packedAt - 4);
  body.set(packed, packedAt);
  body.writeUInt32LE(checksumNumber(body.subarray(0, -4)), body.length - 4);
  return new Uint8Array(body);
}

export function parseStandInSpeex(bytes: Uint8Array): StandInSpeex {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (whole.length < FIXED_BYTES + 8) return refused("truncated");
  if (whole.toString("latin1", 0, 6) !== MAGIC) return refused("not a stand-in Speex file");
  const body = whole.subarray(0, whole.length - 4);
  const isIntact = whole.readUInt32LE(body.length) === checksumNumber(body);
  if (!isIntact) return refused("wrong checksum");
  const samples = body.readUInt32LE(8);
  const packedAt = FIXED_BYTES + body.readUInt32LE(12) * 2 + 4;
  if (packedAt > body.length) return refused("envelope too long");
  const muLaw = unpack(body.subarray(packedAt), samples);
  return muLaw === null
    ? refused("wrong number of samples")
    : { ok: true, quality: body.readUInt8(6), muLaw };
}

/** ITU-T G.711 µ-law to 16-bit linear: the simulator's own table. */
export function linearFromMuLaw(muLaw: Uint8Array): Int16Array {
  return Int16Array.from(muLaw, (code) => LINEAR[code] ?? 0);
}

const LINEAR = Int16Array.from({ length: 256 }, (_, code) => {
  const inverted = ~code & 0xff;
  const exponent = (inverted >> 4) & 0x07;
  const magnitude = (((inverted & 0x0f) << 3) + 0x84) << exponent;
  return (inverted & 0x80) === 0 ? magnitude - 0x84 : 0x84 - magnitude;
});

function refused(problem: string): StandInSpeex {
  return { ok: false, problem };
}

function envelopeOf(muLaw: Uint8Array): number[] {
  const envelope: number[] = [];
  for (let start = 0; start < muLaw.length; start += FRAME_SAMPLES) {
    const samples = linearFromMuLaw(muLaw.subarray(start, start + FRAME_SAMPLES));
    const energy = samples.reduce((sum, sample) => sum + sample * sample, 0);
    envelope.push(Math.round(Math.sqrt(energy / samples.length)));
  }
  return envelope;
}

function pack(data: Uint8Array): Uint8Array {
  // At worst each single byte stands between two runs.
  const packed = new Uint8Array(data.length * 2 + FIXED_BYTES);
  let length = 0;
  let literalStart = 0;
  const flushLiteral = (end: number): void => {
    for (let start = literalStart; start < end; start += MAXIMUM_RUN) {
      const piece = data.subarray(start, Math.min(end, start + MAXIMUM_RUN));
      packed[length + 1] = piece.length;
      packed.set(piece, length + 2);
      length += 2 + piece.length;
    }
  };
  let index = 0;
  while (index < data.length) {
    const run = runLength(data, index);
    if (run >= MINIMUM_RUN) {
      flushLiteral(index);
      packed[length] = run;
      packed[length + 1] = data[index] as number;
      length += 2;
      literalStart = index + run;
    }
    index += run;
  }
  flushLiteral(data.length);
  return packed.subarray(0, length);
}

function runLength(data: Uint8Array, start: number): number {
  let end = start + 1;
  while (end < data.length && end - start < MAXIMUM_RUN && data[end] === data[start]) end += 1;
  return end - start;
}

/** null when the runs do not give exactly `samples` bytes. */
function unpack(packed: Uint8Array, samples: number): Uint8Array | null {
  const parts: Uint8Array[] = [];
  let total = 0;
  for (let at = 0; at < packed.length;) {
    const count = packed[at] ?? 0;
    const next = packed[at + 1] ?? 0;
    const part =
      count > 0 ? new Uint8Array(count).fill(next) : packed.subarray(at + 2, at + 2 + next);
    parts.push(part);
    total += part.length;
    at += count > 0 ? 2 : 2 + next;
  }
  return total === samples ? new Uint8Array(Buffer.concat(parts)) : null;
}
