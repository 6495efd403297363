// The verdict of the reconciliation on one call (R18): from its parts and what is kept of them to a
// status and a sentence that says why. Pure.
import { explain, isWhy, type Why } from "../outcome.ts";
import type { KeptRecording, ReportedCall, ReportedPart } from "./reconciliation-input.ts";

export type CallStatus = "recorded" | "partial" | "missing" | "not-wanted";

export interface JudgedPart {
  readonly part: number;
  readonly agent: string;
  readonly extension: string;
  /** What is kept of it; more than one after a broken SIP call. */
  readonly recordingKeys: readonly string[];
  readonly seconds: number;
  readonly outcome: string | null;
  readonly why: string | null;
  readonly status: CallStatus;
  readonly reason: string;
  readonly remedy: string | null;
}

interface Verdict {
  readonly status: CallStatus;
  readonly reason: string;
  readonly remedy: string | null;
}

/** So much of the beginning of a part nobody misses: START, INVITE and answer take their time. */
export const MISSED_LIMIT_MS = 2_000;
/** A share of lost packets beyond which a recording is not whole. */
export const LOSS_LIMIT_RATIO = 0.05;

/** Degraded for these, and yet all of the call is there. */
const WHOLE_ALL_THE_SAME: ReadonlySet<Why> = new Set(["rules-unproven", "encoder-failed"]);

export function judgeCall(
  call: ReportedCall,
  kept: {
    readonly recordings: readonly KeptRecording[];
    /** recordingKey → outcome. */
    readonly discards: ReadonlyMap<string, string>;
    /** recordingKey → who erased it, and why. */
    readonly erasures: ReadonlyMap<string, string>;
  },
): Verdict & { readonly parts: readonly JudgedPart[] } {
  const parts = call.parts.map((part) => judgePart(call, part, kept));
  if (parts.length === 0) return { ...withoutParts(call), parts };
  if (!call.isWanted && parts.every(({ status }) => status === "not-wanted")) {
    return { ...notWanted(call), parts };
  }
  return { ...ofParts(call, parts), parts };
}

function ofParts(call: ReportedCall, parts: readonly JudgedPart[]): Verdict {
  const worst =
    parts.find(({ status }) => status === "missing") ??
    parts.find(({ status }) => status === "partial") ??
    parts.find(({ status }) => status === "not-wanted");
  const hasAudio = parts.some(({ status }) => status === "recorded" || status === "partial");
  if (!hasAudio && worst !== undefined) {
    const { status, reason, remedy } = worst;
    return { status, reason, remedy };
  }
  if (worst !== undefined) {
    const which = parts.length === 1 ? "" : `Part ${worst.part}: `;
    return { status: "partial", reason: which + worst.reason, remedy: worst.remedy };
  }
  return { ...endOf(call, parts) };
}

/** All that is there is whole; is it all? */
function endOf(call: ReportedCall, parts: readonly JudgedPart[]): Verdict {
  if (!call.isOpen) {
    const [first] = parts;
    const reason = parts.length === 1 ? (first?.reason ?? "") : "Every part is recorded.";
    return { status: "recorded", reason, remedy: null };
  }
  if (parts.some(({ reason }) => reason === IN_PROGRESS)) {
    return { status: "recorded", reason: "The call goes on, and is being recorded.", remedy: null };
  }
  return {
    status: "partial",
    reason: "The recorder was stopped or lost the call before its end: what followed is not known.",
    remedy: "See the times that are not known, and library.log for the cause of the stop.",
  };
}

// -- Parts ----------------------------------------------------------------------------------------

const IN_PROGRESS = "It is being recorded.";

function judgePart(
  call: ReportedCall,
  part: ReportedPart,
  { recordings, discards, erasures }: Parameters<typeof judgeCall>[1],
): JudgedPart {
  const own = recordings.filter(
    ({ recordingKey, callKey, part: number }) =>
      recordingKey === part.recordingKey || (callKey === part.callKey && number === part.part),
  );
  const key = part.recordingKey ?? "";
  const [discarded, erased] = [discards.get(key), erasures.get(key)];
  const samples = own.reduce((sum, recording) => sum + recording.samples, 0);
  const [first] = own;
  return {
    part: part.part,
    agent: part.agent,
    extension: part.extension,
    recordingKeys: own.map(({ recordingKey }) => recordingKey),
    seconds: Math.round(samples / SAMPLES_PER_MS) / 1000,
    outcome: first?.outcome ?? part.outcome ?? discarded ?? null,
    why: first?.why ?? part.why,
    ...verdictOfPart(call, part, { own, discarded: discarded ?? null, erased: erased ?? null }),
  };
}

const SAMPLES_PER_MS = 8;

interface PartFacts {
  readonly own: readonly KeptRecording[];
  /** Outcome with which nothing of it was kept. */
  readonly discarded: string | null;
  readonly erased: string | null;
}

