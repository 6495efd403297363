// Proves R7, R10: a restart of the IP Office is survived: what was heard is kept, CallIDs of before
// lead to no wrong call, and the next call is recorded.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "pbx/node-restart",
  title: "The IP Office restarts in mid-call without a word, and numbers its calls anew",
  proves: ["R4", "R7", "R10"],
  async story({ caller, agent, talk, pbx, until }) {
    const outside = caller();
    const [alice, bob] = [agent("2001"), agent("2002")];
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 5, liveSeconds: 1 });
    await pbx.restartNode(2_000);
    await until("the link is back", () => pbx.streamingConnections() > 0, 60);
    // What is told within the first second of a link counts as going on from before.
    await talk({ seconds: 5, liveSeconds: 4 });
    await caller("+4930222").calls("2002");
    await bob.answers();
    await bob.isBeingRecorded();
    await talk({ seconds: 5, liveSeconds: 1 });
    await bob.hangsUp();
  },
  expects: {
    recordings: [
      { part: 1, extension: "2001", linkedTo: 0 },
      { outcome: "ok", part: 1, extension: "2002", linkedTo: 0 },
    ],
  },
});
