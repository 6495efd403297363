// Proves R14: the number outside and the direction: calls to a service are not recorded, all others
// that go out are.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "rules/outgoing-number",
  title: "Calls that go out are recorded, but for one number; those that come in are not",
  proves: ["R14"],
  recorder: {
    recorder: { recordFromBeginning: false },
    rules: [
      {
        title: "Outgoing",
        kind: "external-number",
        direction: "outbound",
        match: { numbers: ["*"] },
      },
      {
        title: "Not the doctor",
        kind: "external-number",
        record: false,
        match: { numbers: ["0308880?"] },
      },
    ],
  },
  async story({ caller, agent, talk, until, pbx, supervisor }) {
    const alice = agent("2001");
    const incoming = caller("+4930111111");
    for (const number of ["03077701", "03088801"]) {
      await alice.calls(`9${number}`);
      pbx.answer(number);
      await until(`${number} talks`, () => pbx.isTalking(number));
      if (number === "03077701") await alice.isBeingRecorded();
      await talk({ seconds: 5, liveSeconds: 1 });
      await alice.hangsUp();
    }
    await incoming.calls("2001");
    await alice.answers();
    await talk({ seconds: 5, liveSeconds: 1 });
    await alice.hangsUp();
    await supervisor.sees(
      "the doctor's call was refused, the incoming one met no rule",
      ({ dontRecord, other }) =>
        dontRecord[0]?.reason === "Not the doctor" && other[0]?.reason === "No rule matched",
    );
  },
  expects: {
    recordings: [{ outcome: "ok", extension: "2001", rule: "Outgoing" }],
    calls: [
      { wanted: true, rule: "Outgoing", ruleDecision: "positive" },
      { wanted: false, rule: "Not the doctor", ruleDecision: "negative" },
      { wanted: false, rule: null, ruleDecision: "none" },
    ],
  },
});
