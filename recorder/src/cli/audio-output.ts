// Audio for a player at the end of a pipe: 16-bit PCM of µ-law, and the header of a WAV file whose
// length nobody knows yet. Pure.
import { decodeUlawBytes } from "../audio/g711.ts";
import { pcmBytes, WAV_HEADER_BYTES, wavHeader } from "../http/wav.ts";

/** "Until the end": what players take for a length that is not known. */
const UNKNOWN_BYTES = 0xff_ff_ff_ff;

/** Where RIFF and its data say how long they are. */
const LENGTHS_AT = [4, WAV_HEADER_BYTES - 4] as const;

export const STREAMED_WAV_HEADER: Uint8Array = streamedHeader();

function streamedHeader(): Uint8Array {
  const header = wavHeader(0);
  const view = new DataView(header.buffer, header.byteOffset);
  for (const at of LENGTHS_AT) view.setUint32(at, UNKNOWN_BYTES, true);
  return header;
}

export function muLawToPcm(bytes: Uint8Array): Uint8Array {
  return pcmBytes(decodeUlawBytes(bytes));
}
