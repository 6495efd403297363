// DevLink3 tuples: code, length and data, repeated to the end of a payload; and the texts in them.
// Used by authentication, events and the recording extension; devlink3.md §3, "Tuple table".
//
//   | code (4) | length (2) | data (length bytes, a terminating NUL counts) |
import { parsed, refused, type Parsed } from "./parsed.ts";

/** The documented tuple codes. Private ones stand in recording-extension.ts alone. */
export const TUPLE = {
  applicationName: 0x007e0001,
  pbxVersion: 0x007d0001,
  devlinkVariant: 0x007d0002,
  callDelta3: 0x00760001,
  callDelta2: 0x00760002,
  sipTrack: 0x00760003,
  cmExtn: 0x00760004,
} as const;

/** The length field has 16 bits. */
export const MAXIMUM_TUPLE_DATA_BYTES = 0xffff;

const TUPLE_HEADER_BYTES = 6;

export interface Tuple {
  readonly code: number;
  readonly data: Uint8Array;
}

/** Reads tuples from `offset` to the end. One that runs past the end spoils them all. */
export function parseTuples(payload: Uint8Array, offset: number): Parsed<Tuple[]> {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const tuples: Tuple[] = [];
  let at = offset;
  while (at < payload.length) {
    if (payload.length - at < TUPLE_HEADER_BYTES) {
      return refused("truncated", at, "A tuple's header runs past the payload.");
    }
    const lengthBytes = view.getUint16(at + 4);
    const dataAt = at + TUPLE_HEADER_BYTES;
    if (payload.length - dataAt < lengthBytes) {
      return refused("truncated", at, "A tuple's data runs past the payload.");
    }
    tuples.push({ code: view.getUint32(at), data: payload.slice(dataAt, dataAt + lengthBytes) });
    at = dataAt + lengthBytes;
  }
  return parsed(tuples);
}

/** Data beyond the 16-bit length is a programmer's mistake and throws. */
export function serializeTuples(tuples: readonly Tuple[]): Uint8Array {
  let sizeBytes = 0;
  for (const tuple of tuples) sizeBytes += TUPLE_HEADER_BYTES + tuple.data.length;
  const bytes = new Uint8Array(sizeBytes);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const tuple of tuples) {
    if (tuple.data.length > MAXIMUM_TUPLE_DATA_BYTES) {
      throw new RangeError(`a tuple of ${tuple.data.length} bytes cannot be written`);
    }
    view.setUint32(at, tuple.code);
    view.setUint16(at + 4, tuple.data.length);
    bytes.set(tuple.data, at + TUPLE_HEADER_BYTES);
    at += TUPLE_HEADER_BYTES + tuple.data.length;
  }
  return bytes;
}

/** UTF-8 with a terminating NUL. */
export function encodeText(text: string): Uint8Array {
  return new TextEncoder().encode(`${text}\0`);
}

/** UTF-8; trailing NULs are stripped, their absence is tolerated. */
export function decodeText(data: Uint8Array): string {
  let end = data.length;
  while (end > 0 && data[end - 1] === 0) end -= 1;
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(data.subarray(0, end));
}

/** UTF-16BE with a terminating 0x0000. */
export function encodeWideText(text: string): Uint8Array {
  const bytes = new Uint8Array((text.length + 1) * 2);
  const view = new DataView(bytes.buffer);
  for (let index = 0; index < text.length; index += 1) {
    view.setUint16(index * 2, text.charCodeAt(index));
  }
  return bytes;
}

/** UTF-16BE; trailing zero units are stripped, an odd last byte is ignored. */
export function decodeWideText(data: Uint8Array): string {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let units = data.length >> 1;
  while (units > 0 && view.getUint16((units - 1) * 2) === 0) units -= 1;
  let text = "";
  for (let index = 0; index < units; index += 1) {
    text += String.fromCharCode(view.getUint16(index * 2));
  }
  return text;
}

/** A 32-bit number as tuple data. */
export function encodeNumber(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

/** null unless the data is exactly one 32-bit number. */
export function decodeNumber(data: Uint8Array): number | null {
  if (data.length !== 4) return null;
  return new DataView(data.buffer, data.byteOffset, 4).getUint32(0);
}
