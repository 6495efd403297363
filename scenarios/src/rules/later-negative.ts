// Proves R14: without Record From Beginning a later negative match stops the recording and discards
// what there is of the call.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "rules/later-negative",
  title: "Record From Beginning off: a negative rule matches after the transfer",
  proves: ["R14"],
  recorder: {
    recorder: { recordFromBeginning: false },
    rules: [
      { title: "Calls from outside", kind: "external-number", match: { numbers: ["*"] } },
      { title: "Not Carol", kind: "agent", record: false, match: { agents: ["2003"] } },
    ],
  },
  async story({ caller, agent, talk, supervisor }) {
    const outside = caller();
    const [alice, carol] = [agent("2001"), agent("2003")];
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 10, liveSeconds: 2 });
    await supervisor.sees(
      "it is recorded by the rule for outside calls",
      ({ record }) => record[0]?.reason === "Calls from outside",
    );
    await alice.transfersBlindTo("2003");
    await carol.answers();
    await talk({ seconds: 10, liveSeconds: 2 });
    await carol.isNoLongerRecorded();
    await supervisor.sees(
      "it must not be recorded",
      ({ record, dontRecord }) => record.length === 0 && dontRecord[0]?.reason === "Not Carol",
    );
    await carol.hangsUp();
  },
  expects: {
    recordings: [],
    discards: ["Not Carol"],
    calls: [{ wanted: false, rule: "Not Carol", ruleDecision: "negative" }],
  },
});
