// When a message is said again: a final answer to INVITE after T1, then at twice the pause up to
// T2, until the ACK has come, and no further (RFC 3261 §13.3.1.4, §17.2.1); a request of ours in
// the same way until its answer has come (§17.1.2.2).
import { isWireSeen, type RunRecord } from "../record/run-record.ts";
import { blockedSpans } from "./broken-streams.ts";
import { lostSinceMs } from "./frame-duty.ts";
import { crashesWithin } from "./lives.ts";
import {
  changedAcks,
  changedAnswers,
  CONNECT_MS,
  nameOf,
  transactionKey,
  type WireMessage,
} from "./sip-wire.ts";

const T1_MS = 500;
const T2_MS = 4_000;
const GIVE_UP_MS = 64 * T1_MS;
/** Timers on a virtual clock are exact; live ones share a machine that may be very busy. */
const TOLERANCE_MS = { virtual: 30, live: 400 } as const;
/** So late a repeat may be. */
const LATE_MS = { virtual: 30, live: T2_MS } as const;

export function checkRepeats(record: RunRecord, wire: readonly WireMessage[]): string[] {
  const judged: Judged = { record, readMs: isWireSeen(record) ? (atMs) => atMs : readBy(wire) };
  return [...checkFinals(judged, wire), ...checkRequests(judged, wire)];
}

/** A run, and when at the latest the recorder had read what was sent at a time. */
interface Judged {
  readonly record: RunRecord;
  readonly readMs: (sentMs: number) => number;
}

/**
 * On real sockets a message may lie unread while the machine is busy. It has been read once the
 * recorder answers a request that was sent after it: sockets keep the order.
 */
function readBy(wire: readonly WireMessage[]): (sentMs: number) => number {
  const answeredMs = new Map<string, number>();
  for (const { from, status, sentMs, ...rest } of wire.toReversed()) {
    if (from === "recorder" && status !== null) answeredMs.set(transactionKey(rest), sentMs);
  }
  const known = wire
    .filter(({ from, method }) => from === "pbx" && method !== null)
    .map((request) => ({ ...request, byMs: answeredMs.get(transactionKey(request)) ?? Infinity }));
  return (atMs) => {
    return known.reduce((by, one) => (one.sentMs > atMs ? Math.min(by, one.byMs) : by), Infinity);
  };
}

interface Series {
  readonly name: string;
  /** It may have to wait for a connection. */
  readonly isOnStream: boolean;
  readonly sentMs: readonly number[];
  /** Of these, what may have waited for a stream. */
  readonly waitedMs: ReadonlySet<number>;
  /** When what ends it arrived, ACK or answer, each copy of it. */
  readonly endsMs: readonly number[];
  /** Beside the schedule an answer may follow a repeated request. */
  readonly promptedMs: readonly number[];
  /** No repeat is owed from here on, though it is no fault either. */
  readonly enoughMs: number;
}

function checkFinals(judged: Judged, wire: readonly WireMessage[]): string[] {
  const finals = wire.filter(
    ({ from, status, cseq }) =>
      from === "recorder" && (status ?? 0) >= 200 && cseq.method === "INVITE",
  );
  return [...groups(finals)].flatMap(([key, sent]) => {
    const [first] = sent;
    if (first === undefined) return [];
    const isRefused = (number: number): boolean =>
      finals.some(
        ({ callId, cseq, status }) =>
          callId === first.callId && cseq.number === number && (status ?? 0) >= 300,
      );
    const arrivals = (method: string): number[] =>
      wire
        .filter((message) => message.from === "pbx" && message.method === method)
        .filter(({ callId, cseq }) => callId === first.callId && cseq.number >= first.cseq.number)
        // The ACK of a later INVITE's refusal acknowledges that one only.
        .filter(({ cseq }) => cseq.number === first.cseq.number || !isRefused(cseq.number))
        .map(({ arrivedMs }) => arrivedMs ?? Infinity);
    const isSuccess = (first.status ?? 0) < 300;
    if (!isSuccess && first.transport !== "udp") return [];
    const byeMs = Math.min(Infinity, ...arrivals("BYE"), ...ownBye(wire, first));
    // An ACK that the network has changed may be taken for one: no repeat is owed then, none wrong.
    const changedMs = Math.min(Infinity, ...changedAcks(judged.record, first));
    // Who goes on in the dialog has had the answer.
    const nextMs = Math.min(Infinity, ...laterInvites(wire, first));
    const copies = wire.filter((one) => one.method === "INVITE" && transactionKey(one) === key);
    return complaintsOf(judged, {
      name: nameOf(first),
      isOnStream: first.transport !== "udp",
      ...sendings(sent),
      endsMs: arrivals("ACK"),
      promptedMs: isSuccess ? [] : copies.map(({ arrivedMs }) => arrivedMs ?? Infinity),
      enoughMs: Math.min(byeMs, nextMs, changedMs, first.sentMs + GIVE_UP_MS),
    });
  });
}

