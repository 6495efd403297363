// What the reconciliation reads: rows of calls.jsonl as other versions may have written them, and
// recordings as the catalog or a journal has them. Pure; what is no such row is left out.
import type { CatalogRow } from "../ports/index.ts";

type Row = Readonly<Record<string, unknown>>;

/** A part of a call's row. */
export interface ReportedPart {
  readonly part: number;
  readonly agent: string;
  readonly extension: string;
  readonly callKey: string;
  readonly recordingKey: string | null;
  readonly outcome: string | null;
  readonly why: string | null;
  readonly missedMs: number;
}

/** A row of type "call": what the PBX reported. */
export interface ReportedCall {
  readonly callKey: string;
  readonly pbx: string;
  readonly deviceCallIds: readonly string[];
  readonly startedMs: number;
  readonly endedMs: number | null;
  readonly isAnswered: boolean;
  /** The recorder stopped, or lost the call, before its end. */
  readonly isOpen: boolean;
  readonly direction: string | null;
  readonly parties: readonly string[];
  readonly isWanted: boolean;
  readonly rule: string | null;
  readonly ruleDecision: string | null;
  readonly recordFromBeginning: boolean | null;
  /** Some agent talked on it. */
  readonly hadAgent: boolean;
  readonly parts: readonly ReportedPart[];
}

/** A row of links.jsonl: the events of a PBX came from here on, or no longer. */
export interface LinkChange {
  readonly pbx: string;
  readonly atMs: number;
  readonly isUp: boolean;
  /** The recorder started: what was before is known only as far as rows tell. */
  readonly isStart: boolean;
}

/** A row of type "association": somebody tied a recording to a call afterwards. */
export interface ManualTie {
  readonly recordingKey: string;
  /** null: the tie was taken back. */
  readonly callKey: string | null;
  readonly part: number | null;
  readonly extension: string | null;
  readonly agent: string | null;
}

/** A recording that is kept, or goes on. */
export type KeptRecording = Pick<
  CatalogRow,
  | "recordingKey"
  | "callKey"
  | "part"
  | "startTimeMs"
  | "samples"
  | "outcome"
  | "why"
  | "recovered"
  | "agent"
  | "extension"
  | "parties"
  | "sipCallId"
  | "loss"
> & { readonly isInProgress: boolean };

export interface ReportedFacts {
  /** By callKey; of one call the last row counts. */
  readonly calls: readonly ReportedCall[];
  readonly links: readonly LinkChange[];
  readonly ties: ReadonlyMap<string, ManualTie>;
  /** recordingKeys of which nothing was kept on purpose, with the outcome. */
  readonly discards: ReadonlyMap<string, string>;
  /** recordingKeys of what was erased later, with who and why. */
  readonly erasures: ReadonlyMap<string, string>;
  /** Times at which the recorder was there for certain. */
  readonly seenMs: readonly number[];
}

/** In the order of the file. */
export function readReportedFacts(rows: readonly Row[]): ReportedFacts {
  const calls = new Map<string, ReportedCall>();
  const links: LinkChange[] = [];
  const ties = new Map<string, ManualTie>();
  const discards = new Map<string, string>();
  const erasures = new Map<string, string>();
  const seenMs: number[] = [];
  for (const row of rows) {
    const call = row["type"] === "call" ? callOf(row) : null;
    if (call !== null) {
      calls.delete(call.callKey);
      calls.set(call.callKey, call);
      seenMs.push(call.endedMs ?? call.startedMs);
    }
    const link = row["type"] === "link" ? linkOf(row) : null;
    if (link !== null) links.push(link);
    if (link !== null && !link.isStart) seenMs.push(link.atMs);
    const tie = row["type"] === "association" ? tieOf(row) : null;
    if (tie !== null) ties.set(tie.recordingKey, tie);
    const discarded = row["type"] === "discard" ? textOrNull(row["recordingKey"]) : null;
    const erased = row["type"] === "erased" ? textOrNull(row["recordingKey"]) : null;
    if (erased !== null) erasures.set(erased, erasureText(row));
    if (discarded !== null) discards.set(discarded, textOrNull(row["outcome"]) ?? "discarded");
  }
  return { calls: [...calls.values()], links, ties, discards, erasures, seenMs };
}

