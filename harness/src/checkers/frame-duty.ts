// Which frames must stand in a recording, which may, which cannot: by when they arrived, against
// BYE, crashes, the reorder window and changes of the SSRC (design.md §5).
import type { TruthLeg } from "@tapeline/simulator/pbx";
import type { LifeEvent } from "../environment/observations.ts";
import type { RecordedFile, RunRecord } from "../record/run-record.ts";
import { gapSpans, overlaps, type Placement, type Span } from "../record/leg-audio.ts";
import { samplesOf, type PlacedFrame } from "../record/placed-frame.ts";
import { wireMessages } from "./sip-wire.ts";

/** Audio that arrived so long before a crash may be lost: of the process, of power (sync 10 s). */
const LOST_MS = { process: 500, power: 11_000 } as const;
/** What waits for a slow disk (ARCHITECTURE, "The media plane"), and until it is written after. */
const WRITE_BEHIND_MS = 30_000;
const CAUGHT_UP_MS = 2_000;
/** So shortly before a kill the 200 may have left and its line in the journal not. */
const JUST_ANSWERED_MS = 5;
/** After readiness recording must go on within this. */
const AGAIN_MS = 2_000;
/** What comes later than this after audio that follows it is late. */
const REORDER_WINDOW_MS = 200;
/** Live, packets and BYE take two sockets and two threads: the last one may lose the race. */
const LIVE_RACE_MS = 5;
/** The recorder's own end is seen by the IP Office only afterwards. */
const OWN_END_MS = 1_000;

/** "kept" must be there, "either" may, "absent" never reached the recorder. */
export type Duty = "kept" | "either" | "absent";

export interface DutyFrame extends PlacedFrame {
  readonly duty: Duty;
  /** A power cut may have taken a part of it: disks lose sectors, not frames. */
  readonly mayBeTorn: boolean;
}

export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Every placed frame with its duty, in the order of speaking. */
export function dutiesOf(
  record: RunRecord,
  leg: TruthLeg,
  recording: RecordedFile,
  placement: Placement,
): DutyFrame[] {
  const { placed } = placement;
  const lateFromMs = lateTimes(placed);
  const crashes = crashWindows(record);
  const endMs = mediaEndMs(record, leg);
  const overflows = gapSpans(recording).filter(({ cause }) => cause === "overflow");
  const contested = contestedUntil(placed);
  const absences = absencesOf(record, recording);
  const cuts = powerWindows(record);
  return placed.map((item, index): DutyFrame => {
    const { arrivedMs, sample, frame } = item;
    if (arrivedMs === null) return { ...item, duty: "absent", mayBeTorn: false };
    const isFree =
      item.isCorrupted ||
      sample < 0 ||
      frame.afterBye === true ||
      arrivedMs >= endMs ||
      arrivedMs > (lateFromMs[index] ?? Infinity) ||
      arrivedMs <= (contested.get(frame.ssrc) ?? -Infinity) ||
      isWithin(crashes, arrivedMs) ||
      overlaps(overflows, sample, sample + samplesOf(frame)) ||
      overlaps(absences, sample, sample + samplesOf(frame));
    const mayBeTorn = isWithin(cuts, arrivedMs);
    return { ...item, duty: isFree ? "either" : "kept", mayBeTorn };
  });
}

/**
 * An SSRC of which two packets in a row arrived must have been taken (RFC 3550 A.1): its frames
 * without a `media` line are complaints.
 */
export function forgottenSsrcs(
  record: RunRecord,
  leg: TruthLeg,
  placement: Placement,
): readonly number[] {
  const crashes = crashWindows(record);
  const endMs = mediaEndMs(record, leg);
  const forgotten = new Set<number>();
  let before = { ssrc: -1, sequence: -1 };
  for (const { frame, arrivedMs, isCorrupted } of placement.unplaced) {
    const isCounted =
      arrivedMs !== null && !isCorrupted && arrivedMs < endMs && !isWithin(crashes, arrivedMs);
    const { ssrc, sequence } = frame;
    const follows = before.ssrc === ssrc && ((before.sequence + 1) & 0xffff) === sequence;
    if (isCounted && follows) forgotten.add(ssrc);
    before = isCounted ? { ssrc, sequence } : { ssrc: -1, sequence: -1 };
  }
  return [...forgotten];
}

/** From when on packets of the leg need not be kept: our BYE is on its way, or the call is over. */
export function mediaEndMs(record: RunRecord, leg: TruthLeg): number {
  const bye = record.sip.find(
    ({ direction, text }) =>
      direction === "out" && text.startsWith("BYE ") && text.includes(leg.sipCallId),
  );
  const endedMs = leg.endedMs ?? Infinity;
  if (leg.endedBy === "recorder") return endedMs - OWN_END_MS;
  return Math.min(endedMs, bye?.atMs ?? Infinity) - (record.mode === "live" ? LIVE_RACE_MS : 0);
}

/**
 * A power cut takes what was not synced, names of files included: of a call that had just begun
 * anything may be missing, all of it too, and the recorder then does not know it any more. So does
 * a kill while the live disk stood still.
 */
