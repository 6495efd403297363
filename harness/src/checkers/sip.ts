// sip: what the recorder sent obeys RFC 3261, judged from the wire alone, beside the complaints
// that the simulated IP Office itself makes about each answer.
import { isLeftToPower } from "./frame-duty.ts";
import { crashesOf } from "./lives.ts";
import { checkAnswers } from "./sip-answers.ts";
import { checkRepeats } from "./sip-repeats.ts";
import { checkRequests } from "./sip-requests.ts";
import { checkTimers } from "./sip-timers.ts";
import { changedRequests, header, headerLines, wireMessages } from "./sip-wire.ts";
import type { RunRecord } from "../record/run-record.ts";
import { MAXIMUM_COMPLAINTS, type Checker } from "./checker.ts";

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
  const [, sender] = /^(\S+) sends what is no SIP message/.exec(violation) ?? [];
  const [, callId, method] = /^(\S+): \d{3} to ([A-Z]+) /.exec(violation) ?? [];
  return record.fates.some(({ from, corrupted, data }) => {
    if (!corrupted) return false;
    if (sender !== undefined) return `${from.host}:${from.port}` === sender;
    const text = new TextDecoder("latin1").decode(data);
    if (!text.startsWith("SIP/2.0 ")) return false;
    const answer = { lines: headerLines(text) };
    return header(answer, "Call-ID") === callId && header(answer, "CSeq").endsWith(` ${method}`);
  });
}

/** After a restart the last answer may be one that is not in the journal: versions leap over it. */
function isLeap(record: RunRecord, violation: string): boolean {
  const leg = record.truth.conversations
    .flatMap(({ legs }) => legs)
    .find(({ sipCallId }) => violation.startsWith(sipCallId));
  return (
    leg !== undefined &&
    /(moves the version by 999|changes by 999 versions instead of one)$/.test(violation) &&
    crashesOf(record, leg).length > 0
  );
}
