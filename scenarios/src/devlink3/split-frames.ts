// Proves R10: DevLink3 frames come in any pieces.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "devlink3/split-frames",
  title: "Every DevLink3 frame arrives byte by byte",
  proves: ["R10"],
  async story({ caller, agent, talk, oddities }) {
    oddities.devlink3.splitFrames = 1;
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 5, liveSeconds: 1 });
    await alice.hangsUp();
  },
  expects: { recordings: [{ outcome: "ok", part: 1, rung: 1 }] },
});
