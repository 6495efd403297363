// sip: what the recorder sent obeys RFC 3261, judged from the wire alone, beside the complaints
// that the simulated IP Office itself makes about each answer.
import { checkStreams } from "./broken-streams.ts";
import { isLeftToPower } from "./frame-duty.ts";
import { crashesOf } from "./lives.ts";
import { checkAnswers, refusedBy } from "./sip-answers.ts";
import { checkRepeats } from "./sip-repeats.ts";
import { checkRequests } from "./sip-requests.ts";
import { checkTimers } from "./sip-timers.ts";
import { changedRequests, header, headerLines, headers, wireMessages } from "./sip-wire.ts";
import type { RunRecord } from "../record/run-record.ts";
import { MAXIMUM_COMPLAINTS, type Checker } from "./checker.ts";

/** So far the versions of the recorder's descriptions leap after a restart. */
const MAXIMUM_LEAP = 1_000;

/** The IP Office speaks of what an answer repeats of its request. */
const REPEATED =
  /changes the (?:URI|tag) of To$|of our Via|repeat our (?:From|CSeq)$|has a (?:To|Via) that cannot be read$/;

export const sipChecker: Checker = {
  name: "sip",
  check(record) {
    const legs = record.truth.conversations.flatMap((conversation) => conversation.legs);
    // Who has forgotten a dialog in a power cut knows nothing of its numbers from then on.
    const left = new Map(
      legs
        .filter((leg) => isLeftToPower(record, leg))
        .map((leg) => [leg.sipCallId, crashesOf(record, leg)[0]?.atMs ?? Infinity] as const),
    );
    const wire = wireMessages(record).filter(
      ({ callId, sentMs }) => sentMs < (left.get(callId) ?? Infinity),
    );
    return [
      ...record.violations.filter(
        (text) =>
          ![...left.keys()].some((callId) => text.startsWith(callId)) &&
          !isLeap(record, text) &&
          !isSpoiltOnTheWay(record, text),
      ),
      ...checkAnswers(record, wire),
      ...checkRepeats(record, wire),
      ...checkRequests(wire),
      ...checkStreams(record),
      ...checkTimers(record, wire),
    ].slice(0, MAXIMUM_COMPLAINTS);
  },
};

/**
 * Bytes that the network has changed are no fault of who sent them: of this very sender, or of the
 * message of this call that the IP Office speaks of; nor of who refuses what they have become.
 */
function isSpoiltOnTheWay(record: RunRecord, violation: string): boolean {
  const [, dialog, asked] =
    /^(\S+): ([A-Z]+) within the dialog was answered with 4/.exec(violation) ?? [];
  if (dialog !== undefined) {
    return changedRequests(record).some((one) => one.callId === dialog && one.method === asked);
  }
  const [, name, title, missing] = /^(\S+): (?:a )?(\S+) lacks (.+)$/.exec(violation) ?? [];
  if (name !== undefined && title !== undefined && missing !== undefined) {
    const lacking = { name, title, missing: missing.split(", ") };
    return isHeaderSpoilt(record, lacking) || isOfSpoiltRequest(record, lacking);
  }
  const [, sender] = /^(\S+) sends what is no SIP message/.exec(violation) ?? [];
  const [, callId, method] = /^(\S+): \d{3} to ([A-Z]+) /.exec(violation) ?? [];
  // What an answer repeats of its request, it repeats as it came.
  const isOfChanged = changedRequests(record).some(
    (one) => one.callId === callId && one.method === method,
  );
  if (REPEATED.test(violation) && isOfChanged) return true;
  return record.fates.some(({ from, corrupted, data }) => {
    if (!corrupted) return false;
    if (sender !== undefined) return `${from.host}:${from.port}` === sender;
    const text = new TextDecoder("latin1").decode(data);
    if (!text.startsWith("SIP/2.0 ")) return false;
    const answer = { lines: headerLines(text) };
    return header(answer, "Call-ID") === callId && header(answer, "CSeq").endsWith(` ${method}`);
  });
}

interface Lacking {
  /** Of the call, as far as it could be read, or else who sent it. */
  readonly name: string;
  readonly title: string;
  readonly missing: readonly string[];
}

/** A 400 repeats of its request what has come: the headers that it lacks were lost on the way. */
function isOfSpoiltRequest(record: RunRecord, { name, title, missing }: Lacking): boolean {
  const changed = changedRequests(record);
  const refusals = wireMessages(record).filter(
    (one) =>
      one.from === "recorder" &&
      String(one.status) === title &&
      (missing.includes("Call-ID") || one.callId === name) &&
      missing.every((lost) => headers(one, lost).length === 0),
  );
  const isExcused = refusals.every((refusal) => {
    const request = refusedBy(refusal, changed);
    return request !== undefined && missing.every((one) => headers(request, one).length > 0);
  });
  return refusals.length > 0 && isExcused;
}

/** A message of this name, by Call-ID or else by sender, had left with all that it now lacks. */
function isHeaderSpoilt({ fates }: RunRecord, lacking: Lacking): boolean {
  const { name, title, missing } = lacking;
  return fates.some(({ from, corrupted, arrivalsMs, data }) => {
    if (!corrupted || arrivalsMs.length === 0) return false;
    const text = new TextDecoder("latin1").decode(data);
    if (!text.startsWith(`${title} `) && !text.startsWith(`SIP/2.0 ${title} `)) return false;
    const sent = { lines: headerLines(text) };
    if (missing.some((one) => headers(sent, one).length === 0)) return false;
    if (missing.includes("Call-ID")) return `${from.host}:${from.port}` === name;
    // The IP Office names it as far as it could be read.
    return header(sent, "Call-ID").startsWith(name);
  });
}

/**
 * After a restart the last answers may be some that are not in the journal: the next description
 * leaps over them. It is one of this call, the first new one after a crash, that has leapt so far;
 * an answer of before whose ACK is still awaited is said again meanwhile.
 */
function isLeap(record: RunRecord, violation: string): boolean {
  const [, callId, step] =
    /^(\S+): SDP \w+ (?:moves the version by|changes by) (\d+)\b/.exec(violation) ?? [];
  const leg = record.truth.conversations
    .flatMap(({ legs }) => legs)
    .find(({ sipCallId }) => sipCallId === callId);
  const leap = Number(step);
  if (leg === undefined || leap < 2 || leap > MAXIMUM_LEAP) return false;
  const said = wireMessages(record)
    .filter((message) => message.from === "recorder" && message.callId === callId)
    .flatMap(({ sentMs, text }) => {
      const [, version] = /^o=\S+ \S+ (\d+) /m.exec(text) ?? [];
      return version === undefined ? [] : [{ sentMs, version: Number(version) }];
    });
  return crashesOf(record, leg).some(({ atMs }) => {
    const before = new Set(
      said.filter(({ sentMs }) => sentMs <= atMs).map(({ version }) => version),
    );
    const next = said.find(({ sentMs, version }) => sentMs > atMs && !before.has(version));
    return next !== undefined && before.has(next.version - leap);
  });
}