function verdictOfPart(
  call: ReportedCall,
  part: ReportedPart,
  { own, discarded, erased }: PartFacts,
): Verdict {
  const audible = own.filter(({ outcome, samples }) => outcome !== "failed" && samples > 0);
  if (own.some(({ isInProgress }) => isInProgress)) {
    return { status: "recorded", reason: IN_PROGRESS, remedy: null };
  }
  if (audible.length > 0) return verdictOfAudio(part, audible);
  const why = own[0]?.why ?? part.why;
  if (part.outcome === "blocked" || discarded === "blocked") {
    return { status: "not-wanted", ...told(why ?? "privacy", call, part) };
  }
  if (discarded !== null || part.outcome === "discarded") {
    return { ...notWanted(call), status: "not-wanted" };
  }
  if (erased !== null) return { status: "missing", reason: erased, remedy: null };
  if (why !== null) return { status: "missing", ...told(why, call, part) };
  if (own.length > 0) return { status: "missing", ...told("no-media", call, part) };
  if (!call.isWanted) return notWanted(call);
  return part.recordingKey === null
    ? {
        status: "missing",
        reason: "A recording was asked for, and no SIP call came.",
        remedy: "See server.log for the request and its result.",
      }
    : {
        status: "missing",
        reason: "Its recording is in no pool: it was deleted, or its drive is missing.",
        remedy: "See the audit for a deletion, and /api/v1/pools for the drives.",
      };
}

function verdictOfAudio(part: ReportedPart, audible: readonly KeptRecording[]): Verdict {
  const torn = audible.find((recording) => !isWhole(recording));
  if (torn !== undefined) {
    const why = torn.why ?? (torn.recovered ? "restart" : "packets-lost");
    return { status: "partial", ...told(why, null, part, torn) };
  }
  if (part.missedMs > MISSED_LIMIT_MS) {
    const seconds = Math.round(part.missedMs / 100) / 10;
    const reason = `The first ${seconds} s were not recorded.`;
    return { status: "partial", reason, remedy: "See server.log for the request and its result." };
  }
  const [kept] = audible;
  const isNoted = kept?.why !== null && kept !== undefined && isWhy(kept.why);
  const reason = isNoted ? told(kept.why ?? "", null, part, kept).reason : "Recorded.";
  return { status: "recorded", reason, remedy: null };
}

function isWhole({ outcome, why, loss }: KeptRecording): boolean {
  if (outcome === "ok") return true;
  if (why === "packets-lost") return loss <= LOSS_LIMIT_RATIO;
  return why !== null && isWhy(why) && WHOLE_ALL_THE_SAME.has(why);
}

/** The sentence of outcome.ts, with what is known put in. */
function told(
  why: string,
  call: ReportedCall | null,
  part: ReportedPart,
  recording?: KeptRecording,
): { readonly reason: string; readonly remedy: string } {
  if (why === "packets-lost") {
    const percent = Math.round((recording?.loss ?? 0) * 1000) / 10;
    const remedy = "Check the network between IP Office and recorder.";
    return { reason: `${percent} % of the RTP packets were lost; the gaps are filled.`, remedy };
  }
  if (!isWhy(why)) return { reason: `It failed: ${why}.`, remedy: "See server.log." };
  const facts = {
    pbx: call?.pbx ?? "",
    extension: part.extension,
    recorder: "the recorder",
    detail: "see server.log",
    samples: "some",
  };
  const { sentence, remedy } = explain(why, facts);
  return { reason: sentence, remedy };
}

// -- Not wanted -----------------------------------------------------------------------------------

function notWanted({ ruleDecision, rule, isAnswered }: ReportedCall): Verdict {
  const status = "not-wanted";
  if (ruleDecision === "negative") {
    return { status, reason: `The rule "${rule ?? ""}" refuses it.`, remedy: null };
  }
  if (!isAnswered) return { status, reason: "Nobody answered it.", remedy: null };
  if (ruleDecision === "no-rules") {
    const reason = "There are no rules, and Record From Beginning is off.";
    return { status, reason, remedy: "Add rules, or set recorder.recordFromBeginning." };
  }
  return { status, reason: "No rule matched.", remedy: null };
}

/** No agent of ours was on it, or no recording was begun. */
function withoutParts(call: ReportedCall): Verdict {
  const { ruleDecision, recordFromBeginning, hadAgent, isAnswered } = call;
  const isOff = ruleDecision === "no-rules" && recordFromBeginning === false;
  const isRefused = ruleDecision === "negative" || (ruleDecision === "none" && isAnswered);
  if (isRefused || isOff || !isAnswered) return notWanted(call);
  if (!hadAgent) {
    const reason = "No agent of the configuration was on it.";
    return { status: "not-wanted", reason, remedy: null };
  }
  return {
    status: "missing",
    reason: "An agent was on it, and no recording was begun.",
    remedy: "See server.log: the link may have been down, or the call a copy of another one.",
  };
}
