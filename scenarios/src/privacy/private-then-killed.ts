// Proves R6, R22: a call that was private at first has a part 1 without recording. It stands in
// the journal of part 2, so that a killed recorder's successor still tells of both.
import { scenario } from "../language/index.ts";

const CALLER = "+4930123456";

export default scenario({
  name: "privacy/private-then-killed",
  title: "The recorder is killed in a call that was private when it was answered",
  proves: ["R6", "R22"],
  async story({ caller, agent, talk, recorder }) {
    const outside = caller(CALLER);
    const alice = agent("2001");
    await alice.isPrivate(true);
    await outside.calls("2001");
    await alice.answers();
    await talk({ seconds: 5, liveSeconds: 1 });
    await alice.isPrivate(false);
    await alice.isBeingRecorded();
    await talk({ seconds: 10, liveSeconds: 2 });
    await recorder.crashes();
    await talk({ seconds: 3, liveSeconds: 1 });
    await recorder.restarts();
    await talk({ seconds: 10, liveSeconds: 3 });
    await outside.hangsUp();
  },
  expects: {
    recordings: [{ outcome: "degraded", why: "restart", part: 2, recovered: true }],
    failedParts: ["privacy"],
    allowsLoss: true,
  },
});
