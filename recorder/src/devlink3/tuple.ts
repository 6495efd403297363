// Tuples: the coded values inside authentication, event and extension packets.  devlink3.md §3.
// Codec. Unknown codes are kept; a tuple that runs past the payload makes the packet malformed.
//
//   code (4) | length (2) | data (length, with the terminating NUL)   … to the end of the payload
import { assert } from "../assert.ts";
import { parsed, refused, type Parsed } from "../parsed.ts";
import { joinBytes, readU16, readU32, u16, u32 } from "./big-endian.ts";

export interface Tuple {
  readonly code: number;
  readonly data: Uint8Array;
}

/** Public codes; the private ones are dl3rec.ts's. */
export const TUPLE_CODE = {
  applicationName: 0x007e0001,
  pbxVersion: 0x007d0001,
  devLinkVariant: 0x007d0002,
  callDelta3: 0x00760001,
  callDelta2: 0x00760002,
  sipTrack: 0x00760003,
  cmExtn: 0x00760004,
} as const;

/** Tuples in one packet; a real packet has one or a few. */
export const MAXIMUM_TUPLES = 4_096;

const HEADER_BYTES = 6;
const MAXIMUM_DATA_BYTES = 0xffff;

/** All tuples from `offset` to the end of `payload`. */
export function parseTuples(payload: Uint8Array, offset: number): Parsed<readonly Tuple[]> {
  const tuples: Tuple[] = [];
  let at = offset;
  while (at < payload.length) {
    if (tuples.length === MAXIMUM_TUPLES) {
      return refused("too-many-tuples", at, "The packet has more tuples than the limit.");
    }
    const begin = isDelta2Pair(payload, at) ? at + 4 : at;
    if (begin + HEADER_BYTES > payload.length) {
      return refused("truncated", at, "The packet ends within a tuple's code or length.");
    }
    const end = begin + HEADER_BYTES + readU16(payload, begin + 4);
    if (end > payload.length) {
      return refused("truncated", at, "A tuple runs past the end of the packet.");
    }
    tuples.push({
      code: readU32(payload, begin),
      data: payload.slice(begin + HEADER_BYTES, end),
    });
    at = end;
  }
  return parsed(tuples);
}

/** The vendor's document prints Delta2 with two codes in a row; both forms are accepted (§6.5). */
function isDelta2Pair(payload: Uint8Array, at: number): boolean {
  return (
    at + 8 <= payload.length &&
    readU32(payload, at) === TUPLE_CODE.callDelta3 &&
    readU32(payload, at + 4) === TUPLE_CODE.callDelta2
  );
}

export function serializeTuples(tuples: readonly Tuple[]): Uint8Array {
  return joinBytes(
    tuples.flatMap(({ code, data }) => {
      assert(data.length <= MAXIMUM_DATA_BYTES, "A tuple has at most 65,535 bytes.");
      return [u32(code), u16(data.length), data];
    }),
  );
}

/** A tuple of UTF-8 text with its NUL. */
export function textTuple(code: number, text: string): Tuple {
  return { code, data: serializeText(text) };
}

/** A tuple of one 32-bit number. */
export function numberTuple(code: number, value: number): Tuple {
  return { code, data: u32(value) };
}

/** Text of the first tuple with `code`, or null. */
export function findText(tuples: readonly Tuple[], code: number): string | null {
  const found = tuples.find((tuple) => tuple.code === code);
  return found === undefined ? null : parseText(found.data);
}

/** Number of the first tuple with `code`; null also when it has not four bytes. */
export function findNumber(tuples: readonly Tuple[], code: number): number | null {
  const found = tuples.find((tuple) => tuple.code === code);
  return found?.data.length === 4 ? readU32(found.data, 0) : null;
}

/** UTF-8 and NUL. */
export function serializeText(text: string): Uint8Array {
  return joinBytes([new TextEncoder().encode(text), Uint8Array.of(0)]);
}

/** UTF-8 without its trailing NULs, which may be absent; bad bytes become U+FFFD. */
export function parseText(data: Uint8Array): string {
  let end = data.length;
  while (end > 0 && data[end - 1] === 0) end -= 1;
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(data.subarray(0, end));
}

/** UTF-16BE and 0x0000. */
export function serializeWideText(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(`${text}\0`, "utf16le").swap16());
}

/** UTF-16BE without its trailing 0x0000, which may be absent; an odd last byte is dropped. */
export function parseWideText(data: Uint8Array): string {
  const even = Buffer.from(data.subarray(0, data.length - (data.length % 2)));
  const text = even.swap16().toString("utf16le").toWellFormed();
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 0) end -= 1;
  return text.slice(0, end);
}
