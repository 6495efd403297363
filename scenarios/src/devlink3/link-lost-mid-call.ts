// Proves R7, R10: the link may go and come; the recording goes on and keeps its facts.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "devlink3/link-lost-mid-call",
  title: "The DevLink3 link is reset in mid-call and comes back",
  proves: ["R7", "R10"],
  async story({ caller, agent, talk, pbx, until }) {
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 10, liveSeconds: 1 });
    pbx.resetConnections();
    await until("the link is back", () => pbx.streamingConnections() > 0);
    await talk({ seconds: 10, liveSeconds: 3 });
    await alice.hangsUp();
  },
  expects: { recordings: [{ outcome: "ok", part: 1, extension: "2001", rung: 1 }] },
});
