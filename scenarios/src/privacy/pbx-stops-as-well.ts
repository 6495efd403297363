// Proves R1, R22: the PBX may stop the recording of a private call by itself.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "privacy/pbx-stops-as-well",
  title:
    "Alice switches Private Call on, and the IP Office stops the recording before the recorder can",
  proves: ["R1", "R22"],
  site: { privateCall: "stop" },
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
    await outside.hangsUp();
  },
  expects: {
    recordings: [],
    failedParts: ["privacy"],
  },
});
