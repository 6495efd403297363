// Proves R14: without Record From Beginning recording starts at the first match; what was said
// before is not there.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "rules/late-match",
  title: "Record From Beginning off: the rule matches when the call is transferred to its agent",
  proves: ["R14"],
  recorder: {
    recorder: { recordFromBeginning: false },
    rules: [{ title: "Carol", kind: "agent", match: { agents: ["2003"] } }],
  },
  async story({ caller, agent, talk, supervisor }) {
    const outside = caller();
    const [alice, carol] = [agent("2001"), agent("2003")];
    await outside.calls("2001");
    await alice.answers();
    await talk({ seconds: 15, liveSeconds: 2 });
    await supervisor.sees(
      "no rule has matched yet",
      ({ record, other }) => record.length === 0 && other[0]?.reason === "No rule matched",
    );
    await alice.transfersBlindTo("2003");
    await carol.answers();
    await carol.isBeingRecorded();
    await talk({ seconds: 15, liveSeconds: 2 });
    await supervisor.sees(
      "the call is recorded by Carol's rule",
      ({ record, other }) => record[0]?.reason === "Carol" && other.length === 0,
    );
    await carol.hangsUp();
  },
  expects: {
    recordings: [{ outcome: "ok", part: 1, extension: "2003", rule: "Carol" }],
    discards: [],
    calls: [{ wanted: true, rule: "Carol", ruleDecision: "positive" }],
  },
});
