// The mixed audio of a recording leg, frame by frame: the voices of those who can be heard, taking
// turns, plus a little comfort noise, with the frame's tag in the least significant bits.
// A pure function of the tag and the law, so that any frame can be made again for comparison.
import { LINEAR_TO_ALAW, LINEAR_TO_ULAW } from "../wire/g711.ts";
import type { Law } from "../wire/g711.ts";
import { ALAW_WITH_BIT, FRAME_SAMPLES, serializeFrameTag } from "./frame-tag.ts";
import type { FrameTag } from "./truth.ts";
import {
  fractionOf,
  LOOP_FRAMES,
  mix32,
  TIMBRES,
  voiceLoop,
  voicePlace,
  voiceTimbre,
} from "./voice.ts";

/** A turn lasts about this many frames (1.6 s); its edge is moved by up to TURN_JITTER_FRAMES. */
const TURN_FRAMES = 80;
const TURN_JITTER_FRAMES = 40;
/** Share of turns in which nobody speaks, and in which somebody talks over the speaker. */
const PAUSE_RATIO = 0.12;
const OVERLAP_RATIO = 0.2;
/** Amplitude of the comfort noise at its loudest, 16-bit scale (about −50 dBm0). */
const NOISE_AMPLITUDE = 150;
const NOISE_FRAMES = 64;

/** Room noise that swells and falls: a level without any change is nothing that a line has. */
const noise = Int16Array.from({ length: NOISE_FRAMES * FRAME_SAMPLES }, (_, index) => {
  const progress = index / (NOISE_FRAMES * FRAME_SAMPLES);
  const swell = 0.05 + 0.95 * Math.sin(Math.PI * progress) ** 2;
  return Math.round((fractionOf(index, 1, 21) - 0.5) * 2 * NOISE_AMPLITUDE * swell);
});

function turnOf(conversation: number, frame: number): number {
  const block = Math.floor(frame / TURN_FRAMES);
  const edge = block * TURN_FRAMES + (mix32(conversation, block, 31) % TURN_JITTER_FRAMES);
  return frame >= edge ? block : block - 1;
}

function speaks(tag: FrameTag, voice: number, turn: number): boolean {
  const { voices, conversation } = tag;
  if (fractionOf(conversation, turn, 32) < PAUSE_RATIO) return false;
  const holder = voices[mix32(conversation, turn, 33) % voices.length];
  return holder === voice || fractionOf(conversation ^ voice, turn, 34) < OVERLAP_RATIO;
}

/** Whether `voice`, one of the tag's, is speaking in that frame. */
export function isSpeaking(tag: FrameTag, voice: number): boolean {
  return speaks(tag, voice, turnOf(tag.conversation, tag.frame));
}

/** What one voice does in a frame: nothing, speak, or speak while its turn begins or ends. */
type Part = "silent" | "whole" | "fading-in" | "fading-out";

function partOf(tag: FrameTag, voice: number, turns: { before: number; now: number }): Part {
  const now = speaks(tag, voice, turns.now);
  const isSameTurn = turns.before === turns.now;
  const before = tag.frame > 0 && (isSameTurn ? now : speaks(tag, voice, turns.before));
  if (now) return before ? "whole" : "fading-in";
  return before ? "fading-out" : "silent";
}

/** The mix of the frame being made; reused, since frames are made one at a time. */
const mix = new Int32Array(FRAME_SAMPLES);

function addVoice(tag: FrameTag, voice: number, part: Part): void {
  if (part === "silent") return;
  const loop = voiceLoop(voiceTimbre(voice));
  const at = voicePlace(voice, tag.conversation, tag.frame);
  if (part === "whole") {
    for (let index = 0; index < FRAME_SAMPLES; index += 1) mix[index]! += loop[at + index]!;
    return;
  }
  const slope = (part === "fading-in" ? 1 : -1) / FRAME_SAMPLES;
  const from = part === "fading-in" ? 0 : 1;
  for (let index = 0; index < FRAME_SAMPLES; index += 1) {
    mix[index]! += loop[at + index]! * (from + slope * index);
  }
}

export interface MixTarget {
  readonly target: Uint8Array;
  /** Where in `target` the 160 bytes go. */
  readonly offset: number;
  readonly law: Law;
}

function encodeAlaw(bits: Uint8Array, target: Uint8Array, offset: number): void {
  for (let at = 0; at < FRAME_SAMPLES; at += 8) {
    const byte = bits[at >> 3]!;
    for (let index = 0; index < 8; index += 1) {
      const code = LINEAR_TO_ALAW[(mix[at + index]! + 32768) >> 2]!;
      target[offset + at + index] = ALAW_WITH_BIT[((byte << (index + 1)) & 0x100) | code]!;
    }
  }
}

/**
 * Frames in which nobody's turn begins or ends come again every 6.4 s. Their µ-law codes are kept,
 * with the lowest bits 0 for the tag: each has one place, and the last one that wanted it is in it.
 * One array for all (5 MB): to look for a frame is to look at one number and, if it fits, there.
 */
const KEPT_BITS = 15;
const KEPT_FRAMES = 1 << KEPT_BITS;
const keptKeys = new Int32Array(KEPT_FRAMES).fill(-1);
/** Behind them a place for a frame that is not kept. */
const keptWords = new Uint32Array(((KEPT_FRAMES + 1) * FRAME_SAMPLES) / 4);
const keptBytes = new Uint8Array(keptWords.buffer);
const finishedWords = new Uint32Array(FRAME_SAMPLES / 4);
const finishedBytes = new Uint8Array(finishedWords.buffer);

