// For each call that the PBX reported: recorded, partial, missing or not wanted, and why (R7, R18;
// domain.md, "reconciliation"). Reckoned from calls.jsonl and the recordings alone, so that it is
// the same after a restart. A call belongs to the span in which it began. Pure.
import {
  readReportedFacts,
  type KeptRecording,
  type ManualTie,
  type ReportedCall,
  type ReportedFacts,
} from "./reconciliation-input.ts";
import { judgeCall, type CallStatus, type JudgedPart } from "./reconciliation-verdict.ts";
import { unknownSpans } from "./unknown-spans.ts";

export interface ReconciledCall {
  readonly callKey: string;
  readonly pbx: string;
  readonly deviceCallIds: readonly string[];
  readonly startedAt: string;
  /** null: it goes on, or nobody saw its end. */
  readonly endedAt: string | null;
  readonly isOpen: boolean;
  /** It began in the span and ended after it. */
  readonly endsLater: boolean;
  readonly direction: string | null;
  readonly parties: readonly string[];
  readonly rule: string | null;
  readonly status: CallStatus;
  /** A sentence. */
  readonly reason: string;
  readonly remedy: string | null;
  readonly parts: readonly JudgedPart[];
}

export interface OrphanRecording {
  readonly recordingKey: string;
  readonly startedAt: string;
  readonly seconds: number;
  readonly parties: readonly string[];
  readonly sipCallId: string;
  readonly reason: string;
}

export interface ReconciliationReport {
  readonly version: 1;
  /** "2026-11-22" (UTC), where the span is a day. */
  readonly day: string | null;
  readonly from: string;
  readonly to: string;
  readonly summary: {
    readonly calls: number;
    readonly recorded: number;
    readonly partial: number;
    readonly missing: number;
    readonly notWanted: number;
    /** Of these calls those that go on, or whose end nobody saw. */
    readonly open: number;
    readonly orphans: number;
    readonly unknownSeconds: number;
  };
  /** In order of beginning. */
  readonly calls: readonly ReconciledCall[];
  /** Calls that began before and ended within: they stand in the report of their beginning. */
  readonly carriedOver: readonly { readonly callKey: string; readonly endedAt: string }[];
  /** Recordings that belong to no known call. */
  readonly orphans: readonly OrphanRecording[];
  /** Times of which nobody knows what calls there were. */
  readonly unknown: readonly {
    readonly pbx: string;
    readonly from: string;
    readonly to: string;
    readonly why: string;
    readonly reason: string;
  }[];
}

export interface ReconciliationSpan {
  readonly fromMs: number;
  readonly toMs: number;
  readonly day: string | null;
  /** Nothing is known of what is later. */
  readonly nowMs: number;
}

const SAMPLES_PER_MS = 8;

const UNKNOWN_REASONS = {
  "link-down": "The DevLink3 link was down: calls of this time are not known.",
  stopped: "The recorder did not run, or was killed: calls of this time are not known.",
  "not-connected": "The recorder had not been connected to this IP Office yet.",
} as const;

export function reconcile(
  rows: readonly Readonly<Record<string, unknown>>[],
  recordings: readonly KeptRecording[],
  span: ReconciliationSpan,
): ReconciliationReport {
  const facts = readReportedFacts(rows);
  const tied = recordings.map((recording) => withTie(recording, facts.ties));
  const { fromMs, toMs } = span;
  const isWithin = (atMs: number): boolean => atMs >= fromMs && atMs < toMs;
  const known = joined([...withAllParts(facts.calls, tied), ...callsOfRecordings(facts, tied)]);
  const calls = known
    .filter(({ startedMs }) => isWithin(startedMs))
    .sort((one, other) => one.startedMs - other.startedMs || (one.callKey < other.callKey ? -1 : 1))
    .map((call) => reconciledCall(call, { facts, recordings: tied, span }));
  // A power cut may take a journal, and with it the tie; the row of the call still names it.
  const named = new Set(known.flatMap(({ parts }) => parts.map((part) => part.recordingKey)));
  const orphans = tied
    .filter(({ callKey, startTimeMs }) => callKey === null && isWithin(startTimeMs))
    .filter(({ recordingKey }) => !named.has(recordingKey))
    .map(orphanOf);
  const unknown = unknownSpans(facts.links, {
    seenMs: [...facts.seenMs, ...recordings.map(endMs)],
    fromMs,
    toMs: Math.min(toMs, span.nowMs),
  });
  const count = (status: CallStatus): number =>
    calls.filter((call) => call.status === status).length;
  return {
    version: 1,
    day: span.day,
    from: isoTime(fromMs),
    to: isoTime(toMs),
    summary: {
      calls: calls.length,
      recorded: count("recorded"),
      partial: count("partial"),
      missing: count("missing"),
      notWanted: count("not-wanted"),
      open: calls.filter(({ isOpen }) => isOpen).length,
      orphans: orphans.length,
      unknownSeconds: Math.round(
        unknown.reduce((sum, one) => sum + one.toMs - one.fromMs, 0) / 1000,
      ),
    },
    calls,
    carriedOver: carriedOver(known, span),
    orphans,
    unknown: unknown.map(({ pbx, why, ...times }) => ({
      pbx,
      from: isoTime(times.fromMs),
      to: isoTime(times.toMs),
      why,
      reason: UNKNOWN_REASONS[why],
    })),
  };
}

