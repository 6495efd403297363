// What makes each recorded frame recognisable: a FrameTag (truth.ts) spelt by the least
// significant bits of the 160 µ-law bytes of a 20 ms frame, most significant bit first.
//
//  bits   0–15   magic A5 3C        bits 16–31   leg             bits 32–63    conversation
//  bits  64–95   frame              bits 96–143  three voices, ascending, 0 = none
//  bits 144–159  CRC-16/CCITT over bits 16–143
//
// All but the magic is masked with a fixed noise pattern, so that the bits of a quiet frame sound
// like noise. A frame sent in A-law carries the tag in the µ-law codes to which it is transcoded:
// A-law is coarser near zero and cannot reach every µ-law code, so for each A-law code the nearest
// one with the wanted bit is chosen (ALAW_WITH_BIT); the worst jump is about 140 of 32,768.
import { ALAW_TO_LINEAR, ALAW_TO_ULAW } from "../wire/g711.ts";
import type { Law } from "../wire/g711.ts";
import type { FrameTag } from "./truth.ts";

/** Bytes (samples) of a 20 ms frame at 8 kHz. */
export const FRAME_SAMPLES = 160;
/** Voices that a tag can name. */
export const MAX_TAG_VOICES = 3;

const TAG_BYTES = FRAME_SAMPLES / 8;
const MAGIC = 0xa53c;
const MAGIC_BITS = 16;
const CRC_AT = 18;
const MASK = Uint8Array.of(
  0,
  0,
  0x6b,
  0xd1,
  0x94,
  0x2e,
  0xc7,
  0x59,
  0x3a,
  0xe4,
  0x8d,
  0x72,
  0x1f,
  0xa6,
  0x53,
  0xb8,
  0x4c,
  0x97,
  0xe2,
  0x35,
);

/** Beyond these a tag cannot be written: a programmer's mistake. */
const MAX_UINT16 = 0xffff;
const MAX_UINT32 = 0xffff_ffff;

const CRC_TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit += 1) crc = (crc & 0x8000) !== 0 ? (crc << 1) ^ 0x1021 : crc << 1;
  return crc & 0xffff;
});

function crc16(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (let index = 2; index < CRC_AT; index += 1) {
    crc = ((crc << 8) & 0xffff) ^ CRC_TABLE[(crc >> 8) ^ bytes[index]!]!;
  }
  return crc;
}

function assertTag(tag: FrameTag): void {
  const { leg, conversation, frame, voices } = tag;
  let fits = leg >= 1 && leg <= MAX_UINT16 && conversation >= 1 && conversation <= MAX_UINT32;
  fits &&= frame >= 0 && frame <= MAX_UINT32 && voices.length <= MAX_TAG_VOICES;
  let lower = 0;
  for (const voice of voices) {
    fits &&= voice > lower && voice <= MAX_UINT16;
    lower = voice;
  }
  if (!fits) throw new RangeError(`not a frame tag: ${JSON.stringify(tag)}`);
}

/** Reused: a tag is written 25,000 times a second at 500 legs. */
const written = new Uint8Array(TAG_BYTES);
const writtenView = new DataView(written.buffer);

/**
 * The 20 bytes whose bits are spread over a frame, in a buffer that the next call overwrites.
 * Throws RangeError for an impossible tag.
 */
export function serializeFrameTag(tag: FrameTag): Uint8Array {
  assertTag(tag);
  writtenView.setUint16(0, MAGIC);
  writtenView.setUint16(2, tag.leg);
  writtenView.setUint32(4, tag.conversation);
  writtenView.setUint32(8, tag.frame);
  for (let index = 0; index < MAX_TAG_VOICES; index += 1) {
    writtenView.setUint16(12 + 2 * index, tag.voices[index] ?? 0);
  }
  writtenView.setUint16(CRC_AT, crc16(written));
  for (let index = 0; index < TAG_BYTES; index += 1) written[index]! ^= MASK[index]!;
  return written;
}

