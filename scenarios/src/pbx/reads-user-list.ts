// Proves R1: agents that the configuration names are found in the IP Office's user list.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "pbx/reads-user-list",
  title: "Agents are configured by name: their extensions come from the IP Office's user list",
  proves: ["R1"],
  fieldFault: "absent-by-rule",
  recorder: { recorder: { agents: ["Alice"] } },
  async story({ caller, agent, talk }) {
    const [alice, bob] = [agent("2001"), agent("2002")];
    await caller("+4930111").calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await caller("+4930222").calls("2002");
    await bob.answers();
    await talk({ seconds: 5, liveSeconds: 2 });
    await bob.hangsUp();
    await alice.hangsUp();
  },
  expects: { recordings: [{ outcome: "ok", part: 1, extension: "2001" }] },
});
