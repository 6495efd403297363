// What a leg sends in place of speech: comfort noise and digits, by frame number, so that the same
// frames are silent in every run. RFC 3389 §3, §4; RFC 4733 §2.3, §2.5. Pure; for rtp-sender.ts.
import { FRAME_SAMPLES } from "./frame-tag.ts";
import type { SipOddities } from "./sip-oddities.ts";

/** Static payload type of comfort noise (RFC 3389 §4), and the usual one of digits. */
export const COMFORT_NOISE_TYPE = 13;
export const TELEPHONE_EVENT_TYPE = 101;

/** Of each period so many frames speak; the rest is comfort noise. */
const NOISE_PERIOD_FRAMES = 200;
const NOISE_FROM_FRAME = 120;
/** A noise packet each so many frames: "at the beginning of a silence" and now and then after. */
const NOISE_INTERVAL_FRAMES = 20;
const NOISE_LEVEL = 55;
const DIGIT_PERIOD_FRAMES = 150;
const DIGIT_FROM_FRAME = 100;
const DIGIT_FRAMES = 6;
const DIGIT_VOLUME = 10;
const DIGITS = 12;

/** What goes out instead of a frame of speech. */
export interface Break {
  readonly payloadType: number;
  /** Packets of this tick; none in the midst of a silence. */
  readonly payloads: readonly Uint8Array[];
  readonly marker: boolean;
  /** How far before this frame the timestamp of the packets lies. */
  readonly timestampBackSamples: number;
}

/** null = the frame is spoken. */
export function breakAt(frame: number, oddities: SipOddities): Break | null {
  if (oddities.telephoneEvents) {
    const at = (frame % DIGIT_PERIOD_FRAMES) - DIGIT_FROM_FRAME;
    if (at >= 0 && at < DIGIT_FRAMES) return digit(Math.floor(frame / DIGIT_PERIOD_FRAMES), at);
  }
  const at = (frame % NOISE_PERIOD_FRAMES) - NOISE_FROM_FRAME;
  if (!oddities.comfortNoise || at < 0) return null;
  const payloads = at % NOISE_INTERVAL_FRAMES === 0 ? [Uint8Array.of(NOISE_LEVEL)] : [];
  return { payloadType: COMFORT_NOISE_TYPE, payloads, marker: false, timestampBackSamples: 0 };
}

/** "The final packet … retransmitted a total of three times"; the timestamp is the beginning's. */
function digit(number: number, at: number): Break {
  const isEnd = at === DIGIT_FRAMES - 1;
  const duration = (at + 1) * FRAME_SAMPLES;
  const flags = (isEnd ? 0x80 : 0) | DIGIT_VOLUME;
  const payload = Uint8Array.of(number % DIGITS, flags, duration >> 8, duration & 0xff);
  return {
    payloadType: TELEPHONE_EVENT_TYPE,
    payloads: isEnd ? [payload, payload, payload] : [payload],
    marker: at === 0,
    timestampBackSamples: at * FRAME_SAMPLES,
  };
}
