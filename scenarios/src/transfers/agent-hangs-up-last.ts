// Proves R22, R6: the part ends with its agent, not with the caller.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "transfers/agent-hangs-up-last",
  title:
    "In a conference the caller leaves first, and the agents talk on; the first agent hangs up last",
  proves: ["R22", "R6"],
  async story({ caller, agent, talk }) {
    const outside = caller();
    const [alice, bob] = [agent("2001"), agent("2002")];
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 10, liveSeconds: 2 });
    await alice.consults("2002");
    await bob.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 8, liveSeconds: 2 });
    await alice.confers();
    await alice.isBeingRecorded();
    await talk({ seconds: 10, liveSeconds: 2 });
    await outside.hangsUp();
    await talk({ seconds: 10, liveSeconds: 2 });
    await bob.hangsUp();
  },
  expects: {
    recordings: [
      { outcome: "ok", part: 1, extension: "2001", voices: ["+4930123456", "2001"], linkedTo: 0 },
      { part: 1, extension: "2001", linkedTo: 0 },
      {
        outcome: "ok",
        part: 2,
        extension: "2001",
        voices: ["+4930123456", "2001", "2002"],
        linkedTo: 1,
      },
    ],
  },
});
