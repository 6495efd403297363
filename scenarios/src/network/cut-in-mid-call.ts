// Proves R4, R10: what was not heard is fill, and the call goes on in its file.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "network/cut-in-mid-call",
  title: "The network is cut for 5 s in mid-call",
  proves: ["R4", "R10"],
  relay: true,
  async story({ caller, agent, talk, world }) {
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 5 });
    world.separates(true);
    await talk({ seconds: 5 });
    world.separates(false);
    await talk({ seconds: 10 });
    await alice.hangsUp();
  },
  expects: { recordings: [{ outcome: "degraded", part: 1 }], allowsLoss: true },
});
