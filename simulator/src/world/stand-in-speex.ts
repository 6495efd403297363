// The container that the virtual encoder writes in place of Speex: deterministic, recognisable, and
// lossless, so that checkers can compare what was stored with what was recorded to the sample. It
// packs nothing: a real encoder takes its time in another process, this one would take ours.
//
//   0  "TLSPX2"  6 bytes
//   6  quality   1 byte
//   7  0         1 byte
//   8  samples   u32 LE
//  12  µ-law     one byte a sample
//   …  checksum  u32 LE over all before it (trace.ts)
import { checksumNumber } from "./trace.ts";

const MAGIC = "TLSPX2";
const HEADER_BYTES = 12;
const CHECKSUM_BYTES = 4;

/** What a stand-in file holds; `problem` says why bytes are none. */
export type StandInSpeex =
  | { readonly ok: true; readonly quality: number; readonly muLaw: Uint8Array }
  | { readonly ok: false; readonly problem: string };

export function serializeStandInSpeex(muLaw: Uint8Array, quality: number): Uint8Array {
  const whole = Buffer.alloc(HEADER_BYTES + muLaw.length + CHECKSUM_BYTES);
  whole.write(MAGIC, 0, "latin1");
  whole.writeUInt8(quality, 6);
  whole.writeUInt32LE(muLaw.length, 8);
  whole.set(muLaw, HEADER_BYTES);
  const body = whole.subarray(0, -CHECKSUM_BYTES);
  whole.writeUInt32LE(checksumNumber(body), body.length);
  return new Uint8Array(whole.buffer, whole.byteOffset, whole.length);
}

/** The µ-law of the result is a part of `bytes`, not a copy. */
export function parseStandInSpeex(bytes: Uint8Array): StandInSpeex {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (whole.length < HEADER_BYTES + CHECKSUM_BYTES) return refused("truncated");
  if (whole.toString("latin1", 0, 6) !== MAGIC) return refused("not a stand-in Speex file");
  const bodyBytes = whole.length - CHECKSUM_BYTES;
  const isIntact = whole.readUInt32LE(bodyBytes) === checksumNumber(whole.subarray(0, bodyBytes));
  if (!isIntact) return refused("wrong checksum");
  const muLaw = bytes.subarray(HEADER_BYTES, bodyBytes);
  if (muLaw.length !== whole.readUInt32LE(8)) return refused("wrong number of samples");
  return { ok: true, quality: whole.readUInt8(6), muLaw };
}

/** ITU-T G.711 µ-law to 16-bit linear: the simulator's own table. */
export function linearFromMuLaw(muLaw: Uint8Array): Int16Array {
  // A plain loop: Int16Array.from with a function is forty times slower.
  const samples = muLaw.length;
  // Every sample is written below: nobody has to fill them with zeros before.
  const linear = new Int16Array(Buffer.allocUnsafeSlow(samples * 2).buffer);
  for (let index = 0; index < samples; index += 1) {
    linear[index] = LINEAR[muLaw[index] as number] as number;
  }
  return linear;
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