/** When a row was written, as far as it says so. */
export function rowTimeMs(row: Row): number | null {
  return timeOrNull(row["at"]) ?? timeOrNull(row["endedAt"]) ?? timeOrNull(row["startedAt"]);
}

function callOf(row: Row): ReportedCall | null {
  const callKey = textOrNull(row["callKey"]);
  const startedMs = timeOrNull(row["startedAt"]) ?? Number(/-(\d{1,15})$/.exec(callKey ?? "")?.[1]);
  if (callKey === null || Number.isNaN(startedMs)) return null;
  return {
    callKey,
    pbx: textOrNull(row["pbx"]) ?? "",
    deviceCallIds: texts(row["deviceCallIds"]),
    startedMs,
    endedMs: timeOrNull(row["endedAt"]),
    isAnswered: timeOrNull(row["answeredAt"]) !== null,
    isOpen: row["open"] === true,
    direction: textOrNull(row["direction"]),
    parties: texts(row["parties"]),
    isWanted: row["wanted"] === true,
    rule: textOrNull(row["rule"]),
    ruleDecision: textOrNull(row["ruleDecision"]),
    recordFromBeginning:
      typeof row["recordFromBeginning"] === "boolean" ? row["recordFromBeginning"] : null,
    hadAgent: objects(row["events"]).some(
      (event) => TALKS.has(String(event["kind"])) && objects(event["agents"]).length > 0,
    ),
    parts: objects(row["parts"]).map((part) => partOf(part, callKey)),
  };
}

const TALKS: ReadonlySet<string> = new Set(["talking", "conference"]);

function partOf(part: Row, rowCallKey: string): ReportedPart {
  return {
    part: numberOr(part["part"], 0),
    agent: textOrNull(part["agent"]) ?? "",
    extension: textOrNull(part["extension"]) ?? "",
    callKey: textOrNull(part["callKey"]) ?? rowCallKey,
    recordingKey: textOrNull(part["recordingKey"]),
    outcome: textOrNull(part["outcome"]),
    why: textOrNull(part["why"]),
    missedMs: numberOr(part["missedMs"], 0),
  };
}

function erasureText(row: Row): string {
  const { by, at, reason } = row;
  const parts = [`It was erased by ${textOrNull(by) ?? "somebody"}`, textOrNull(at)];
  return `${parts.filter((part) => part !== null).join(" at ")}: ${textOrNull(reason) ?? "?"}.`;
}

function linkOf(row: Row): LinkChange | null {
  const [pbx, atMs] = [textOrNull(row["pbx"]), timeOrNull(row["at"])];
  if (pbx === null || atMs === null) return null;
  return { pbx, atMs, isUp: row["state"] === "up", isStart: row["reason"] === "start" };
}

function tieOf(row: Row): ManualTie | null {
  const recordingKey = textOrNull(row["recordingKey"]);
  if (recordingKey === null) return null;
  const { part } = row;
  return {
    recordingKey,
    callKey: textOrNull(row["callKey"]),
    part: typeof part === "number" ? part : null,
    extension: textOrNull(row["extension"]),
    agent: textOrNull(row["agent"]),
  };
}

function timeOrNull(value: unknown): number | null {
  const timeMs = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(timeMs) ? null : timeMs;
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function numberOr(value: unknown, otherwise: number): number {
  return typeof value === "number" && Number.isFinite(value) ? value : otherwise;
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}

function objects(value: unknown): Row[] {
  const isObject = (one: unknown): one is Row =>
    typeof one === "object" && one !== null && !Array.isArray(one);
  return Array.isArray(value) ? value.filter(isObject) : [];
}
