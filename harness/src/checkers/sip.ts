// sip: what the recorder sent obeys RFC 3261, judged from the wire alone, beside the complaints
// that the simulated IP Office itself makes about each answer.
import { checkAnswers } from "./sip-answers.ts";
import { checkRepeats } from "./sip-repeats.ts";
import { checkRequests } from "./sip-requests.ts";
import { wireMessages } from "./sip-wire.ts";
import { MAXIMUM_COMPLAINTS, type Checker } from "./checker.ts";

export const sipChecker: Checker = {
  name: "sip",
  check(record) {
    const wire = wireMessages(record);
    return [
      ...record.violations,
      ...checkAnswers(record, wire),
      ...checkRepeats(record, wire),
      ...checkRequests(wire),
    ].slice(0, MAXIMUM_COMPLAINTS);
  },
};
