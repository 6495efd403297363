// What a crash of the recorder excuses of one call, and no other: which process asked for it and
// which one took it, and what happened to it while there was none.
import type { TruthConversation, TruthLeg } from "@tapeline/simulator/pbx";
import type { LifeEvent } from "../environment/observations.ts";
import type { RunRecord } from "../record/run-record.ts";
import { wireMessages } from "./sip-wire.ts";

/** So long a request may be under way to the IP Office, over a slow network. */
const REQUEST_MS = 1_000;
/** So long before a crash an event of a call may come too late to be written down. */
const LATE_MS = 1_000;
/** Association and end of a recording follow its BYE within this (design.md §5). */
const SETTLES_MS = 35_000;
/** A process that is ready follows the calls again within this. */
const FOLLOWS_MS = 2_000;

/** Crashes, of the process and of power, within a time. */
export function crashesWithin(
  { life }: Pick<RunRecord, "life">,
  fromMs: number,
  toMs: number,
): readonly LifeEvent[] {
  return life.filter(({ kind, atMs }) => kind !== "ready" && atMs >= fromMs && atMs <= toMs);
}

/** Crashes while a leg was up, its INVITE included. */
export function crashesOf(
  record: Pick<RunRecord, "life">,
  { invitedMs, endedMs }: Pick<TruthLeg, "invitedMs" | "endedMs">,
): readonly LifeEvent[] {
  return crashesWithin(record, invitedMs, endedMs ?? Infinity);
}

/** Crashes before all was told of a leg: last events and end are written behind its BYE. */
export function crashesUntilTold(record: RunRecord, leg: TruthLeg): readonly LifeEvent[] {
  return crashesWithin(record, leg.invitedMs, (leg.endedMs ?? Infinity) + SETTLES_MS);
}

/** The process that asked for the leg was gone when one took it: that one knows of no request. */
export function isAskedByAnother(record: RunRecord, leg: TruthLeg): boolean {
  return crashesWithin(record, askedFromMs(leg), takenMs(record, leg)).length > 0;
}

/** From when on the leg may have been asked for. */
export function askedFromMs({ askedMs }: TruthLeg): number {
  return askedMs - REQUEST_MS;
}

/** When the recorder sent its first final answer to the INVITE; the leg's end without one. */
export function takenMs(record: RunRecord, { sipCallId, endedMs }: TruthLeg): number {
  const final = wireMessages(record).find(
    ({ callId, from, status, cseq }) =>
      callId === sipCallId &&
      from === "recorder" &&
      cseq.method === "INVITE" &&
      (status ?? 0) >= 200,
  );
  return final?.sentMs ?? endedMs ?? Infinity;
}

/** From each crash until a process is ready again: it reads back what calls were up before that. */
export function downSpans({
  life,
}: Pick<RunRecord, "life">): { readonly fromMs: number; readonly toMs: number }[] {
  return life.flatMap(({ kind, atMs: fromMs }, index) => {
    if (kind === "ready") return [];
    const ready = life.slice(index).find((later) => later.kind === "ready");
    return [{ fromMs, toMs: ready?.atMs ?? Infinity }];
  });
}

/** Something became of a conversation while no process followed it: how, nobody tells later. */
export function hasChangedUnseen(record: RunRecord, { events, legs }: TruthConversation): boolean {
  const times = [...events.map(({ atMs }) => atMs), ...legs.map(({ invitedMs }) => invitedMs)];
  return downSpans(record).some(({ fromMs, toMs }) =>
    times.some((atMs) => atMs >= fromMs - LATE_MS && atMs <= toMs + FOLLOWS_MS),
  );
}