export function isLeftToPower(
  record: RunRecord,
  leg: Pick<TruthLeg, "invitedMs" | "answeredMs"> & Partial<Pick<TruthLeg, "sipCallId">>,
): boolean {
  const { invitedMs, answeredMs } = leg;
  const saidMs = [answeredMs ?? Infinity, saidOnStreamMs(record, leg.sipCallId)];
  return record.life.some(({ kind, atMs }, index) => {
    // An INVITE that went unheard is sent again: the call began with the copy that was answered.
    const beganMs = answeredMs ?? invitedMs;
    if (kind === "power") {
      return atMs >= invitedMs && lastAliveMs(record.life, index) <= beganMs + LOST_MS.power;
    }
    if (kind !== "process" || atMs < invitedMs) return false;
    const isJustAnswered = saidMs.some((one) => Math.abs(atMs - one) <= JUST_ANSWERED_MS);
    return isJustAnswered || slowSinceMs(record, atMs) - LOST_MS.process <= invitedMs;
  });
}

/** Of a process that may have synced what the power cut took: an earlier kill ended that. */
function lastAliveMs(life: RunRecord["life"], index: number): number {
  const ready = life.findLastIndex(({ kind }, at) => at < index && kind === "ready");
  return life[ready + 1]?.atMs ?? Infinity;
}

/** When the 200 left for a stream, which brings it when who said it may be gone; else Infinity. */
function saidOnStreamMs(record: RunRecord, sipCallId: string | undefined): number {
  const answer = wireMessages(record).find(
    ({ from, transport, callId, status, cseq }) =>
      from === "recorder" &&
      transport !== "udp" &&
      callId === sipCallId &&
      status === 200 &&
      cseq.method === "INVITE",
  );
  return answer?.sentMs ?? Infinity;
}

/**
 * Live, a busy machine stretches what a kill costs: what its process had no time to read, and its
 * successor none to begin with. The gap of the restart says how much; virtual runs judge the times.
 */
function absencesOf(record: RunRecord, recording: RecordedFile): readonly Span[] {
  const wasKilled = record.life.some(({ kind }) => kind === "process");
  if (record.mode === "virtual" || !wasKilled) return [];
  return gapSpans(recording).filter(({ cause }) => cause === "restart");
}

/** Audio whose journal a power cut took: it is kept, under a journal made anew. */
export function isNamelessByPower({ life }: RunRecord, recording: RecordedFile): boolean {
  const sipCallId = recording.journal[0]?.["sipCallId"];
  const isNameless = typeof sipCallId !== "string" || sipCallId === "";
  return isNameless && life.some(({ kind }) => kind === "power");
}

export function crashWindows(record: RunRecord): Window[] {
  const windows: Window[] = [];
  for (const [index, event] of record.life.entries()) {
    if (event.kind === "ready") continue;
    const ready = record.life.slice(index).find((later) => later.kind === "ready");
    windows.push({
      fromMs: lostSinceMs(record, event),
      toMs: ready === undefined ? Infinity : ready.atMs + AGAIN_MS,
    });
  }
  return windows;
}

/** What came since then may be lost by a crash. */
export function lostSinceMs(record: RunRecord, event: LifeEvent): number {
  const { kind, atMs } = event;
  if (kind === "ready") return Infinity;
  const index = record.life.indexOf(event);
  const aliveMs = kind === "power" && index >= 0 ? lastAliveMs(record.life, index) : atMs;
  return Math.min(aliveMs, slowSinceMs(record, atMs)) - LOST_MS[kind];
}

/**
 * Since when the live disk has been slow or frozen at a time: what waits for such a disk is lost
 * with the process, up to the limit of the write-behind. Infinity = it is not.
 */
function slowSinceMs({ faults }: RunRecord, atMs: number): number {
  let sinceMs = Infinity;
  for (const fault of faults) {
    if (fault.atMs > atMs) break;
    if (fault.text.startsWith("live disk")) sinceMs = Math.min(sinceMs, fault.atMs);
    else if (/^heal(LiveDisk)?$/.test(fault.text) && fault.atMs < atMs - CAUGHT_UP_MS) {
      sinceMs = Infinity;
    }
  }
  return Math.max(sinceMs, atMs - WRITE_BEHIND_MS);
}

/** When audio arrived that a power cut may have taken. */
export function powerWindows({ life }: RunRecord): readonly Window[] {
  return life.flatMap(({ kind, atMs }, index) => {
    const fromMs = lastAliveMs(life, index) - LOST_MS.power;
    return kind === "power" ? [{ fromMs, toMs: atMs }] : [];
  });
}

function isWithin(windows: readonly Window[], atMs: number): boolean {
  return windows.some(({ fromMs, toMs }) => atMs >= fromMs && atMs <= toMs);
}

/** For each frame the time after which it is late: some later audio came a window before. */
function lateTimes(placed: readonly PlacedFrame[]): number[] {
  const order = placed.map((_, index) => index);
  order.sort((left, right) => (placed[left]?.sample ?? 0) - (placed[right]?.sample ?? 0));
  const times: number[] = Array.from({ length: placed.length }, () => Infinity);
  let earliestLaterMs = Infinity;
  for (const index of order.toReversed()) {
    times[index] = earliestLaterMs + REORDER_WINDOW_MS;
    earliestLaterMs = Math.min(earliestLaterMs, placed[index]?.arrivedMs ?? Infinity);
  }
  return times;
}

/** Until the last packet of the SSRC before has come, a new one is on probation. */
function contestedUntil(placed: readonly PlacedFrame[]): ReadonlyMap<number, number> {
  const until = new Map<number, number>();
  let beforeMs = -Infinity;
  let current: number | null = null;
  let newestMs = -Infinity;
  for (const { frame, arrivedMs } of placed) {
    if (frame.ssrc !== current) {
      beforeMs = newestMs;
      current = frame.ssrc;
      if (!until.has(current)) until.set(current, beforeMs);
    }
    newestMs = Math.max(newestMs, arrivedMs ?? -Infinity);
  }
  return until;
}
