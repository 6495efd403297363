// Proves R14: no rules and Record From Beginning off: nothing is recorded, and the monitor says so.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "rules/no-rules-off",
  title: "Record From Beginning off and no rules: nothing is recorded",
  proves: ["R14"],
  recorder: { recorder: { recordFromBeginning: false }, rules: [] },
  async story({ caller, agent, talk, supervisor }) {
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await talk({ seconds: 10, liveSeconds: 2 });
    await supervisor.sees(
      "there are no rules",
      ({ record, other }) =>
        record.length === 0 &&
        other[0]?.reason === "There are no rules, and Record From Beginning is off",
    );
    await alice.hangsUp();
  },
  expects: {
    recordings: [],
    discards: [],
    calls: [{ wanted: false, rule: null, ruleDecision: "no-rules" }],
  },
});