function reconciledCall(
  call: ReportedCall,
  about: {
    readonly facts: ReportedFacts;
    readonly recordings: readonly KeptRecording[];
    readonly span: ReconciliationSpan;
  },
): ReconciledCall {
  const { facts, recordings, span } = about;
  const { callKey, pbx, deviceCallIds, startedMs, endedMs, direction, parties, rule } = call;
  const verdict = judgeCall(call, { recordings, ...facts });
  return {
    callKey,
    pbx,
    deviceCallIds,
    startedAt: isoTime(startedMs),
    endedAt: endedMs === null ? null : isoTime(endedMs),
    isOpen: call.isOpen,
    endsLater: endedMs === null ? call.isOpen : endedMs >= span.toMs,
    direction,
    parties,
    rule,
    ...verdict,
  };
}

function carriedOver(calls: readonly ReportedCall[], { fromMs, toMs }: ReconciliationSpan) {
  return calls.flatMap(({ callKey, startedMs, endedMs }) => {
    if (startedMs >= fromMs || endedMs === null || endedMs < fromMs || endedMs >= toMs) return [];
    return [{ callKey, endedAt: isoTime(endedMs) }];
  });
}

// -- What belongs together ------------------------------------------------------------------------

/** A later manual association counts for a recording whose call nobody knew. */
function withTie(recording: KeptRecording, ties: ReadonlyMap<string, ManualTie>): KeptRecording {
  const tie = ties.get(recording.recordingKey);
  if (tie === undefined || tie.callKey === null) return recording;
  const { callKey, part, extension, agent } = tie;
  return {
    ...recording,
    callKey,
    part: part ?? recording.part,
    extension: extension ?? recording.extension,
    agent: agent ?? recording.agent,
  };
}

/** After a restart the row of a call does not know the parts before it: their recordings do. */
function withAllParts(
  calls: readonly ReportedCall[],
  recordings: readonly KeptRecording[],
): readonly ReportedCall[] {
  const parts = calls.flatMap((call) => call.parts);
  const named = new Set(parts.map(({ recordingKey }) => recordingKey));
  const numbered = new Set(parts.map(({ callKey, part }) => `${callKey} ${part}`));
  const unnamed = recordings.filter(
    ({ recordingKey, callKey, part }) =>
      !named.has(recordingKey) && !numbered.has(`${callKey} ${part}`),
  );
  return calls.map((call) => {
    const keys = new Set([call.callKey, ...call.parts.map((part) => part.callKey)]);
    const own = unnamed.filter(({ callKey }) => callKey !== null && keys.has(callKey));
    if (own.length === 0) return call;
    const all = [...call.parts, ...partsOfRecordings(own)];
    return { ...call, parts: all.toSorted((one, other) => one.part - other.part) };
  });
}

function partsOfRecordings(own: readonly KeptRecording[]): ReportedCall["parts"] {
  return own.map((recording, index) => ({
    part: recording.part ?? index + 1,
    agent: recording.agent ?? "",
    extension: recording.extension ?? "",
    callKey: recording.callKey ?? "",
    recordingKey: recording.recordingKey,
    outcome: null,
    why: null,
    missedMs: 0,
  }));
}

