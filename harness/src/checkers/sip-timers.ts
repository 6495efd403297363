// What a clock must bring about, from the wire alone: 100 to an INVITE that is not answered within
// 200 ms (RFC 3261 §17.2.1), and BYE to a call whose 200 nobody acknowledged in 64 T1 (§13.3.1.4).
// When messages are said again: sip-repeats.ts.
import type { RunRecord } from "../record/run-record.ts";
import { changedAcks, CONNECT_MS, nameOf, transactionKey, type WireMessage } from "./sip-wire.ts";

const TRYING_MS = 200;
const UNACKNOWLEDGED_MS = 64 * 500;
/** Timers on a virtual clock are exact; live ones share a machine that may be very busy: T2. */
const TOLERANCE_MS = { virtual: 30, live: 4_000 } as const;

export function checkTimers(record: RunRecord, wire: readonly WireMessage[]): string[] {
  return [...checkTrying(record, wire), ...checkUnacknowledged(record, wire)];
}

function checkTrying(record: RunRecord, wire: readonly WireMessage[]): string[] {
  const invites = wire.filter(({ from, method }) => from === "pbx" && method === "INVITE");
  return invites.flatMap((invite) => {
    const { arrivedMs } = invite;
    if (arrivedMs === null) return [];
    const byMs = arrivedMs + TRYING_MS + TOLERANCE_MS[record.mode];
    if (isAway(record, arrivedMs, byMs)) return [];
    const key = transactionKey(invite);
    const isInTime = ({ sentMs, hasWaited }: WireMessage): boolean =>
      sentMs <= byMs + (hasWaited === true ? CONNECT_MS : 0);
    const isAnswered = wire.some(
      (one) => one.from === "recorder" && transactionKey(one) === key && isInTime(one),
    );
    return isAnswered ? [] : [`${nameOf(invite)} had no answer, not even 100, after 200 ms`];
  });
}

function checkUnacknowledged(record: RunRecord, wire: readonly WireMessage[]): string[] {
  const endMs = wire.at(-1)?.sentMs ?? 0;
  return firstAnswers(wire).flatMap((answer) => {
    const { callId, cseq, sentMs } = answer;
    const byMs = sentMs + UNACKNOWLEDGED_MS + TOLERANCE_MS[record.mode];
    if (endMs < byMs || isAway(record, sentMs, byMs)) return [];
    const isSettled = wire.some(
      (one) =>
        one.callId === callId &&
        (one.method === "BYE" ||
          (one.method === "ACK" && one.arrivedMs !== null && one.cseq.number >= cseq.number)) &&
        one.sentMs <= byMs,
    );
    const isTaken = changedAcks(record, answer).some((atMs) => atMs <= byMs);
    return isSettled || isTaken
      ? []
      : [`${nameOf(answer)} was never acknowledged, and no BYE followed`];
  });
}

/** Each 200 to an INVITE as it was sent first. */
function firstAnswers(wire: readonly WireMessage[]): readonly WireMessage[] {
  const first = new Map<string, WireMessage>();
  for (const one of wire) {
    const isAnswer = one.from === "recorder" && one.status === 200 && one.cseq.method === "INVITE";
    if (isAnswer && !first.has(transactionKey(one))) first.set(transactionKey(one), one);
  }
  return [...first.values()];
}

/** A process that crashed in between, or was not there, keeps no timer. */
function isAway({ life }: RunRecord, fromMs: number, toMs: number): boolean {
  let isUp = false;
  for (const { kind, atMs } of life) {
    if (atMs > toMs) break;
    if (kind !== "ready" && atMs >= fromMs) return true;
    if (atMs <= fromMs) isUp = kind === "ready";
  }
  return !isUp;
}