function placeOf(key: number): number {
  return Math.imul(key, 0x9e3779b1) >>> (32 - KEPT_BITS);
}

/** The µ-law codes of the mix go to their place. */
function encodeUlaw(place: number): void {
  const start = place * FRAME_SAMPLES;
  for (let at = 0; at < FRAME_SAMPLES; at += 1) {
    keptBytes[start + at] = LINEAR_TO_ULAW[(mix[at]! + 32768) >> 2]! & 0xfe;
  }
}

/** For each byte of the tag its eight bits, one in each of eight bytes. */
const spreadBits = new Uint32Array(512);
new Uint8Array(spreadBits.buffer).forEach((_, index, bytes) => {
  bytes[index] = ((index >> 3) >> (7 - (index & 7))) & 1;
});

function stamp(bits: Uint8Array, place: number): void {
  const start = (place * FRAME_SAMPLES) / 4;
  for (let at = 0; at < FRAME_SAMPLES / 8; at += 1) {
    const spread = bits[at]! * 2;
    finishedWords[at * 2] = keptWords[start + at * 2]! | spreadBits[spread]!;
    finishedWords[at * 2 + 1] = keptWords[start + at * 2 + 1]! | spreadBits[spread + 1]!;
  }
}

/** What one voice adds to a frame: a number of 1 to VOICE_KEYS − 1. */
const VOICE_KEYS = (TIMBRES + 1) * LOOP_FRAMES;

/** Noise and at most two voices that speak throughout: what makes such a frame fits in 31 bits. */
function keyOf(tag: FrameTag, noiseFrame: number, parts: readonly Part[]): number | null {
  let key = 0;
  for (let index = 0; index < parts.length; index += 1) {
    const part = parts[index];
    if (part === "silent") continue;
    if (part !== "whole" || key >= VOICE_KEYS) return null;
    const voice = tag.voices[index]!;
    const place = voicePlace(voice, tag.conversation, tag.frame) / FRAME_SAMPLES;
    key = key * VOICE_KEYS + (voiceTimbre(voice) + 1) * LOOP_FRAMES + place;
  }
  return key * NOISE_FRAMES + noiseFrame;
}

/** What the voices of a conversation do in a frame, as it was asked for last. */
interface KeptParts {
  readonly tag: FrameTag;
  readonly before: number;
  readonly now: number;
  readonly parts: readonly Part[];
}

const NO_PARTS: readonly Part[] = [];
/** A turn lasts many frames, and conversations alternate: each has one place, by its number. */
const KEPT_PARTS = 256;
const keptParts: (KeptParts | undefined)[] = [];

function partsOf(tag: FrameTag): readonly Part[] {
  const { voices, conversation, frame } = tag;
  if (voices.length === 0) return NO_PARTS;
  const before = turnOf(conversation, frame - 1);
  const now = turnOf(conversation, frame);
  const kept = keptParts[conversation % KEPT_PARTS];
  if (kept !== undefined && isAsKept(tag, kept) && kept.before === before && kept.now === now) {
    return kept.parts;
  }
  return newParts(tag, { before, now });
}

/** A function of its own: what its closure refers to would cost every frame some memory. */
function newParts(tag: FrameTag, turns: { before: number; now: number }): readonly Part[] {
  const parts = tag.voices.map((voice) => partOf(tag, voice, turns));
  // Nobody speaks before the first frame.
  if (tag.frame > 0) keptParts[tag.conversation % KEPT_PARTS] = { tag, ...turns, parts };
  return parts;
}

function isAsKept({ conversation, voices, frame }: FrameTag, { tag }: KeptParts): boolean {
  return conversation === tag.conversation && voices === tag.voices && frame > 0;
}

function mixAll(tag: FrameTag, noiseFrame: number, parts: readonly Part[]): void {
  const start = noiseFrame * FRAME_SAMPLES;
  for (let index = 0; index < FRAME_SAMPLES; index += 1) mix[index] = noise[start + index]!;
  for (let index = 0; index < parts.length; index += 1) {
    addVoice(tag, tag.voices[index]!, parts[index]!);
  }
}

/** Where the frame's µ-law codes are, made if they are not there. */
function placeOfCodes(tag: FrameTag, noiseFrame: number, parts: readonly Part[]): number {
  const key = keyOf(tag, noiseFrame, parts);
  const place = key === null ? KEPT_FRAMES : placeOf(key);
  if (key !== null && keptKeys[place] === key) return place;
  if (key !== null) keptKeys[place] = key;
  mixAll(tag, noiseFrame, parts);
  encodeUlaw(place);
  return place;
}

/** Writes the frame of `tag` into a buffer: the sender's fast path. */
export function mixFrameInto(tag: FrameTag, { target, offset, law }: MixTarget): void {
  const noiseFrame = (mix32(tag.conversation, 22) + tag.frame) % NOISE_FRAMES;
  const parts = partsOf(tag);
  const bits = serializeFrameTag(tag);
  if (law === "PCMU") {
    stamp(bits, placeOfCodes(tag, noiseFrame, parts));
    target.set(finishedBytes, offset);
  } else {
    mixAll(tag, noiseFrame, parts);
    encodeAlaw(bits, target, offset);
  }
}

/** The 160 bytes of a frame, in the law that goes over the wire. */
export function mixedFrame(tag: FrameTag, options: { readonly law: Law }): Uint8Array {
  const target = new Uint8Array(FRAME_SAMPLES);
  mixFrameInto(tag, { target, offset: 0, law: options.law });
  return target;
}
