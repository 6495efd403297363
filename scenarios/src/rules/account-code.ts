// Proves R14: a rule may go by the account code that an agent enters in mid-call.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "rules/account-code",
  title: "Record From Beginning off: Alice enters the account code that a rule is about",
  proves: ["R14"],
  recorder: {
    recorder: { recordFromBeginning: false },
    rules: [{ title: "Case 4711", kind: "advanced-event", match: { accountCodes: ["4711"] } }],
  },
  async story({ caller, agent, talk }) {
    const alice = agent("Alice");
    await caller("+4930111").calls("Alice");
    await alice.answers();
    await alice.chargesTo("1234");
    await talk({ seconds: 5, liveSeconds: 1 });
    await alice.chargesTo("4711");
    await alice.isBeingRecorded();
    await talk({ seconds: 8, liveSeconds: 2 });
    await alice.hangsUp();
  },
  expects: {
    recordings: [{ outcome: "ok", part: 1, extension: "2001", rule: "Case 4711" }],
    calls: [{ wanted: true, rule: "Case 4711", ruleDecision: "positive" }],
  },
});
