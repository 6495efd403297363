// Proves R14: a call that a rule wants and the IP Office cannot record stands in the list Failed.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "rules/wanted-but-failed",
  title: "A rule wants the call, but no VCM channel is free: the monitor's list Failed says why",
  proves: ["R14", "R16"],
  site: { vcm: { channels: 1 } },
  recorder: {
    recorder: { recordFromBeginning: false },
    rules: [{ title: "Alice", kind: "agent", match: { agents: ["2001"] } }],
  },
  async story({ caller, agent, talk, supervisor }) {
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await talk({ seconds: 30, liveSeconds: 18 });
    await alice.hangsUp();
    await supervisor.sees(
      "it failed for want of VCM channels",
      ({ record, failed }) => record.length === 0 && failed[0]?.why === "vcm-exhausted",
    );
  },
  expects: {
    recordings: [],
    failedParts: ["vcm-exhausted"],
    calls: [{ wanted: true, rule: "Alice", ruleDecision: "positive" }],
  },
});
