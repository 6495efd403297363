// Proves R14: the negative match comes while the part goes on: it is stopped at once, its audio is
// gone.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "rules/stopped-in-mid-part",
  title: "Record From Beginning off: a hold of ten seconds meets a negative rule",
  proves: ["R14"],
  recorder: {
    recorder: { recordFromBeginning: false },
    rules: [
      { title: "Everything", kind: "advanced-event", match: { events: ["talking"] } },
      {
        title: "Not what was held",
        kind: "advanced-event",
        record: false,
        match: { events: ["held"], atLeastSeconds: 2 },
      },
    ],
  },
  async story({ caller, agent, talk, supervisor }) {
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 10, liveSeconds: 2 });
    await alice.holds();
    await alice.isNoLongerRecorded();
    await supervisor.sees(
      "it must not be recorded",
      ({ record, dontRecord }) =>
        record.length === 0 && dontRecord[0]?.reason === "Not what was held",
    );
    await alice.retrieves();
    await talk({ seconds: 5, liveSeconds: 1 });
    await alice.hangsUp();
  },
  expects: {
    recordings: [],
    discards: ["Not what was held"],
    calls: [{ wanted: false, rule: "Not what was held", ruleDecision: "negative" }],
  },
});
