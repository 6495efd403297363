// Proves R14: a group's calls by the event in which its agent talks; a direct call of the same
// agent is none of the group's.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "rules/group-and-event",
  title: "Calls of the group Sales are recorded when an agent talks; direct calls are not",
  proves: ["R14"],
  site: {
    groups: [{ number: "300", name: "Team", members: ["2001", "2002"], ring: "collective" }],
  },
  recorder: {
    recorder: { recordFromBeginning: false },
    rules: [
      {
        title: "Team, answered by Bob",
        kind: "call-event",
        direction: "inbound",
        match: { event: "talking", groups: ["300"], agents: ["2002"] },
      },
    ],
  },
  async story({ caller, agent, talk, supervisor }) {
    const outside = caller();
    const [alice, bob] = [agent("2001"), agent("2002")];
    await outside.calls("300");
    await alice.answers();
    await talk({ seconds: 5, liveSeconds: 1 });
    await alice.hangsUp();
    await outside.calls("300");
    await bob.answers();
    await bob.isBeingRecorded();
    await talk({ seconds: 5, liveSeconds: 1 });
    await supervisor.sees(
      "the team's call is recorded",
      ({ record, other }) =>
        record[0]?.reason === "Team, answered by Bob" && other[0]?.reason === "No rule matched",
    );
    await bob.hangsUp();
  },
  expects: {
    recordings: [{ outcome: "ok", extension: "2002", rule: "Team, answered by Bob" }],
    calls: [
      { wanted: false, ruleDecision: "none" },
      { wanted: true, rule: "Team, answered by Bob" },
    ],
  },
});
