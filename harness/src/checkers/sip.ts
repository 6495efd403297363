// sip: what the recorder sent obeys RFC 3261, judged from the wire alone, beside the complaints
// that the simulated IP Office itself makes about each answer.
import { isLeftToPower } from "./frame-duty.ts";
import { checkAnswers } from "./sip-answers.ts";
import { checkRepeats } from "./sip-repeats.ts";
import { checkRequests } from "./sip-requests.ts";
import { wireMessages } from "./sip-wire.ts";
import { MAXIMUM_COMPLAINTS, type Checker } from "./checker.ts";

export const sipChecker: Checker = {
  name: "sip",
  check(record) {
    const legs = record.truth.conversations.flatMap((conversation) => conversation.legs);
    // Who has forgotten a dialog in a power cut knows nothing of its numbers.
    const left = legs.filter((leg) => isLeftToPower(record, leg)).map((leg) => leg.sipCallId);
    const wire = wireMessages(record).filter(({ callId }) => !left.includes(callId));
    return [
      ...record.violations.filter((text) => !left.some((callId) => text.startsWith(callId))),
      ...checkAnswers(record, wire),
      ...checkRepeats(record, wire),
      ...checkRequests(wire),
    ].slice(0, MAXIMUM_COMPLAINTS);
  },
};
