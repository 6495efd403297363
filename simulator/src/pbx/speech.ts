// The mixed audio of a recording leg, frame by frame: the voices of those who can be heard, taking
// turns, plus a little comfort noise, with the frame's tag in the least significant bits.
// A pure function of the tag and the law, so that any frame can be made again for comparison.
import { LINEAR_TO_ALAW, LINEAR_TO_ULAW } from "../wire/g711.ts";
import type { Law } from "../wire/g711.ts";
import { ALAW_WITH_BIT, FRAME_SAMPLES, serializeFrameTag } from "./frame-tag.ts";
import type { FrameTag } from "./truth.ts";
import { fractionOf, mix32, voiceLoop, voicePlace, voiceTimbre } from "./voice.ts";

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

/** The mix of the frame being made; reused, since frames are made one at a time. */
const mix = new Int32Array(FRAME_SAMPLES);

/** Adds one voice, fading over the frame where its turn begins or ends. */
function addVoice(tag: FrameTag, voice: number, turns: { before: number; now: number }): void {
  const now = speaks(tag, voice, turns.now);
  const isSameTurn = turns.before === turns.now;
  const before = tag.frame > 0 && (isSameTurn ? now : speaks(tag, voice, turns.before));
  if (!before && !now) return;
  const loop = voiceLoop(voiceTimbre(voice));
  const at = voicePlace(voice, tag.conversation, tag.frame);
  if (before && now) {
    for (let index = 0; index < FRAME_SAMPLES; index += 1) mix[index]! += loop[at + index]!;
    return;
  }
  const slope = (now ? 1 : -1) / FRAME_SAMPLES;
  const from = now ? 0 : 1;
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

/** Encodes the mix with the tag's bits. One loop a law: each sees one kind of table. */
function encodeUlaw(bits: Uint8Array, target: Uint8Array, offset: number): void {
  for (let at = 0; at < FRAME_SAMPLES; at += 8) {
    const byte = bits[at >> 3]!;
    for (let index = 0; index < 8; index += 1) {
      const code = LINEAR_TO_ULAW[(mix[at + index]! + 32768) >> 2]!;
      target[offset + at + index] = (code & 0xfe) | ((byte >> (7 - index)) & 1);
    }
  }
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

/** Writes the frame of `tag` into a buffer: the sender's fast path. */
export function mixFrameInto(tag: FrameTag, { target, offset, law }: MixTarget): void {
  const { conversation, frame } = tag;
  const start = ((mix32(conversation, 22) + frame) % NOISE_FRAMES) * FRAME_SAMPLES;
  for (let index = 0; index < FRAME_SAMPLES; index += 1) mix[index] = noise[start + index]!;
  if (tag.voices.length > 0) {
    const turns = { before: turnOf(conversation, frame - 1), now: turnOf(conversation, frame) };
    for (const voice of tag.voices) addVoice(tag, voice, turns);
  }
  const bits = serializeFrameTag(tag);
  if (law === "PCMU") encodeUlaw(bits, target, offset);
  else encodeAlaw(bits, target, offset);
}

/** The 160 bytes of a frame, in the law that goes over the wire. */
export function mixedFrame(tag: FrameTag, options: { readonly law: Law }): Uint8Array {
  const target = new Uint8Array(FRAME_SAMPLES);
  mixFrameInto(tag, { target, offset: 0, law: options.law });
  return target;
}
