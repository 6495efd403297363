// The journal codec: one JSON object a line, UTF-8, appended only (formats.md, "The journal").
// Parsing never fails as a whole: damaged lines become problems, and a last line without newline
// (torn by a crash) is reported apart, because appending must first cut it off.
import { unreachable } from "../assert.ts";
import type { Problem } from "../parsed.ts";
import type {
  JournalLine,
  JournalLineType,
  JournalStamps,
  UnknownJournalLine,
} from "./journal-lines.ts";

/** Longest line read; a SIP message of 64 KiB fits even when all of it is escaped. */
export const JOURNAL_LINE_LIMIT_BYTES = 512 * 1024;
/** Most problems reported of one journal. */
export const JOURNAL_PROBLEMS_LIMIT = 100;

export interface JournalContent {
  /** Readable lines of known type, in order. */
  readonly lines: readonly JournalLine[];
  /** Readable lines of types that this version does not know. */
  readonly unknown: readonly UnknownJournalLine[];
  /** One for each damaged line, `at` = line number from 1. */
  readonly problems: readonly Problem[];
  /** True when bytes follow the last newline. */
  readonly tornTail: boolean;
  /** Bytes up to and including the last newline: where the next line belongs. */
  readonly completeBytes: number;
}

type FieldKind = "string" | "number" | "count" | "strings" | "numberOrNull";

/** The fields that a line of the type must have to be of use; all others are optional. */
const REQUIRED: Readonly<Record<JournalLineType, Readonly<Record<string, FieldKind>>>> = {
  header: { format: "string", version: "count", recordingKey: "string", sipCallId: "string" },
  sip: { direction: "string", transport: "string", from: "string", to: "string", text: "string" },
  media: { source: "string", ssrc: "count", payloadType: "count", leadMs: "number" },
  association: { parties: "strings" },
  event: { eventId: "string", kind: "string", fromSample: "number", toSample: "number" },
  pause: { fromSample: "count", by: "string", via: "string", fill: "string" },
  resume: { fromSample: "count", toSample: "count", by: "string", via: "string", fill: "string" },
  pauseRequest: { by: "string", via: "string", action: "string", result: "string" },
  gap: { fromSample: "count", samples: "count", cause: "string" },
  rule: { title: "string", kind: "string" },
  statistics: { packetsReceived: "count", packetsLost: "number", mos: "numberOrNull" },
  end: { reason: "string", outcome: "string", samples: "count", sha256: "string" },
  stored: { pool: "string", drive: "string", bytes: "count", sha256: "string" },
};

/** One line with its newline. Key order: stamps and type first, then as given. */
export function serializeJournalLine(
  line: JournalStamps & { readonly type: string; readonly [field: string]: unknown },
): string {
  const { at, elapsedMs, sample, type, ...fields } = line;
  return `${JSON.stringify({ at, elapsedMs, sample, type, ...fields })}\n`;
}

/** Reads a whole journal; never throws. */
export function parseJournal(bytes: Uint8Array): JournalContent {
  const lines: JournalLine[] = [];
  const unknown: UnknownJournalLine[] = [];
  const problems: Problem[] = [];
  const refuse = (number: number, code: string, detail: string): void => {
    if (problems.length < JOURNAL_PROBLEMS_LIMIT) problems.push({ code, at: number, detail });
  };
  let start = 0;
  for (let number = 1; ; number += 1) {
    const end = bytes.indexOf(0x0a, start);
    if (end < 0) break;
    const line = bytes.subarray(start, end);
    start = end + 1;
    if (line.length > JOURNAL_LINE_LIMIT_BYTES) {
      refuse(number, "line-too-long", `The line has ${line.length} bytes.`);
      continue;
    }
    const value = objectOf(line);
    const flaw = value === null ? "It is not a JSON object." : flawOf(value);
    if (value === null || flaw !== null) refuse(number, "damaged-line", flaw ?? "");
    else if (isKnown(value.type)) lines.push(value as unknown as JournalLine);
    else unknown.push(value as unknown as UnknownJournalLine);
  }
  return { lines, unknown, problems, tornTail: start < bytes.length, completeBytes: start };
}

/** The lines of one type, typed. */
export function linesOfType<T extends JournalLineType>(
  lines: readonly JournalLine[],
  type: T,
): Extract<JournalLine, { readonly type: T }>[] {
  return lines.filter((line): line is Extract<JournalLine, { readonly type: T }> => {
    return line.type === type;
  });
}

type JsonObject = Readonly<Record<string, unknown>>;

/** null when the bytes are no JSON object in UTF-8. */
function objectOf(line: Uint8Array): JsonObject | null {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(line));
    const isObject = typeof value === "object" && !Array.isArray(value);
    return isObject ? (value as JsonObject | null) : null;
  } catch (error) {
    // The two that decoding foreign bytes can raise; anything else is our mistake.
    if (error instanceof SyntaxError || error instanceof TypeError) return null;
    throw error;
  }
}

function flawOf(value: JsonObject): string | null {
  if (typeof value.type !== "string") return "It has no type.";
  if (typeof value.at !== "string" || Number.isNaN(Date.parse(value.at))) return "`at` is no time.";
  if (!isKind(value.elapsedMs, "number")) return "`elapsedMs` is no number.";
  if (!isKind(value.sample, "count")) return "`sample` is no sample number.";
  if (!isKnown(value.type)) return null;
  for (const [field, kind] of Object.entries(REQUIRED[value.type])) {
    if (!isKind(value[field], kind)) return `\`${field}\` of a ${value.type} line is wrong.`;
  }
  return null;
}

function isKnown(type: unknown): type is JournalLineType {
  return typeof type === "string" && Object.hasOwn(REQUIRED, type);
}

function isKind(value: unknown, kind: FieldKind): boolean {
  switch (kind) {
    case "string":
      return typeof value === "string";
    case "number":
      return Number.isFinite(value);
    case "count":
      return Number.isSafeInteger(value) && (value as number) >= 0;
    case "numberOrNull":
      return value === null || isKind(value, "number");
    case "strings":
      return Array.isArray(value) && value.every((item) => typeof item === "string");
    default:
      return unreachable(kind);
  }
}