function laterInvites(wire: readonly WireMessage[], { callId, cseq }: WireMessage): number[] {
  return wire
    .filter(({ from, method }) => from === "pbx" && method === "INVITE")
    .filter((invite) => invite.callId === callId && invite.cseq.number > cseq.number)
    .map(({ arrivedMs }) => arrivedMs ?? Infinity);
}

function ownBye(wire: readonly WireMessage[], { callId }: WireMessage): number[] {
  return wire
    .filter(({ from, method }) => from === "recorder" && method === "BYE")
    .filter((bye) => bye.callId === callId)
    .map(({ sentMs }) => sentMs);
}

function checkRequests(judged: Judged, wire: readonly WireMessage[]): string[] {
  const requests = wire.filter(
    ({ from, method, transport }) =>
      from === "recorder" && method !== null && method !== "ACK" && transport === "udp",
  );
  return [...groups(requests)].flatMap(([key, sent]) => {
    const [first] = sent;
    if (first === undefined) return [];
    const answers = wire.filter((one) => one.status !== null && transactionKey(one) === key);
    const arrivedMs = answers.map((answer) => answer.arrivedMs ?? Infinity);
    return complaintsOf(judged, {
      name: nameOf(first),
      isOnStream: false,
      ...sendings(sent),
      endsMs: arrivedMs,
      promptedMs: [],
      enoughMs: Math.min(first.sentMs + GIVE_UP_MS, ...changedAnswers(judged.record, first)),
    });
  });
}

function groups(messages: readonly WireMessage[]): Map<string, WireMessage[]> {
  const found = new Map<string, WireMessage[]>();
  for (const message of messages) {
    const key = transactionKey(message);
    found.set(key, [...(found.get(key) ?? []), message]);
  }
  return found;
}

function sendings(sent: readonly WireMessage[]): Pick<Series, "sentMs" | "waitedMs"> {
  const waited = sent.filter(({ hasWaited }) => hasWaited === true);
  return {
    sentMs: sent.map(({ sentMs }) => sentMs),
    waitedMs: new Set(waited.map(({ sentMs }) => sentMs)),
  };
}

