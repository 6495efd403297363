// Proves R13: every call is recorded from its beginning; one that meets no rule is discarded.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "rules/agent-and-nobody",
  title: "Record From Beginning: the agent of the rule is kept, the other one is discarded",
  proves: ["R13"],
  fieldFault: "absent-by-rule",
  recorder: {
    rules: [{ title: "Alice", kind: "agent", match: { agents: ["2001"] } }],
  },
  async story({ caller, agent, talk, supervisor }) {
    const [one, other] = [caller("+4930111111"), caller("+4930222222")];
    const [alice, bob] = [agent("2001"), agent("2002")];
    await one.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await other.calls("2002");
    await bob.answers();
    await bob.isBeingRecorded();
    await talk({ seconds: 20 });
    await supervisor.sees("Alice's call is recorded by her rule, Bob's by none", (lists) => {
      const [first, second] = lists.record;
      return (
        first?.reason === "Alice" &&
        second?.reason === "Record From Beginning" &&
        second.port === 2 &&
        lists.other.length === 1
      );
    });
    await alice.hangsUp();
    await bob.hangsUp();
    await supervisor.sees(
      "Bob's call met no rule",
      ({ record, other: met, dontRecord, failed }) =>
        record.length === 0 &&
        met[0]?.reason === "No rule matched" &&
        met[0].receivingParty === "2002" &&
        dontRecord.length + failed.length === 0,
    );
  },
  expects: {
    recordings: [{ outcome: "ok", extension: "2001", rule: "Alice" }],
    discards: [null],
    calls: [
      { wanted: true, rule: "Alice", ruleDecision: "positive" },
      { wanted: false, rule: null, ruleDecision: "none" },
    ],
  },
});
