// Proves R10: a read may hold several frames.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "devlink3/joined-frames",
  title: "Three frames arrive in one write",
  proves: ["R10"],
  async story({ caller, agent, talk, oddities }) {
    oddities.devlink3.joinFrames = 3;
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 8, liveSeconds: 2 });
    await alice.hangsUp();
  },
  expects: { recordings: [{ outcome: "ok", part: 1, extension: "2001", rung: 1 }] },
});
