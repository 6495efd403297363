// How long a recording must be: to the end of its last frame, and on to the BYE by fill where the
// tail is more than 200 ms short of it (design.md §5, "Timeline").
import type { TruthLeg } from "@tapeline/simulator/pbx";
import type { RunRecord } from "../record/run-record.ts";
import { crashWindows, mediaEndMs, type DutyFrame } from "./frame-duty.ts";
import { SAMPLES_PER_MS, samplesOf } from "../record/placed-frame.ts";
import { transitSpreadMs } from "./media-lines.ts";
import { sipFates, wireMessages } from "./sip-wire.ts";

const TAIL_SAMPLES = 200 * SAMPLES_PER_MS;
const BYE_ANSWER = /^SIP\/2\.0 2[\s\S]*^CSeq: *\d+ +BYE\b/im;
/** The BYE's way to the media plane, and the pacing of frames. */
const TOLERANCE_MS = { virtual: 40, live: 400 } as const;
/** The last second of a call. */
const LAST_SAMPLES = 8_000;
/** Between taking a BYE and answering it. */
const ANSWERING_MS = 40;
/** T2: a recording waits no longer for the answer to our BYE. */
const UNANSWERED_MS = 4_000;

export function checkLength(
  record: RunRecord,
  leg: TruthLeg,
  { duties, samples }: { readonly duties: readonly DutyFrame[]; readonly samples: number },
): string[] {
  const arrived = duties.filter(({ arrivedMs, sample }) => arrivedMs !== null && sample >= 0);
  const kept = endOf(arrived.filter(({ duty }) => duty === "kept"));
  if (samples < kept) {
    return [
      `ends at ${samples}, before its last frame does at ${kept}${lastMissing(kept - samples)}`,
    ];
  }
  // Without a BYE the recorder learns of the end later, and fills until then.
  if (leg.endedBy === "restart") return [];
  const latest = endOf(arrived);
  const byeSample = sampleAtBye(record, leg, arrived);
  if (byeSample === null) return samples === 0 ? [] : [`has ${samples} samples of nothing`];
  const toleranceMs = TOLERANCE_MS[record.mode] + transitSpreadMs(duties);
  const tolerance = toleranceMs * SAMPLES_PER_MS;
  const lateMs = lateByeMs(record, leg) + damagedByeMs(record, leg) + stalledMs(record, arrived);
  const late = tolerance + lateMs * SAMPLES_PER_MS;
  const answeredSamples = ownByeMs(record, leg) * SAMPLES_PER_MS;
  if (samples > Math.max(latest, byeSample + late + answeredSamples)) {
    return [`goes on to ${samples}, the call ended at ${Math.round(byeSample)}`];
  }
  // Nobody knows how long a call went on that was heard no more after a restart.
  if (isUnheardAfterCrash(record, arrived)) return [];
  const tail = byeSample - latest;
  const early = tolerance + fastestTransitMs(arrived) * SAMPLES_PER_MS;
  if (tail > TAIL_SAMPLES + early && samples < byeSample - early) {
    return [`ends at ${samples} although the call went on to ${Math.round(byeSample)}`];
  }
  if (tail < TAIL_SAMPLES - late && samples > latest) {
    return [`goes on to ${samples}, ${samples - latest} samples after its last frame`];
  }
  return [];
}

/** In the words of who listens to it. */
export function lastMissing(samples: number): string {
  if (samples <= 0) return "";
  return `: the last ${Math.round(samples / SAMPLES_PER_MS)} ms of the call are missing`;
}

function endOf(frames: readonly DutyFrame[]): number {
  return frames.reduce((end, { frame, sample }) => Math.max(end, sample + samplesOf(frame)), 0);
}

/** The recording's clock goes by the packet that travelled fastest: what that took, it lacks. */
function fastestTransitMs(arrived: readonly DutyFrame[]): number {
  const transits = arrived.map(({ frame, arrivedMs }) => (arrivedMs ?? Infinity) - frame.sentMs);
  return Math.max(0, leastOf(transits));
}

/** The sample that would have been spoken when the call ended; null without any frame. */
function sampleAtBye(
  record: RunRecord,
  leg: TruthLeg,
  arrived: readonly DutyFrame[],
): number | null {
  const latest = endOf(arrived);
  const endMs =
    byeArrivedMs(record, leg) ?? Math.min(leg.endedMs ?? Infinity, mediaEndMs(record, leg));
  // Each of the last frames tells it, but one that was overtaken was due long before it was sent.
  const told = arrived
    .map((duty) => ({ sentMs: duty.frame.sentMs, end: duty.sample + samplesOf(duty.frame) }))
    .filter(({ end }) => end > latest - LAST_SAMPLES)
    .map(({ sentMs, end }) => end + (Number.isFinite(endMs) ? endMs - sentMs : 0) * SAMPLES_PER_MS);
  return told.length === 0 ? null : Math.max(...told);
}

