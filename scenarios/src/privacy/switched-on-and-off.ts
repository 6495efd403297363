// Proves R1, R22: a call that becomes private is stopped at once; when it is no longer private, the
// next part begins.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "privacy/switched-on-and-off",
  title: "Alice switches Private Call on and off again in mid-call",
  proves: ["R1", "R22"],
  async story({ caller, agent, talk }) {
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 10, liveSeconds: 2 });
    await alice.isPrivate(true);
    await alice.isNoLongerRecorded();
    await talk({ seconds: 10, liveSeconds: 2 });
    await alice.isPrivate(false);
    await alice.isBeingRecorded();
    await talk({ seconds: 10, liveSeconds: 2 });
    await outside.hangsUp();
  },
  expects: {
    recordings: [{ outcome: "ok", part: 2, extension: "2001", voices: ["+4930123456", "2001"] }],
    failedParts: ["privacy"],
  },
});