/** Unmasks `bytes` in place. */
function parseFrameTag(bytes: Uint8Array): FrameTag | null {
  for (let index = 0; index < TAG_BYTES; index += 1) bytes[index]! ^= MASK[index]!;
  if (uint16(bytes, 0) !== MAGIC || uint16(bytes, CRC_AT) !== crc16(bytes)) return null;
  const leg = uint16(bytes, 2);
  const conversation = uint32(bytes, 4);
  if (leg === 0 || conversation === 0) return null;
  const voices: number[] = [];
  for (let index = 0; index < MAX_TAG_VOICES; index += 1) {
    const voice = uint16(bytes, 12 + 2 * index);
    if (voice === 0) continue;
    if (voices.length !== index || voice <= (voices[index - 1] ?? 0)) return null;
    voices.push(voice);
  }
  return { leg, conversation, frame: uint32(bytes, 8), voices };
}

function uint16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

function uint32(bytes: Uint8Array, at: number): number {
  return ((uint16(bytes, at) << 16) | uint16(bytes, at + 2)) >>> 0;
}

function nearestAlaw(code: number, bit: number): number {
  const wanted = ALAW_TO_LINEAR[code]!;
  let best = -1;
  let bestDistance = Infinity;
  for (let candidate = 0; candidate < 256; candidate += 1) {
    if ((ALAW_TO_ULAW[candidate]! & 1) !== bit) continue;
    const distance = Math.abs(ALAW_TO_LINEAR[candidate]! - wanted);
    // The sign is kept where two are equally near, so that quiet frames stay free of an offset.
    const isSameSign = (candidate & 0x80) === (code & 0x80);
    if (distance < bestDistance || (distance === bestDistance && isSameSign)) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** For bit b and A-law code c, at b × 256 + c: the nearest A-law code transcoded to bit b. */
export const ALAW_WITH_BIT: Uint8Array = Uint8Array.from({ length: 512 }, (_, index) =>
  nearestAlaw(index & 0xff, index >> 8),
);

/** Writes the tag into a frame of 160 bytes, changing each byte as little as possible. */
export function writeFrameTag(frame: Uint8Array, tag: FrameTag, law: Law = "PCMU"): void {
  const bytes = serializeFrameTag(tag);
  for (let index = 0; index < FRAME_SAMPLES; index += 1) {
    const bit = (bytes[index >> 3]! >> (7 - (index & 7))) & 1;
    const code = frame[index]!;
    frame[index] = law === "PCMU" ? (code & 0xfe) | bit : ALAW_WITH_BIT[(bit << 8) | code]!;
  }
}

/** The tag in the 160 µ-law bytes from `offset` on, or null. */
export function readFrameTag(bytes: Uint8Array, offset: number): FrameTag | null {
  if (offset < 0 || offset + FRAME_SAMPLES > bytes.length) return null;
  for (let byte = 0; byte < TAG_BYTES; byte += 1) {
    let bits = 0;
    const from = offset + byte * 8;
    for (let at = from; at < from + 8; at += 1) bits = (bits << 1) | (bytes[at]! & 1);
    read[byte] = bits;
  }
  return parseFrameTag(read);
}

/** Reused from tag to tag. */
const read = new Uint8Array(TAG_BYTES);

export interface FoundFrameTag {
  /** Sample at which the frame begins. */
  readonly offset: number;
  readonly tag: FrameTag;
}

/**
 * All frames in µ-law audio, wherever they begin: every sample offset is tried, also inside a
 * frame already found, so that overlapping remains (residue) show up too.
 */
export function findFrameTags(audio: Uint8Array): FoundFrameTag[] {
  const found: FoundFrameTag[] = [];
  let window = 0;
  for (let index = 0; index < audio.length; index += 1) {
    window = ((window << 1) | (audio[index]! & 1)) & 0xffff;
    if (window !== MAGIC || index < MAGIC_BITS - 1) continue;
    const offset = index - MAGIC_BITS + 1;
    const tag = readFrameTag(audio, offset);
    if (tag !== null) found.push({ offset, tag });
  }
  return found;
}
