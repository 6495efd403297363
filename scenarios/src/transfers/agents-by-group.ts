// Proves R1, R22: who is an agent may be said by a hunt group's name.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "transfers/agents-by-group",
  title: "Agents are the members of Sales: the transfer to Dave of Support is not recorded",
  proves: ["R1", "R22"],
  recorder: { recorder: { agents: ["Sales"] } },
  async story({ caller, agent, talk }) {
    const outside = caller();
    const [alice, bob] = [agent("2001"), agent("2002")];
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 10, liveSeconds: 2 });
    await alice.transfersBlindTo("2004");
    const dave = agent("2004");
    await dave.answers();
    await alice.isNoLongerRecorded();
    await talk({ seconds: 10, liveSeconds: 2 });
    await bob.calls("2005");
    await agent("2005").answers();
    await bob.isBeingRecorded();
    await talk({ seconds: 10, liveSeconds: 2 });
    await bob.hangsUp();
    await outside.hangsUp();
  },
  expects: {
    recordings: [
      { outcome: "ok", part: 1, extension: "2001", linkedTo: 0 },
      { outcome: "ok", part: 1, extension: "2002", voices: ["2002", "2005"], linkedTo: 0 },
    ],
  },
});
