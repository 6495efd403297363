// Proves R13: with Record From Beginning a call that meets no rule leaves a row and no file, and
// one that meets a negative rule as well.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "rules/no-match-discarded",
  title: "Record From Beginning on: no rule matches, or a negative one does: discarded at the end",
  proves: ["R13"],
  recorder: {
    rules: [
      { title: "Sales", kind: "group", match: { groups: ["300"] } },
      {
        title: "Not the works council",
        kind: "external-number",
        record: false,
        match: { numbers: ["*4930999999"] },
      },
    ],
  },
  async story({ caller, agent, talk, supervisor }) {
    const [one, council] = [caller("+4930111111"), caller("+4930999999")];
    const alice = agent("2001");
    for (const outside of [one, council]) {
      await outside.calls(outside === one ? "2001" : "300");
      await alice.answers();
      await alice.isBeingRecorded();
      await talk({ seconds: 10, liveSeconds: 2 });
      if (outside === council) {
        await supervisor.sees(
          "it will be discarded",
          ({ record }) => record[0]?.reason === "Will be discarded: Not the works council",
        );
      }
      await alice.hangsUp();
    }
    await supervisor.sees(
      "one call met no rule, the other the negative one",
      ({ record, other, dontRecord }) =>
        record.length === 0 &&
        other.length === 1 &&
        dontRecord[0]?.reason === "Not the works council",
    );
  },
  expects: {
    recordings: [],
    discards: [null, "Not the works council"],
    calls: [
      { wanted: false, rule: null, ruleDecision: "none" },
      { wanted: false, rule: "Not the works council", ruleDecision: "negative" },
    ],
  },
});
