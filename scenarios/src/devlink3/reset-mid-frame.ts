// Proves R10: half a frame is no frame; the new stream begins with whole ones.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "devlink3/reset-mid-frame",
  title: "The link breaks in the middle of a frame, while the call is answered",
  proves: ["R7", "R10"],
  async story({ caller, agent, talk, oddities, pbx, until }) {
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    oddities.devlink3.resetMidFrame = 1;
    await alice.answers();
    await until("the link is back", () => pbx.streamingConnections() > 0);
    await alice.isBeingRecorded();
    await talk({ seconds: 8, liveSeconds: 2 });
    await alice.hangsUp();
  },
  expects: { recordings: [{ part: 1, extension: "2001", rung: 1 }] },
});
