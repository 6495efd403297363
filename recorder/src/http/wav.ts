// The head of a WAV file (RIFF, 16-bit PCM, 8 kHz, mono): 44 bytes with the true lengths, so that
// any part of the file can be served before the rest is known. Codec, one way.
//
//   "RIFF" size "WAVE" "fmt " 16 | format 1, channels 1, rate, bytes/s, block 2, bits 16 |
//   "data" size

export const WAV_HEADER_BYTES = 44;
export const WAV_SAMPLE_BYTES = 2;
/** A RIFF length has 32 bits. */
export const WAV_MAXIMUM_SAMPLES = Math.floor((0xffff_ffff - 36) / WAV_SAMPLE_BYTES);

const RATE = 8_000;
const FORMAT_PCM = 1;

export function wavHeader(samples: number): Uint8Array {
  const header = new Uint8Array(WAV_HEADER_BYTES);
  const view = new DataView(header.buffer);
  const text = (at: number, word: string): void => header.set(Buffer.from(word, "latin1"), at);
  const dataBytes = samples * WAV_SAMPLE_BYTES;
  text(0, "RIFF");
  view.setUint32(4, WAV_HEADER_BYTES - 8 + dataBytes, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, FORMAT_PCM, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, RATE, true);
  view.setUint32(28, RATE * WAV_SAMPLE_BYTES, true);
  view.setUint16(32, WAV_SAMPLE_BYTES, true);
  view.setUint16(34, 8 * WAV_SAMPLE_BYTES, true);
  text(36, "data");
  view.setUint32(40, dataBytes, true);
  return header;
}

/** Samples as WAV has them: little-endian, whatever this machine is. */
export function pcmBytes(samples: Int16Array): Uint8Array {
  const bytes = new Uint8Array(samples.length * WAV_SAMPLE_BYTES);
  const view = new DataView(bytes.buffer);
  for (const [index, sample] of samples.entries()) {
    view.setInt16(index * WAV_SAMPLE_BYTES, sample, true);
  }
  return bytes;
}
