// Proves R1, R25: each refusal of a start is told as what it is.
import { scenario } from "../language/index.ts";

/** Each result of dl3rec/1 that refuses for good, and what the recorder makes of it. */
const REFUSALS = {
  version: { result: 0x800000e1, why: "request-refused" },
  conference: { result: 0x800000e9, why: "conference-exhausted" },
  licence: { result: 0x800000ea, why: "licence-missing" },
  unreachable: { result: 0x800000ec, why: "recorder-unreachable" },
  permission: { result: 0x800000ed, why: "request-refused" },
  internal: { result: 0x800000ef, why: "request-refused" },
} as const;

export default scenario({
  name: "devlink3/start-refused",
  title: "The IP Office refuses every start",
  proves: ["R1", "R25"],
  matrix: {
    refusal: ["version", "conference", "licence", "unreachable", "permission", "internal"],
  },
  async story({ caller, agent, talk, oddities }, { refusal }) {
    oddities.devlink3.refuseStart = REFUSALS[refusal].result;
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await talk({ seconds: 25, liveSeconds: 3 });
    await alice.hangsUp();
  },
  expects: ({ refusal }) => ({ recordings: [], failedParts: [REFUSALS[refusal].why] }),
});
