// Proves R7, R10: records out of order harm nothing.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "devlink3/swapped-records",
  title: "Every fifth event arrives after the one that follows it",
  proves: ["R7", "R10"],
  async story({ caller, agent, talk, oddities }) {
    oddities.devlink3.swapEvents = 5;
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 20, liveSeconds: 4 });
    await alice.hangsUp();
  },
  expects: { recordings: [{ part: 1 }] },
});
