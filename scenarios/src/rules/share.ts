// Proves R13: the share of a rule is drawn by a hash: none of the calls at 0, all of them at 100,
// and what a draw decides stands in the row.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "rules/share",
  title: "A share of 0 percent keeps none of Alice's calls, one of 100 all of Bob's",
  proves: ["R13"],
  recorder: {
    rules: [
      { title: "None of Alice", kind: "agent", share: 0, match: { agents: ["2001"] } },
      { title: "All of Bob", kind: "agent", share: 100, match: { agents: ["2002"] } },
    ],
  },
  async story({ caller, agent, talk, supervisor }) {
    const outside = caller();
    const [alice, bob] = [agent("2001"), agent("2002")];
    for (const one of [alice, bob, alice]) {
      await outside.calls(one.extension);
      await one.answers();
      await one.isBeingRecorded();
      await talk({ seconds: 3, liveSeconds: 1 });
      await one.hangsUp();
    }
    await supervisor.sees("Alice's calls met no rule", ({ other }) => other.length === 2);
  },
  expects: {
    recordings: [{ outcome: "ok", extension: "2002", rule: "All of Bob" }],
    discards: [null, null],
  },
});
