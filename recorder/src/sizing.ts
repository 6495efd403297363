// How much an IP Office needs for recordings: VCM channels (R16), bandwidth, storage a day, and
// what each platform of the PBX allows (domain.md, "The PBX"). Pure; the API and `testbed size` use it,
// and sizing-watch.ts at run time.

/** An IP500 V2 takes at most so many VCM channels: two VCM cards and two combination cards. */
export const VCM_LIMIT_CHANNELS = 148;
const VCM_CARDS_MAXIMUM = 2;
const COMBINATION_CARDS_MAXIMUM = 2;
const VCM64_CHANNELS = 64;
const VCM32_CHANNELS = 32;
const COMBINATION_CHANNELS = 10;

/** G.711 in packets of 20 ms: 160 bytes, 200 with RTP, UDP and IPv4, 218 with Ethernet's frame. */
export const STREAM_BITS = { payload: 64_000, ip: 80_000, ethernet: 87_200 } as const;
const PACKETS_PER_SECOND = 50;

/** Headerless µ-law (formats.md). */
export const UL_BYTES_PER_SECOND = 8_000;
/** Bits a second of a Speex narrowband stream at quality 0 to 10. */
const SPEEX_BITS = [
  2_150, 3_950, 5_950, 8_000, 8_000, 11_000, 11_000, 15_000, 15_000, 18_200, 24_600,
] as const;
/** What the Ogg container adds: a byte a frame, and the head of a page a second. */
const OGG_BITS = 600;

/** What a recording of this encoder quality takes in a pool. */
export function spxBytesPerSecond(quality: number): number {
  return spxBitsPerSecond(quality) / 8;
}

function spxBitsPerSecond(quality: number): number {
  return (SPEEX_BITS[quality] ?? SPEEX_BITS[SIZING_DEFAULTS.quality]) + OGG_BITS;
}

export const SIZING_DEFAULTS = { hoursPerDay: 10, quality: 8 } as const;
/** Larger numbers are a slip of the hand. */
export const SIZING_LIMIT_COUNT = 100_000;

export interface SizingInput {
  /** Active calls at the busiest moment. */
  readonly calls: number;
  /** Recordings at the same time. */
  readonly recordings: number;
  /** Queued calls (Skilled) that hear announcements or music. */
  readonly queued: number;
  /** The way from IP Office to recorder; null = not asked. */
  readonly uplinkBitsPerSecond: number | null;
  /** Hours a day at that load. */
  readonly hoursPerDay: number;
  /** Of the encoder, 0–10. */
  readonly quality: number;
}

/** One way to reach the channels needed. */
export interface CardChoice {
  readonly vcm64: number;
  readonly vcm32: number;
  readonly combination: number;
  readonly channels: number;
  readonly spare: number;
}

export interface PlatformFit {
  readonly platform: string;
  readonly fits: boolean;
  readonly recordingChannels: number;
  /** Concurrent calls with direct and with indirect media; null = not published. */
  readonly callsDirect: number | null;
  readonly callsIndirect: number | null;
  /** null: no VCM hardware is used. */
  readonly vcmLimit: number | null;
  /** Why it does not fit, or what to mind. */
  readonly remarks: readonly string[];
}

export interface Sizing {
  readonly version: 1;
  readonly input: SizingInput;
  readonly vcm: {
    readonly needed: number;
    /** "20 calls + 10 recordings + 5 queued = 35". */
    readonly sum: string;
    readonly limit: number;
    readonly isWithinLimit: boolean;
    /** Ways to reach it, fewest cards first; none beyond the limit or when none is needed. */
    readonly cards: readonly CardChoice[];
  };
  readonly bandwidth: {
    readonly payloadBitsPerSecond: number;
    readonly ipBitsPerSecond: number;
    readonly ethernetBitsPerSecond: number;
    readonly packetsPerSecond: number;
    readonly uplink: {
      readonly bitsPerSecond: number;
      readonly carries: boolean;
      /** Negative: missing. */
      readonly spareBitsPerSecond: number;
      readonly maximumRecordings: number;
    } | null;
  };
  readonly storage: {
    readonly hoursPerDay: number;
    readonly ulBytesPerDay: number;
    readonly spxBytesPerDay: number;
    readonly spxBitsPerSecond: number;
  };
  readonly platforms: readonly PlatformFit[];
  /** What does not fit, each with its remedy. */
  readonly warnings: readonly string[];
}

