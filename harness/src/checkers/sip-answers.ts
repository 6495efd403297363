// What the recorder answers: every request that reached it gets one final answer, and each answer
// repeats what RFC 3261 §8.2.6 says it must.
import type { RunRecord } from "../record/run-record.ts";
import { downSpans } from "./lives.ts";
import {
  changedRequests,
  header,
  headers,
  nameOf,
  transactionKey,
  type WireMessage,
} from "./sip-wire.ts";

/** The longest that a request waits for its final answer: an INVITE, for a disk that hangs. */
const ANSWERED_MS = 600;
/** What cannot be read is refused as it comes. */
const REFUSED_MS = 20;

export function checkAnswers(record: RunRecord, wire: readonly WireMessage[]): string[] {
  const requests = wire.filter(({ from, method }) => from === "pbx" && method !== null);
  const answers = wire.filter(({ from, status }) => from === "recorder" && status !== null);
  const changed = changedRequests(record);
  return [
    ...checkEachAnswered(record, requests, answers),
    ...answers.flatMap((answer) => checkAnswer(answer, requests, changed)),
    ...checkOneFinal(answers.filter((answer) => refusedBy(answer, changed) === undefined)),
    ...checkTags(answers),
  ];
}

/** "A server MUST respond": ACK apart, each request that arrived has a final answer. */
function checkEachAnswered(
  record: RunRecord,
  requests: readonly WireMessage[],
  answers: readonly WireMessage[],
): string[] {
  const finals = new Set(answers.filter(({ status }) => (status ?? 0) >= 200).map(transactionKey));
  const isLost = ({ arrivedMs }: WireMessage): boolean =>
    arrivedMs === null || hasDied(record, arrivedMs);
  const unanswered = requests
    .filter((request) => request.method !== "ACK" && !isLost(request))
    .filter((request) => !finals.has(transactionKey(request)))
    .map((request) => `${nameOf(request)} of ${request.callId} was never answered`);
  return [...new Set(unanswered)];
}

/** It came so shortly before a crash that it may have died with the process, or to no process. */
function hasDied(record: RunRecord, arrivedMs: number): boolean {
  return downSpans(record).some(
    ({ fromMs, toMs }) => arrivedMs >= fromMs - ANSWERED_MS && arrivedMs <= toMs,
  );
}

function checkAnswer(
  answer: WireMessage,
  requests: readonly WireMessage[],
  changed: readonly WireMessage[],
): string[] {
  const key = transactionKey(answer);
  const request = requests.find(
    (one) =>
      transactionKey(one) === key && one.arrivedMs !== null && one.arrivedMs <= answer.sentMs,
  );
  if (request === undefined) {
    const isOfChanged = changed.some((one) => isNearly(one, answer));
    return isOfChanged ? [] : [`${nameOf(answer)} answers no request that had arrived`];
  }
  return complaintsOf(answer, request).map((text) => `${nameOf(answer)} ${text}`);
}

/** A few bytes of the request were changed on the way: of what names it two in three are left. */
export function isNearly(request: WireMessage, answer: WireMessage): boolean {
  if (request.arrivedMs === null || request.arrivedMs > answer.sentMs) return false;
  const isSame = [
    request.branch === answer.branch,
    request.callId === answer.callId,
    request.cseq.number === answer.cseq.number && request.cseq.method === answer.cseq.method,
  ];
  return isSame.filter(Boolean).length >= 2;
}

/** The request, changed on the way, that a 400 refuses: no answer to the one that was sent. */
export function refusedBy(
  answer: WireMessage,
  changed: readonly WireMessage[],
): WireMessage | undefined {
  if (answer.status !== 400) return undefined;
  return changed.find(
    (one) => isNearly(one, answer) && answer.sentMs - (one.arrivedMs ?? -Infinity) <= REFUSED_MS,
  );
}

function complaintsOf(answer: WireMessage, request: WireMessage): string[] {
  const complaints: string[] = [];
  const status = answer.status ?? 0;
  for (const name of ["From", "Call-ID", "CSeq"]) {
    if (header(answer, name) !== header(request, name)) {
      complaints.push(`does not repeat the ${name} of its request`);
    }
  }
  if (headers(answer, "Via").length !== headers(request, "Via").length) {
    complaints.push("does not repeat the Via of its request");
  }
  // "the UAS MUST add a tag to the To header field in the response", 100 excepted.  §8.2.6.2
  if (status > 100 && answer.toTag === "") complaints.push("has no To tag");
  if (request.toTag !== "" && answer.toTag !== request.toTag) complaints.push("changes the To tag");
  if (headers(answer, "Content-Length").length !== 1) {
    complaints.push("has no single Content-Length");
  }
  const isSuccess = status >= 200 && status < 300;
  const setsTarget = ["INVITE", "UPDATE"].includes(answer.cseq.method);
  if (isSuccess && setsTarget && headers(answer, "Contact").length !== 1) {
    complaints.push("has no Contact");
  }
  return complaints;
}

/** Repeats are the same answer: a transaction has one final status. */
function checkOneFinal(answers: readonly WireMessage[]): string[] {
  const complaints: string[] = [];
  const finals = new Map<string, number>();
  for (const answer of answers) {
    const status = answer.status ?? 0;
    const key = transactionKey(answer);
    const before = finals.get(key);
    if (before !== undefined && before !== status) {
      complaints.push(`${nameOf(answer)} comes after the final answer ${before}`);
    }
    if (status >= 200 && before === undefined) finals.set(key, status);
  }
  return complaints;
}

/** All answers to one INVITE that make a dialog carry one and the same tag. */
function checkTags(answers: readonly WireMessage[]): string[] {
  const tags = new Map<string, Set<string>>();
  for (const answer of answers) {
    if ((answer.status ?? 0) <= 100 || answer.cseq.method !== "INVITE") continue;
    const known = tags.get(answer.callId) ?? new Set();
    known.add(answer.toTag);
    tags.set(answer.callId, known);
  }
  return [...tags]
    .filter(([, known]) => known.size > 1)
    .map(([callId, known]) => `${callId} was answered with ${known.size} different To tags`);
}
