// Proves R1: who picks the call up is its agent, not who was called.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "pickup/picked-up",
  title: "Alice rings, Bob picks the call up at his own phone",
  proves: ["R1"],
  async story({ caller, agent, talk }) {
    const outside = caller();
    const bob = agent("2002");
    await outside.calls("2001");
    await bob.picksUp("2001");
    await bob.isBeingRecorded();
    await talk({ seconds: 10, liveSeconds: 2 });
    await outside.hangsUp();
  },
  expects: {
    recordings: [{ outcome: "ok", part: 1, extension: "2002", voices: ["+4930123456", "2002"] }],
  },
});