/**
 * By how much later than it was sent a busy machine may have taken the BYE: until it was answered.
 * A recorder cannot know what waits unread in its socket, and goes on filling.
 */
function lateByeMs({ mode, sip }: RunRecord, leg: TruthLeg): number {
  if (mode === "virtual" || leg.endedBy !== "pbx" || leg.endedMs === null) return 0;
  const answer = sip.find(({ direction, text }) => {
    return direction === "in" && BYE_ANSWER.test(text) && text.includes(leg.sipCallId);
  });
  return Math.max(0, (answer?.atMs ?? leg.endedMs) + ANSWERING_MS - leg.endedMs);
}

/** Where the recorder hangs up it goes on until its BYE is answered, or for so long without. */
function ownByeMs(record: RunRecord, leg: TruthLeg): number {
  if (leg.endedBy !== "recorder") return 0;
  const ofBye = wireMessages(record).filter(
    ({ callId, cseq }) => callId === leg.sipCallId && cseq.method === "BYE",
  );
  const bye = ofBye.find(({ from, method }) => from === "recorder" && method !== null);
  if (bye === undefined) return 0;
  const answer = ofBye.find(({ from, branch, status }) => {
    return from === "pbx" && status !== null && branch === bye.branch;
  });
  const untilMs = Math.min(answer?.arrivedMs ?? Infinity, bye.sentMs + UNANSWERED_MS);
  return Math.max(0, untilMs - mediaEndMs(record, leg));
}

/**
 * By how much a busy machine sent the last frames later than the most punctual one: the recording's
 * clock goes by that one, and fills by it.
 */
function stalledMs({ mode }: RunRecord, arrived: readonly DutyFrame[]): number {
  if (mode === "virtual") return 0;
  const latest = endOf(arrived);
  const delays = (frames: readonly DutyFrame[]): number[] =>
    frames.map(({ frame, sample }) => frame.sentMs - (sample + samplesOf(frame)) / SAMPLES_PER_MS);
  const last = arrived.filter(
    ({ frame, sample }) => sample + samplesOf(frame) > latest - LAST_SAMPLES,
  );
  if (last.length === 0) return 0;
  return leastOf(delays(last)) - leastOf(delays(arrived));
}

/** Not spread into Math.min: a call of an hour has more frames than a call takes arguments. */
function leastOf(values: readonly number[]): number {
  return values.reduce((least, value) => Math.min(least, value), Infinity);
}

/** When the first BYE of the IP Office that was not lost arrived; null = none was seen arriving. */
function byeArrivedMs(record: RunRecord, leg: TruthLeg): number | null {
  if (leg.endedBy !== "pbx") return null;
  const { streamMessages = [] } = record;
  const onStreams = streamMessages
    .filter(({ text }) => text.startsWith("BYE ") && text.includes(leg.sipCallId))
    .flatMap(({ arrivedMs }) => arrivedMs ?? []);
  const arrivals = sipFates(record)
    .filter(({ data }) => isByeOf(data, leg.sipCallId))
    .flatMap(({ arrivalsMs }) => arrivalsMs);
  const all = [...arrivals, ...onStreams];
  return all.length === 0 ? null : Math.min(...all);
}

/**
 * By how much later than a BYE that the network had changed the first one came that it had not: a
 * recorder may refuse the former. One that it takes ends the call at once.
 */
function damagedByeMs(record: RunRecord, leg: TruthLeg): number {
  const firstMs = byeArrivedMs(record, leg);
  if (firstMs === null) return 0;
  const takings = wireMessages(record)
    .filter(({ callId, cseq }) => callId === leg.sipCallId && cseq.method === "BYE")
    .map(({ from, method, status, sentMs, arrivedMs }) => {
      if (from === "pbx") return method === null ? Infinity : (arrivedMs ?? Infinity);
      return status !== null && status >= 200 && status < 300 ? sentMs : Infinity;
    });
  const takenMs = leastOf(takings);
  return Number.isFinite(takenMs) ? Math.max(0, takenMs - firstMs) : 0;
}

function isByeOf(data: Uint8Array, sipCallId: string): boolean {
  const text = new TextDecoder().decode(data);
  return text.startsWith("BYE ") && text.includes(sipCallId);
}

function isUnheardAfterCrash(record: RunRecord, arrived: readonly DutyFrame[]): boolean {
  const lastMs = arrived.reduce((last, { arrivedMs }) => Math.max(last, arrivedMs ?? 0), 0);
  return crashWindows(record).some(({ toMs }) => lastMs <= toMs);
}
