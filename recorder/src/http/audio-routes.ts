// The audio of complete recordings: as stored (.spx) or as WAV, whole or by range; all parts of a
// call in one (domain.md). A recording in progress is answered with 409: it can be heard live.
// Every request is in the audit before its first byte goes out.
import { z } from "zod";
import { maySee } from "./access.ts";
import type { FoundRecording, RecordedAudio, RecorderApi } from "./api.ts";
import { audit } from "./audit-trail.ts";
import { contentRange, parseRange, type ByteRange } from "./byte-range.ts";
import { foundRow, rowOfView } from "./recording-view.ts";
import { recordingParams, visibleRecording } from "./recording-routes.ts";
import { notFound, refuse, route, type Answer, type Asker, type Route } from "./route.ts";
import { word } from "./schema.ts";
import {
  pcmBytes,
  WAV_HEADER_BYTES,
  WAV_MAXIMUM_SAMPLES,
  WAV_SAMPLE_BYTES,
  wavHeader,
} from "./wav.ts";

/** Parts of one call. */
const MAXIMUM_PARTS = 1_000;
/** Up to here an answer is made whole; a longer one goes out piece by piece. */
const PIECE_BYTES = 4 * 1024 * 1024;

type Format = "spx" | "wav";

const callParams = z.strictObject({ callKey: word });
const formatQuery = z.strictObject({
  format: z.enum(["spx", "wav"]).optional(),
  use: z
    .enum(["play", "export"])
    .optional()
    .describe("play: heard in a page, and audited so; export (the default): to be kept."),
});

const ANSWERS = {
  200: { description: "The audio.", types: ["audio/ogg", "audio/wav"] },
  206: { description: "The range that was asked for.", types: ["audio/ogg", "audio/wav"] },
  404: { description: "There is no such audio, or the key may not see it." },
  409: { description: "It is still being recorded, or not compressed yet." },
  416: { description: "The range lies beyond the end." },
} as const;

/** A file as it will be, of which any bytes can be made. */
interface Virtual {
  readonly type: string;
  readonly totalBytes: number;
  readonly read: (range: ByteRange) => Promise<Uint8Array>;
  readonly close: () => Promise<void>;
}

export function audioRoutes(api: RecorderApi): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/recordings/{key}/audio",
      aliases: ["/rest/api/v1/recordings/{key}/audio"],
      tag: "recordings",
      summary: "The audio, as Speex in Ogg (spx, the default) or as WAV; one range at a time",
      needs: "supervisor",
      params: recordingParams,
      query: formatQuery,
      answers: ANSWERS,
      async handle({ params, query, headers, url, asker }) {
        const found = await visibleRecording(api, asker.key, params.key);
        if (found === null) return notFound(url);
        const format = query.format ?? "spx";
        const { use = "export" } = query;
        return exportAudio(api, [found], { format, use, headers, url, asker, target: params.key });
      },
    }),
    route({
      method: "GET",
      path: "/api/v1/calls/{callKey}/audio",
      aliases: ["/rest/api/v1/calls/{callKey}/audio"],
      tag: "calls",
      summary: "All parts of a call in one: WAV (the default), or Speex streams in a row",
      needs: "supervisor",
      params: callParams,
      query: formatQuery,
      answers: ANSWERS,
      async handle({ params, query, headers, url, asker }) {
        const parts = await partsOf(api, asker, params.callKey);
        if (parts.length === 0) return notFound(url);
        const format = query.format ?? "wav";
        const { use = "export" } = query;
        const target = params.callKey;
        return exportAudio(api, parts, { format, use, headers, url, asker, target });
      },
    }),
  ];
}

/** The parts that the asker may see, in order; also those in progress. */
async function partsOf(
  api: RecorderApi,
  asker: Asker,
  callKey: string,
): Promise<readonly FoundRecording[]> {
  const rows = await api.searchRecordings({ callKey, limit: MAXIMUM_PARTS, offset: 0 });
  const stored = rows.map(foundRow);
  const known = new Set(rows.map(({ recordingKey }) => recordingKey));
  const saving = api
    .unstoredRecordings()
    .filter((row) => row.callKey === callKey && !known.has(row.recordingKey))
    .map(foundRow);
  for (const { row } of saving) known.add(row.recordingKey);
  const active = api
    .activeRecordings()
    .filter((view) => view.association?.callKey === callKey && !known.has(view.recordingKey))
    .map((view): FoundRecording => ({ row: rowOfView(view), status: "RECORDING" }));
  return [...stored, ...saving, ...active]
    .filter(({ row }) => maySee(asker.key, row.extension))
    .sort((a, b) => (a.row.part ?? 0) - (b.row.part ?? 0) || a.row.startTimeMs - b.row.startTimeMs);
}

interface Export {
  readonly format: Format;
  /** The word of the audit. */
  readonly use: "play" | "export";
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly url: string;
  readonly asker: Asker;
  /** recordingKey or callKey. */
  readonly target: string;
}

async function exportAudio(
  api: RecorderApi,
  parts: readonly FoundRecording[],
  wanted: Export,
): Promise<Answer> {
  if (parts.some(({ status }) => status === "RECORDING")) {
    return refuse(409, {
      code: "still-recording",
      path: wanted.url,
      remedy: "Ask again after the call, or listen at /api/v1/live/{stream}/audio.",
    });
  }
  const { format, use: action, headers, asker, target } = wanted;
  // No answer of ours has a validator, so none can be the same: all of it (RFC 9110 §13.1.5).
  const range = headers["if-range"] === undefined ? headers["range"] : undefined;
  const detail = range === undefined ? format : `${format} ${range.slice(0, 100)}`;
  const deed = { action, target, detail };
  try {
    const file = await open(api, parts, format);
    if (typeof file === "string") return refuseFile(file, wanted.url);
    const answer = await answerOf(file, range, target);
    await audit(api, asker, { ...deed, result: answer.kind === "bytes" ? "ok" : "refused" });
    return answer;
  } catch (error) {
    await audit(api, asker, { ...deed, result: "failed" });
    throw error;
  }
}

