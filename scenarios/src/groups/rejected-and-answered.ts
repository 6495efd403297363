// Proves R1: who rejects is not recorded, who answers is.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "groups/rejected-and-answered",
  title: "Three phones of Sales ring, Alice rejects, Bob answers",
  proves: ["R1"],
  async story({ caller, agent, talk }) {
    const outside = caller();
    const [alice, bob] = [agent("2001"), agent("2002")];
    await outside.calls("300");
    await alice.rejects();
    await bob.answers();
    await bob.isBeingRecorded();
    await talk({ seconds: 10, liveSeconds: 2 });
    await bob.hangsUp();
  },
  expects: {
    recordings: [{ outcome: "ok", part: 1, extension: "2002", voices: ["+4930123456", "2002"] }],
  },
});