/** All numbers of a site from its load. Whole numbers from 0 are the caller's duty. */
export function size(input: SizingInput): Sizing {
  const vcm = vcmOf(input);
  const bandwidth = bandwidthOf(input);
  const platforms = PLATFORMS.map((platform) => fitOf(platform, input, vcm.needed));
  return {
    version: 1,
    input,
    vcm,
    bandwidth,
    storage: storageOf(input),
    platforms,
    warnings: warningsOf(input, vcm, bandwidth),
  };
}

/** VCM channels needed = active calls + simultaneous recordings + Skilled queued calls (R16). */
export function vcmNeeded(load: Pick<SizingInput, "calls" | "recordings" | "queued">): number {
  return load.calls + load.recordings + load.queued;
}

function vcmOf(input: SizingInput): Sizing["vcm"] {
  const needed = vcmNeeded(input);
  const { calls, recordings, queued } = input;
  return {
    needed,
    sum: `${calls} calls + ${recordings} recordings + ${queued} queued = ${needed}`,
    limit: VCM_LIMIT_CHANNELS,
    isWithinLimit: needed <= VCM_LIMIT_CHANNELS,
    cards: needed === 0 ? [] : cardsFor(needed),
  };
}

/** Every set of cards from which none can be left out, nor replaced by a smaller one. */
export function cardsFor(needed: number): CardChoice[] {
  const choices: CardChoice[] = [];
  for (let vcm64 = 0; vcm64 <= VCM_CARDS_MAXIMUM; vcm64 += 1) {
    for (let vcm32 = 0; vcm32 <= VCM_CARDS_MAXIMUM - vcm64; vcm32 += 1) {
      for (let combination = 0; combination <= COMBINATION_CARDS_MAXIMUM; combination += 1) {
        const channels =
          vcm64 * VCM64_CHANNELS + vcm32 * VCM32_CHANNELS + combination * COMBINATION_CHANNELS;
        const spare = channels - needed;
        if (spare >= 0) choices.push({ vcm64, vcm32, combination, channels, spare });
      }
    }
  }
  return choices
    .filter((choice) => !choices.some((other) => isCheaper(other, choice)))
    .sort((a, b) => cardCount(a) - cardCount(b) || a.spare - b.spare);
}

/** No more cards of any kind (a VCM64 may stand for a VCM32), and not the same. */
function isCheaper(other: CardChoice, choice: CardChoice): boolean {
  return (
    other.channels < choice.channels &&
    other.vcm64 <= choice.vcm64 &&
    other.vcm64 + other.vcm32 <= choice.vcm64 + choice.vcm32 &&
    other.combination <= choice.combination
  );
}

function cardCount({ vcm64, vcm32, combination }: CardChoice): number {
  return vcm64 + vcm32 + combination;
}

function bandwidthOf({ recordings, uplinkBitsPerSecond }: SizingInput): Sizing["bandwidth"] {
  const ethernetBitsPerSecond = recordings * STREAM_BITS.ethernet;
  return {
    payloadBitsPerSecond: recordings * STREAM_BITS.payload,
    ipBitsPerSecond: recordings * STREAM_BITS.ip,
    ethernetBitsPerSecond,
    packetsPerSecond: recordings * PACKETS_PER_SECOND,
    uplink:
      uplinkBitsPerSecond === null
        ? null
        : {
            bitsPerSecond: uplinkBitsPerSecond,
            carries: ethernetBitsPerSecond <= uplinkBitsPerSecond,
            spareBitsPerSecond: uplinkBitsPerSecond - ethernetBitsPerSecond,
            maximumRecordings: Math.floor(uplinkBitsPerSecond / STREAM_BITS.ethernet),
          },
  };
}

function storageOf({ recordings, hoursPerDay, quality }: SizingInput): Sizing["storage"] {
  const seconds = recordings * hoursPerDay * 3_600;
  return {
    hoursPerDay,
    ulBytesPerDay: Math.round(seconds * UL_BYTES_PER_SECOND),
    spxBytesPerDay: Math.round(seconds * spxBytesPerSecond(quality)),
    spxBitsPerSecond: spxBitsPerSecond(quality),
  };
}

