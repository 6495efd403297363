// Proves R14: the number that was dialled decides, before anybody has answered.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "rules/inbound-number",
  title: "Record From Beginning off: calls to 5550102 are recorded, to 5550100 they are not",
  proves: ["R14"],
  recorder: {
    recorder: { recordFromBeginning: false },
    rules: [
      {
        title: "Orders line",
        kind: "inbound-number",
        direction: "inbound",
        match: { numbers: ["555-0102"] },
      },
    ],
  },
  async story({ caller, agent, talk, supervisor }) {
    const [one, other] = [caller("+4930111111"), caller("+4930222222")];
    const [alice, bob] = [agent("2001"), agent("2002")];
    await one.calls("5550100");
    await alice.answers();
    await talk({ seconds: 5, liveSeconds: 1 });
    await alice.hangsUp();
    await other.calls("5550102");
    await bob.answers();
    await bob.isBeingRecorded();
    await supervisor.sees(
      "the orders line is recorded",
      ({ record }) => record[0]?.reason === "Orders line",
    );
    await talk({ seconds: 5, liveSeconds: 1 });
    await bob.hangsUp();
  },
  expects: {
    recordings: [{ outcome: "ok", extension: "2002", rule: "Orders line" }],
    calls: [
      { wanted: false, rule: null, ruleDecision: "none" },
      { wanted: true, rule: "Orders line", ruleDecision: "positive" },
    ],
  },
});