function refuseFile(problem: "no-audio" | "no-spx" | "too-long", url: string): Answer {
  switch (problem) {
    case "no-audio":
      return notFound(url);
    case "no-spx": {
      const remedy = "It is not compressed yet: ask again later, or for format=wav.";
      return refuse(409, { code: "not-compressed", path: "format", remedy });
    }
    case "too-long": {
      const remedy = "A WAV file holds 74 hours at most: ask for format=spx.";
      return refuse(409, { code: "too-long", path: "format", remedy });
    }
  }
}

/** The parts as one file, or why not. */
async function open(
  api: RecorderApi,
  parts: readonly FoundRecording[],
  format: Format,
): Promise<Virtual | "no-audio" | "no-spx" | "too-long"> {
  const audios: RecordedAudio[] = [];
  for (const { row } of parts) {
    const audio = await api.openAudio(row);
    if (audio !== null) audios.push(audio);
  }
  const close = async (): Promise<void> => {
    for (const audio of audios) await audio.close();
  };
  const file = format === "spx" ? spxFile(audios, close) : wavFile(audios, close);
  if (typeof file === "string") await close();
  return file;
}

function spxFile(audios: readonly RecordedAudio[], close: () => Promise<void>) {
  if (audios.length === 0) return "no-audio";
  if (audios.some(({ spxBytes }) => spxBytes === null)) return "no-spx";
  const sizes = audios.map(({ spxBytes }) => spxBytes ?? 0);
  const read = (range: ByteRange): Promise<Uint8Array> =>
    joined(sizes, range, (index, from, to) => audios[index]?.readSpx(from, to));
  // Ogg streams in a row are one Ogg file: RFC 3533 §4, "sequential multiplexing".
  return { type: "audio/ogg", totalBytes: sum(sizes), read, close };
}

function wavFile(audios: readonly RecordedAudio[], close: () => Promise<void>) {
  const lengths = audios.map(({ samples }) => samples);
  const samples = sum(lengths);
  if (samples === 0) return "no-audio";
  if (samples > WAV_MAXIMUM_SAMPLES) return "too-long";
  const header = wavHeader(samples);
  const read = async ({ from, to }: ByteRange): Promise<Uint8Array> => {
    const head = header.subarray(Math.min(from, WAV_HEADER_BYTES), Math.min(to, WAV_HEADER_BYTES));
    const first = Math.max(0, from - WAV_HEADER_BYTES);
    const last = Math.max(0, to - WAV_HEADER_BYTES);
    const span = {
      from: Math.floor(first / WAV_SAMPLE_BYTES),
      to: Math.ceil(last / WAV_SAMPLE_BYTES),
    };
    const data = await joined(lengths, span, async (index, begin, end) => {
      const piece = await audios[index]?.readSamples(begin, end);
      return piece === undefined ? undefined : pcmBytes(piece);
    });
    const skip = first - span.from * WAV_SAMPLE_BYTES;
    return Buffer.concat([head, data.subarray(skip, skip + last - first)]);
  };
  const totalBytes = WAV_HEADER_BYTES + samples * WAV_SAMPLE_BYTES;
  return { type: "audio/wav", totalBytes, read, close };
}

/** The wanted span of files in a row; lengths and span in the same unit. */
async function joined(
  lengths: readonly number[],
  { from, to }: ByteRange,
  read: (index: number, from: number, to: number) => Promise<Uint8Array | undefined> | undefined,
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let start = 0;
  for (const [index, length] of lengths.entries()) {
    const [begin, end] = [Math.max(from - start, 0), Math.min(to - start, length)];
    start += length;
    if (begin >= end) continue;
    const piece = await read(index, begin, end);
    if (piece !== undefined) pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

async function answerOf(file: Virtual, header: string | undefined, name: string): Promise<Answer> {
  const { totalBytes, type } = file;
  const asked = parseRange(header, totalBytes);
  if (asked === "unsatisfiable") {
    await file.close();
    const remedy = `Ask within the ${totalBytes} bytes.`;
    const problem = { code: "range-not-satisfiable", path: "range", remedy };
    return refuse(416, problem, { "content-range": `bytes */${totalBytes}` });
  }
  const range = asked === "all" ? { from: 0, to: totalBytes } : asked;
  const ending = type === "audio/wav" ? "wav" : "spx";
  const headers = {
    "accept-ranges": "bytes",
    "content-length": String(range.to - range.from),
    "content-disposition": `attachment; filename="${name.replace(/[^\w.-]/g, "_")}.${ending}"`,
    "cache-control": "private, no-store",
    ...(asked === "all" ? {} : { "content-range": contentRange(range, totalBytes) }),
  };
  const status = asked === "all" ? 200 : 206;
  if (range.to - range.from > PIECE_BYTES) {
    return { kind: "bytes", status, type, headers, content: pieces(file, range) };
  }
  try {
    return { kind: "bytes", status, type, headers, content: await file.read(range) };
  } finally {
    await file.close();
  }
}

async function* pieces(file: Virtual, { from, to }: ByteRange): AsyncGenerator<Uint8Array> {
  try {
    for (let at = from; at < to; at += PIECE_BYTES) {
      yield await file.read({ from: at, to: Math.min(at + PIECE_BYTES, to) });
    }
  } finally {
    await file.close();
  }
}
