// Where in a run each complaint of a checker belongs: the moment of the frame, message, journal
// line or call that it names, so that ladder and timeline can point at it. Read from the words of
// the complaint, which name what they are about; a complaint that names nothing has no moment.
import type { Finding } from "@tapeline/reports";
import type { TruthLeg } from "@tapeline/simulator/pbx";
import type { SipObservation } from "../environment/observations.ts";
import { legOf } from "./leg-audio.ts";
import { SAMPLES_PER_MS } from "./placed-frame.ts";
import type { RecordedFile, RunRecord } from "./run-record.ts";

/** What one checker says of a run. */
export interface Complaints {
  readonly name: string;
  readonly texts: readonly string[];
}

/** More would hide the first ones. */
const FINDINGS_MAX = 60;
/** For a run that came to no end. */
const STORY = "story";

const CALL_ID = /\b[0-9a-f]{8,}@[\w.:[\]-]+/;
const CSEQ = /\(CSeq (\d+)\)/;
const SAMPLE = /\b(?:samples?|ends at|goes on to|stands at|span, at) (\d+)/;
const JOURNAL_LINE = /\bline (\d+)/;
const NTH_RECORDING = /^recording (\d+):/;
const MOMENT = /\bat (\d+(?:\.\d+)?) ms\b/;

/**
 * The first complaint of each checker, then all others; times are those of the IP Office's truth.
 */
export function findingsOf(record: RunRecord, all: readonly Complaints[]): Finding[] {
  const first = all.flatMap(({ name, texts }) => named(name, texts.slice(0, 1)));
  const others = all.flatMap(({ name, texts }) => named(name, texts.slice(1)));
  return [...first, ...others]
    .slice(0, FINDINGS_MAX)
    .map(({ check, text }): Finding => ({ check, text, atMs: momentOf(record, text) }));
}

function named(check: string, texts: readonly string[]): { check: string; text: string }[] {
  return texts.map((text) => ({ check, text }));
}

/** A run that came to no end went wrong where it stopped. */
export function storyFinding(why: string, atMs: number): Finding {
  return { check: STORY, text: why, atMs };
}

function momentOf(record: RunRecord, text: string): number | null {
  const recording = recordingOf(record, text);
  if (recording !== undefined) return inRecording(record, recording, text);
  const callId = CALL_ID.exec(text)?.[0] ?? null;
  const cseq = CSEQ.exec(text)?.[1] ?? null;
  if (callId !== null || cseq !== null) return messageMoment(record.sip, { text, callId, cseq });
  const moment = MOMENT.exec(text)?.[1];
  return moment === undefined ? null : Number(moment);
}

function recordingOf({ recordings }: RunRecord, text: string): RecordedFile | undefined {
  const named = recordings.find(({ recordingKey }) => text.includes(recordingKey));
  const index = NTH_RECORDING.exec(text)?.[1];
  return named ?? (index === undefined ? undefined : recordings[Number(index) - 1]);
}

/** At its sample, else at its line of the journal, else when the leg was over. */
function inRecording(record: RunRecord, recording: RecordedFile, text: string): number | null {
  const leg = legOf(record, recording);
  if (leg === null) return null;
  const sample = SAMPLE.exec(text)?.[1];
  if (sample !== undefined) return sampleMoment(leg, Number(sample));
  const line = recording.journal[Number(JOURNAL_LINE.exec(text)?.[1] ?? 0) - 1];
  // A journal's clock begins with the INVITE.
  if (line !== undefined) return leg.invitedMs + line.elapsedMs;
  return leg.endedMs ?? leg.answeredMs ?? leg.invitedMs;
}

/** Samples are counted from the first packet. */
function sampleMoment(leg: TruthLeg, sample: number): number {
  const firstMs = leg.frames[0]?.sentMs ?? leg.answeredMs ?? leg.invitedMs;
  const atMs = firstMs + sample / SAMPLES_PER_MS;
  return leg.endedMs === null ? atMs : Math.min(atMs, leg.endedMs);
}

/** The first message with this Call-ID and number that the complaint's words begin with. */
function messageMoment(
  sip: readonly SipObservation[],
  about: { readonly text: string; readonly callId: string | null; readonly cseq: string | null },
): number | null {
  const { text, callId, cseq } = about;
  const number = new RegExp(`^CSeq:\\s*${cseq ?? "\\d+"}\\s`, "im");
  const found = sip.filter((message) => {
    return (callId === null || message.text.includes(callId)) && number.test(message.text);
  });
  const word = text.split(" ")[0] ?? "";
  const exact = found.find((message) => startWord(message.text) === word);
  return (exact ?? found[0])?.atMs ?? null;
}

/** "BYE", or "200" of "SIP/2.0 200 OK". */
function startWord(text: string): string {
  const words = text.split(" ", 2);
  return (words[0] === "SIP/2.0" ? words[1] : words[0]) ?? "";
}
