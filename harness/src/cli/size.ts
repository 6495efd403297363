// `testbed size`: VCM channels, bandwidth and storage for a load (R16), with the sum written out.
// The reckoning is the recorder's own (its API gives the same numbers); here are words and tables.
import {
  parseBitRate,
  size,
  SIZING_DEFAULTS,
  SIZING_LIMIT_COUNT,
  STREAM_BITS,
  type CardChoice,
  type Sizing,
} from "@tapeline/recorder";
import { EXIT, UsageError } from "./exit-codes.ts";

/** As typed; texts, so that each mistake gets its remedy. */
export interface SizeCommandOptions {
  readonly calls: string;
  readonly recordings: string;
  readonly queued: string;
  readonly uplink?: string;
  readonly hours: string;
  readonly quality: string;
  readonly json?: boolean;
}

/** Card choices shown; the rest only in --json. */
const SHOWN_CHOICES = 3;

export function sizeCommand(options: SizeCommandOptions): number {
  const result = size({
    calls: count("--calls", options.calls),
    recordings: count("--recordings", options.recordings),
    queued: count("--queued", options.queued),
    uplinkBitsPerSecond: options.uplink === undefined ? null : bitRate(options.uplink),
    hoursPerDay: hours(options.hours),
    quality: quality(options.quality),
  });
  process.stdout.write(
    options.json === true ? `${JSON.stringify(result, null, 2)}\n` : sizeText(result),
  );
  return EXIT.ok;
}

/** The report for people. */
export function sizeText(result: Sizing): string {
  const { input, warnings } = result;
  const lines = [
    ...vcmLines(result),
    "",
    ...bandwidthLines(result),
    "",
    ...storageLines(result),
    "",
    "PBX platforms (release 12.2)",
    ...result.platforms.map(
      ({ platform, fits, recordingChannels, remarks }) =>
        `  ${fits ? "fits" : "no  "}  ${platform}: ${recordingChannels} recording channels` +
        (remarks.length === 0 ? "" : `; ${remarks.join("; ")}`),
    ),
  ];
  if (warnings.length > 0) lines.push("", "Mind", ...warnings.map((words) => `  ${words}`));
  if (input.uplinkBitsPerSecond === null) {
    lines.push("", "With --uplink 20M this also tells whether the line carries it.");
  }
  return `${lines.join("\n")}\n`;
}

function vcmLines({ vcm }: Sizing): string[] {
  const head = `VCM channels (IP500 V2; Linux servers need none)`;
  const sum = `  active calls + simultaneous recordings + queued calls (R16): ${vcm.sum}`;
  if (vcm.needed === 0) return [head, sum, "  no card is needed"];
  if (!vcm.isWithinLimit) return [head, sum, `  more than the ${vcm.limit} that it can have`];
  return [head, sum, ...vcm.cards.slice(0, SHOWN_CHOICES).map(choiceLine)];
}

function choiceLine(choice: CardChoice, index: number): string {
  const { vcm64, vcm32, combination, channels, spare } = choice;
  const parts = [
    [vcm64, "VCM64"],
    [vcm32, "VCM32"],
    [combination, "combination card"],
  ] as const;
  const cards = parts
    .filter(([number]) => number > 0)
    .map(([number, name]) => `${number} × ${name}`);
  return `  ${index === 0 ? "take" : "or  "} ${cards.join(" + ")} = ${channels}, ${spare} to spare`;
}

function bandwidthLines({ bandwidth, input }: Sizing): string[] {
  const { uplink } = bandwidth;
  const line = (level: keyof typeof STREAM_BITS, bits: number): string =>
    `  ${level.padEnd(8)}  ${input.recordings} × ${STREAM_BITS[level] / 1000} kbit/s = ${megabits(bits)}`;
  const lines = [
    "Bandwidth from IP Office to recorder (G.711, 20 ms)",
    line("payload", bandwidth.payloadBitsPerSecond),
    line("ip", bandwidth.ipBitsPerSecond),
    line("ethernet", bandwidth.ethernetBitsPerSecond),
    `  ${bandwidth.packetsPerSecond} packets a second`,
  ];
  if (uplink === null) return lines;
  const { bitsPerSecond, carries, spareBitsPerSecond, maximumRecordings } = uplink;
  const verdict = carries ? "carries it" : "does NOT carry it";
  const rest = carries ? "to spare" : "missing";
  lines.push(
    `  an uplink of ${megabits(bitsPerSecond)} ${verdict}: ` +
      `${megabits(Math.abs(spareBitsPerSecond))} ${rest}; at most ${maximumRecordings} recordings`,
  );
  return lines;
}

function storageLines({ storage, input }: Sizing): string[] {
  const { hoursPerDay, ulBytesPerDay, spxBytesPerDay, spxBitsPerSecond } = storage;
  const spx = (spxBitsPerSecond / 1000).toFixed(1);
  return [
    `Storage a day (${input.recordings} recordings for ${hoursPerDay} h; --hours changes it)`,
    `  .ul   ${gigabytes(ulBytesPerDay)}  (64 kbit/s; kept live.keepHours)`,
    `  .spx  ${gigabytes(spxBytesPerDay)}  (${spx} kbit/s at quality ${input.quality})`,
  ];
}

function megabits(bits: number): string {
  return `${(bits / 1e6).toFixed(2)} Mbit/s`;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(2)} GB`;
}

function count(option: string, text: string): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value <= SIZING_LIMIT_COUNT) return value;
  throw new UsageError(
    `${option} ${text} is no number of calls. Give a whole number from 0 to ${SIZING_LIMIT_COUNT}.`,
  );
}

function bitRate(text: string): number {
  const bits = parseBitRate(text);
  if (bits !== null) return bits;
  throw new UsageError(`--uplink ${text} is no bit rate. Write it like 20M, 512k or 1G (bit/s).`);
}

function hours(text: string): number {
  const value = /^\d{1,2}(\.\d{1,2})?$/.test(text) ? Number(text) : Number.NaN;
  if (value > 0 && value <= 24) return value;
  throw new UsageError(
    `--hours ${text} is no length of a working day. Give hours above 0 and up to 24; ` +
      `the default is ${SIZING_DEFAULTS.hoursPerDay}.`,
  );
}

function quality(text: string): number {
  if (/^(\d|10)$/.test(text)) return Number(text);
  throw new UsageError(
    `--quality ${text} is no Speex quality. Give 0 to 10, as encoder.quality has it.`,
  );
}