interface Platform {
  readonly platform: string;
  readonly recordingChannels: number;
  readonly callsDirect: number | null;
  readonly callsIndirect: number | null;
  readonly vcmLimit: number | null;
}

/** Release 12.2; domain.md, "The PBX". */
const PLATFORMS: readonly Platform[] = [
  {
    platform: "IP500 V2 (Preferred)",
    recordingChannels: 40,
    callsDirect: null,
    callsIndirect: null,
    vcmLimit: VCM_LIMIT_CHANNELS,
  },
  {
    platform: "Server Edition R260",
    recordingChannels: 75,
    callsDirect: 750,
    callsIndirect: 128,
    vcmLimit: null,
  },
  {
    platform: "Server Edition R660 or virtual",
    recordingChannels: 150,
    callsDirect: 2_000,
    callsIndirect: 1_024,
    vcmLimit: null,
  },
  {
    platform: "Select, one server",
    recordingChannels: 250,
    callsDirect: 3_000,
    callsIndirect: 1_024,
    vcmLimit: null,
  },
  {
    platform: "Select, the solution",
    recordingChannels: 500,
    callsDirect: 3_000,
    callsIndirect: 1_024,
    vcmLimit: null,
  },
];

function fitOf(platform: Platform, { calls, recordings }: SizingInput, vcm: number): PlatformFit {
  const { recordingChannels, callsDirect, callsIndirect, vcmLimit } = platform;
  const broken = [
    ...exceeds(recordings, recordingChannels, "recordings"),
    ...exceeds(calls, callsDirect, "calls"),
    ...exceeds(vcm, vcmLimit, "VCM channels"),
  ];
  const isDirectOnly = callsIndirect !== null && calls > callsIndirect;
  const remarks =
    broken.length === 0 && isDirectOnly
      ? [`only with direct media: ${callsIndirect} calls with indirect media, half with SRTP`]
      : broken;
  return { ...platform, fits: broken.length === 0, remarks };
}

function exceeds(wanted: number, limit: number | null, what: string): string[] {
  return limit === null || wanted <= limit ? [] : [`${wanted} ${what}, at most ${limit}`];
}

function warningsOf(
  input: SizingInput,
  vcm: Sizing["vcm"],
  { uplink, ethernetBitsPerSecond }: Sizing["bandwidth"],
): string[] {
  const warnings: string[] = [];
  if (!vcm.isWithinLimit) {
    warnings.push(
      `${vcm.needed} VCM channels are ${vcm.needed - vcm.limit} more than an IP500 V2 can have. ` +
        "Record fewer calls at a time (rules), or use Linux servers, which need none.",
    );
  }
  if (uplink !== null && !uplink.carries) {
    warnings.push(
      `${megabits(ethernetBitsPerSecond)} do not pass an uplink of ` +
        `${megabits(uplink.bitsPerSecond)}: it carries ${uplink.maximumRecordings} recordings. ` +
        "Set recorder.recordFromBeginning to false, or put the recorder beside the IP Office.",
    );
  }
  if (input.recordings > input.calls) {
    warnings.push(
      `${input.recordings} recordings of ${input.calls} calls: a call has one recording at a ` +
        "time. Check the two numbers.",
    );
  }
  return warnings;
}

/** "20M", "512k", "1G", "20000000": bits a second; null when it is no rate. */
export function parseBitRate(text: string): number | null {
  const match = /^(\d{1,12}(?:\.\d{1,6})?)\s*([kKmMgG]?)(?:bit\/s|bps)?$/.exec(text.trim());
  if (match === null) return null;
  const factor = { "": 1, k: 1e3, m: 1e6, g: 1e9 }[(match[2] ?? "").toLowerCase()] ?? 1;
  const bits = Number(match[1]) * factor;
  return bits > 0 && bits <= 1e13 ? Math.round(bits) : null;
}

function megabits(bits: number): string {
  return `${(bits / 1e6).toFixed(2)} Mbit/s`;
}