/** Calls that only their recordings tell of: they go on, or the recorder was killed meanwhile. */
function callsOfRecordings(
  { calls }: ReportedFacts,
  recordings: readonly KeptRecording[],
): ReportedCall[] {
  const reported = new Set(
    calls.flatMap(({ callKey, parts }) => [callKey, ...parts.map((part) => part.callKey)]),
  );
  const found = new Map<string, KeptRecording[]>();
  for (const recording of recordings) {
    const { callKey } = recording;
    if (callKey === null || reported.has(callKey)) continue;
    found.set(callKey, [...(found.get(callKey) ?? []), recording]);
  }
  return [...found].map(([callKey, own]) => callOfRecordings(callKey, own));
}

function callOfRecordings(callKey: string, own: readonly KeptRecording[]): ReportedCall {
  const began = Number(/-(\d{1,15})$/.exec(callKey)?.[1] ?? Number.NaN);
  const deviceCallId = callKey.replace(/-\d{1,15}$/, "");
  return {
    callKey,
    pbx: "",
    deviceCallIds: deviceCallId === callKey ? [] : [deviceCallId],
    startedMs: Number.isNaN(began) ? Math.min(...own.map((one) => one.startTimeMs)) : began,
    endedMs: null,
    isAnswered: true,
    isOpen: true,
    direction: null,
    parties: [...new Set(own.flatMap(({ parties }) => parties))],
    isWanted: true,
    rule: null,
    ruleDecision: null,
    recordFromBeginning: null,
    hadAgent: true,
    parts: partsOfRecordings(own),
  };
}

/** A call that was open when the recorder stopped, and was seen again under another callKey. */
function joined(calls: readonly ReportedCall[]): ReportedCall[] {
  const result: ReportedCall[] = [];
  for (const call of [...calls].sort((one, other) => one.startedMs - other.startedMs)) {
    const index = result.findLastIndex((before) => isContinuedBy(before, call));
    const before = result[index];
    if (before === undefined) result.push(call);
    else result[index] = continued(before, call);
  }
  return result;
}

/** CallIDs come again: not after the call was seen to end, and not half a day later. */
const CONTINUATION_LIMIT_MS = 12 * 3_600_000;

function isContinuedBy(before: ReportedCall, call: ReportedCall): boolean {
  const sameCall = before.deviceCallIds.some((id) => call.deviceCallIds.includes(id));
  const samePbx = before.pbx === call.pbx || before.pbx === "" || call.pbx === "";
  const isSoon = call.startedMs - before.startedMs < CONTINUATION_LIMIT_MS;
  return before.isOpen && sameCall && samePbx && isSoon;
}

function continued(before: ReportedCall, call: ReportedCall): ReportedCall {
  return {
    ...call,
    callKey: before.callKey,
    pbx: before.pbx === "" ? call.pbx : before.pbx,
    startedMs: before.startedMs,
    deviceCallIds: [...new Set([...before.deviceCallIds, ...call.deviceCallIds])],
    direction: before.direction ?? call.direction,
    parties: [...new Set([...before.parties, ...call.parties])],
    isAnswered: before.isAnswered || call.isAnswered,
    isWanted: before.isWanted || call.isWanted,
    rule: call.rule ?? before.rule,
    hadAgent: before.hadAgent || call.hadAgent,
    parts: [...before.parts, ...call.parts],
  };
}

function orphanOf(recording: KeptRecording): OrphanRecording {
  const { recordingKey, startTimeMs, samples, parties, sipCallId } = recording;
  return {
    recordingKey,
    startedAt: isoTime(startTimeMs),
    seconds: secondsOf(samples),
    parties,
    sipCallId,
    reason: recording.isInProgress
      ? "It is being recorded, and the IP Office has not told yet what call it is."
      : "The IP Office called the recorder, and no event told of what call.",
  };
}

function endMs({ startTimeMs, samples }: KeptRecording): number {
  return startTimeMs + samples / SAMPLES_PER_MS;
}

function secondsOf(samples: number): number {
  return Math.round(samples / SAMPLES_PER_MS) / 1000;
}

function isoTime(wallMs: number): string {
  return new Date(wallMs).toISOString();
}