function complaintsOf(judged: Judged, series: Series): string[] {
  const { record } = judged;
  const { name, sentMs, waitedMs, endsMs, promptedMs, enoughMs } = series;
  const toleranceMs = TOLERANCE_MS[record.mode];
  const lateMs = LATE_MS[record.mode];
  const isNear = (dueMs: number, atMs: number): boolean => {
    const latestMs = dueMs + (waitedMs.has(atMs) ? CONNECT_MS : lateMs);
    return atMs >= dueMs - toleranceMs && atMs <= latestMs;
  };
  const outOfTurn = (saidMs: readonly number[], begunMs: number): readonly number[] => {
    const moments = schedule(begunMs);
    return saidMs.filter((atMs, index) => {
      // Live, one that is late is the next one all the same: none may come before its own turn.
      const own = record.mode === "live" ? moments.slice(0, index) : moments;
      const isInTurn = [...own, ...promptedMs].some((dueMs) => isNear(dueMs, atMs));
      return atMs !== saidMs[0] && !isInTurn;
    });
  };
  const begunOf = (saidMs: readonly number[]): number => {
    const faults = (begunMs: number): number => outOfTurn(saidMs, begunMs).length;
    const [likeliestMs = 0] = beginnings(saidMs, waitedMs).sort((a, b) => faults(a) - faults(b));
    return likeliestMs;
  };
  const lives = livesOf(judged, series);
  const complaints = lives.flatMap(({ saidMs, endedMs }) => {
    const [firstMs = 0] = saidMs;
    const odd = outOfTurn(saidMs, begunOf(saidMs));
    return saidMs.flatMap((atMs) => {
      if (atMs > endedMs + toleranceMs) return ["is said again although it was acknowledged"];
      if (!odd.includes(atMs)) return [];
      return [`is said again after ${Math.round(atMs - firstMs)} ms, out of turn`];
    });
  });
  const firstMs = begunOf(lives[0]?.saidMs ?? []);
  const endMs = Math.min(Infinity, ...endsMs);
  const crashMs = crashesWithin(record, firstMs, Infinity)[0]?.atMs;
  const goneMs = Math.min(crashMs ?? Infinity, record.stoppedMs ?? Infinity);
  const owedUntilMs = Math.min(endMs, enoughMs, goneMs) - lateMs;
  // What waits for a stream that nothing passes is gone with the process, and was on no wire.
  const isWaiting = (dueMs: number): boolean =>
    series.isOnStream &&
    goneMs - dueMs <= CONNECT_MS &&
    blockedSpans(record.faults).some(({ fromMs, toMs }) => fromMs <= dueMs && dueMs <= toMs);
  const missing = schedule(firstMs).find(
    (dueMs) =>
      dueMs < owedUntilMs && !isWaiting(dueMs) && !sentMs.some((atMs) => isNear(dueMs, atMs)),
  );
  if (missing !== undefined) {
    complaints.push(`is not said again after ${Math.round(missing - firstMs)} ms`);
  }
  return complaints.map((text) => `${name} ${text}`);
}

/** When repetition may have begun: with what was said first, or before, if that had waited. */
function beginnings(saidMs: readonly number[], waitedMs: ReadonlySet<number>): number[] {
  const [firstMs = 0] = saidMs;
  const exactMs = saidMs.find((atMs) => !waitedMs.has(atMs)) ?? firstMs;
  const earlier = schedule(0)
    .map((pauseMs) => exactMs - pauseMs)
    .filter((begunMs) => begunMs < firstMs && begunMs >= firstMs - CONNECT_MS);
  return waitedMs.has(firstMs) ? [firstMs, ...earlier] : [firstMs];
}

/**
 * What each process said, and when it knew the end of it. The next one begins anew, unless what it
 * follows was over so long before the crash that the journal must tell it.
 */
function livesOf(
  { record, readMs }: Judged,
  { sentMs, endsMs }: Series,
): { readonly saidMs: readonly number[]; readonly endedMs: number }[] {
  const crashes = crashesWithin(record, sentMs[0] ?? 0, Infinity);
  return [null, ...crashes].map((crash, index) => {
    const fromMs = crash?.atMs ?? -Infinity;
    const toMs = crashes[index]?.atMs ?? Infinity;
    const knownMs = crash === null ? -Infinity : lostSinceMs(record, crash);
    const ends = endsMs.filter((atMs) => atMs < knownMs || atMs >= fromMs);
    return {
      saidMs: sentMs.filter((atMs) => atMs > fromMs && atMs <= toMs),
      endedMs: readMs(Math.min(Infinity, ...ends)),
    };
  });
}

/** The moments of repetition after a first sending. */
function schedule(firstMs: number): number[] {
  const moments: number[] = [];
  let pauseMs = T1_MS;
  for (let atMs = firstMs + pauseMs; atMs <= firstMs + GIVE_UP_MS; atMs += pauseMs) {
    moments.push(atMs);
    pauseMs = Math.min(pauseMs * 2, T2_MS);
  }
  return moments;
}
