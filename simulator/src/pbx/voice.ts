// Synthetic voices: loops of speech-like sound, made once and then only added up.
// A pulse train at the voice's pitch goes through three formant resonators whose vowel changes with
// each syllable, three to five a second, under a natural swell and fall. There are TIMBRES loops;
// a voice number chooses loop and place in it, and what tells voices apart for certain is the tag.

/** Different-sounding loops; a voice number selects one. */
export const TIMBRES = 16;
/** Length of a loop in 20 ms frames. */
export const LOOP_FRAMES = 160;
/** Peak of a loop, 16-bit scale: three of them can never clip (3 × 10,000 < 32,124). */
export const VOICE_PEAK = 10_000;
/** RMS of speech at −20 dBm0: 0 dBm0 is 3.17 dB below a full-scale sine of µ-law (±32,124). */
export const VOICE_RMS = (32_124 * 10 ** ((-3.17 - 20) / 20)) / Math.SQRT2;

const SAMPLE_RATE = 8000;
const LOOP_SAMPLES = LOOP_FRAMES * 160;

/** First three formants of some vowels, in Hz. */
const VOWELS = [
  [730, 1090, 2440],
  [530, 1840, 2480],
  [390, 1990, 2550],
  [570, 840, 2410],
  [300, 870, 2240],
  [490, 1350, 1690],
] as const;
const FORMANT_BANDWIDTHS_HZ = [80, 110, 160] as const;

/** A hash of three integers: the simulator's speech has no other source of chance. */
export function mix32(first: number, second: number, third = 0): number {
  let hash = Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca77);
  hash = Math.imul(hash ^ Math.imul(third, 0xc2b2ae3d) ^ (hash >>> 15), 0x27d4eb2f);
  hash = Math.imul(hash ^ (hash >>> 13), 0x165667b1);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** 0 ≤ x < 1 from the same hash. */
export function fractionOf(first: number, second: number, third = 0): number {
  return mix32(first, second, third) / 0x1_0000_0000;
}

interface Syllable {
  readonly samples: number;
  readonly loudness: number;
  readonly vowel: readonly [number, number, number];
}

function syllables(timbre: number, stretch: number): Syllable[] {
  const list: Syllable[] = [];
  let left = LOOP_SAMPLES;
  while (left > 0) {
    const draw = (what: number) => fractionOf(timbre + 1, list.length + 1, what);
    // 200 to 333 ms: a rhythm of three to five syllables a second.
    const wanted = Math.round(SAMPLE_RATE / (3 + 2 * draw(1)));
    const samples = left - wanted < SAMPLE_RATE / 5 ? left : wanted;
    const [first, second, third] = VOWELS[Math.floor(draw(3) * VOWELS.length)]!;
    list.push({
      samples,
      loudness: 0.45 + 0.55 * draw(2),
      vowel: [first * stretch, second * stretch, third * stretch],
    });
    left -= samples;
  }
  return list;
}

/** A two-pole resonator of about unit gain at its centre. */
class Resonator {
  #a1 = 0;
  #a2 = 0;
  #gain = 0;
  #y1 = 0;
  #y2 = 0;

  tune(centreHz: number, bandwidthHz: number): void {
    const radius = Math.exp((-Math.PI * bandwidthHz) / SAMPLE_RATE);
    this.#a1 = 2 * radius * Math.cos((2 * Math.PI * centreHz) / SAMPLE_RATE);
    this.#a2 = -radius * radius;
    this.#gain = 1 - radius;
  }

  push(input: number): number {
    const output = this.#gain * input + this.#a1 * this.#y1 + this.#a2 * this.#y2;
    this.#y2 = this.#y1;
    this.#y1 = output;
    return output;
  }
}

/** Breath between the pulses, drawn once: hashing every sample of every loop takes long. */
const breath = Float64Array.from(
  { length: 4096 },
  (_, index) => (fractionOf(index, 3, 9) - 0.5) * 0.06,
);

function synthesize(timbre: number): Float64Array {
  const pitchHz = 90 + 140 * fractionOf(timbre + 1, 0, 7);
  const stretch = 0.9 + 0.25 * fractionOf(timbre + 1, 0, 8);
  const first = new Resonator();
  const second = new Resonator();
  const third = new Resonator();
  const sound = new Float64Array(LOOP_SAMPLES);
  let at = 0;
  let phase = 0;
  for (const { samples, loudness, vowel } of syllables(timbre, stretch)) {
    for (const [index, resonator] of [first, second, third].entries()) {
      resonator.tune(Math.min(vowel[index]!, 3500), FORMANT_BANDWIDTHS_HZ[index]!);
    }
    for (let index = 0; index < samples; index += 1, at += 1) {
      const progress = index / samples;
      // Swell and fall, with a floor: consonants and breath between vowels are not silent.
      const swell = Math.sin(Math.PI * progress);
      const envelope = loudness * (0.04 + 0.96 * swell * Math.sqrt(swell));
      phase += (pitchHz * (1.06 - 0.12 * progress)) / SAMPLE_RATE;
      const pulse = phase >= 1 ? 1 : 0;
      phase -= pulse;
      const input = pulse + breath[(at + 977 * timbre) & 4095]!;
      sound[at] = (first.push(input) + second.push(input) + third.push(input)) * envelope;
    }
  }
  return sound;
}

/** Level to VOICE_RMS, with peaks pressed softly below VOICE_PEAK. */
function level(sound: Float64Array): Int16Array {
  let energy = 0;
  for (let index = 0; index < sound.length; index += 1) energy += sound[index]! ** 2;
  let gain = VOICE_RMS / Math.sqrt(energy / sound.length);
  const loop = new Int16Array(sound.length);
  // Pressing peaks costs level; a second pass makes up for it.
  for (let pass = 0; pass < 2; pass += 1) {
    let pressed = 0;
    for (let index = 0; index < sound.length; index += 1) {
      const value = Math.round(VOICE_PEAK * Math.tanh((sound[index]! * gain) / VOICE_PEAK));
      loop[index] = value;
      pressed += value * value;
    }
    gain *= VOICE_RMS / Math.sqrt(pressed / sound.length);
  }
  return loop;
}

const loops: (Int16Array | undefined)[] = [];

/** The loop of a timbre, made at its first use: LOOP_FRAMES × 160 samples. */
export function voiceLoop(timbre: number): Int16Array {
  return (loops[timbre] ??= level(synthesize(timbre)));
}

/** Where in its loop a voice is at a frame of a conversation, in samples. */
export function voicePlace(voice: number, conversation: number, frame: number): number {
  return ((mix32(voice, conversation, 11) + frame) % LOOP_FRAMES) * 160;
}

/** Which loop a voice speaks with. */
export function voiceTimbre(voice: number): number {
  return mix32(voice, 5) % TIMBRES;
}

/**
 * Makes all loops now: for an IP Office on real time, where no frame can wait for one. Virtual time
 * does wait, and then only the loops that are heard are made.
 */
export function prepareVoices(): void {
  for (let timbre = 0; timbre < TIMBRES; timbre += 1) voiceLoop(timbre);
}
