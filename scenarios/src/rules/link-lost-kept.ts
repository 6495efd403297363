// Proves R13: a rule may have matched while the link was down, so that nothing is discarded then.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "rules/link-lost-kept",
  title: "Record From Beginning on, no match, but the link was lost: kept, rules unproven",
  proves: ["R13", "R10"],
  recorder: {
    rules: [{ title: "Carol", kind: "agent", match: { agents: ["2003"] } }],
  },
  async story({ caller, agent, talk, pbx, until, supervisor }) {
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 10, liveSeconds: 1 });
    pbx.resetConnections();
    await until("the link is back", () => pbx.streamingConnections() > 0);
    await talk({ seconds: 10, liveSeconds: 3 });
    await alice.hangsUp();
    await supervisor.sees(
      "nothing was refused",
      ({ record, dontRecord, other, failed }) =>
        record.length + dontRecord.length + other.length + failed.length === 0,
    );
  },
  expects: {
    recordings: [{ outcome: "degraded", why: "rules-unproven", extension: "2001", rule: null }],
    discards: [],
    calls: [{ wanted: true, rule: null, ruleDecision: "unproven" }],
  },
});
