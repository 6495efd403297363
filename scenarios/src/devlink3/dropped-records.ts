// Proves R7, R10: lost events are made up for by the snapshot of a new stream.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "devlink3/dropped-records",
  title: "Every ninth event is lost: the recorder notices the gap and asks anew",
  proves: ["R7", "R10"],
  async story({ caller, agent, talk, oddities }) {
    oddities.devlink3.dropEvents = 9;
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
