// Proves R4: after a crash the call goes on in the same file; the gap is in the journal.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "storage/crash-while-recording",
  title: "The recorder is killed in mid-call and started again",
  proves: ["R4", "R6"],
  smoke: true,
  async story({ caller, agent, talk, recorder }) {
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 10, liveSeconds: 2 });
    await recorder.crashes();
    await talk({ seconds: 3, liveSeconds: 1 });
    await recorder.restarts();
    await talk({ seconds: 10, liveSeconds: 3 });
    await alice.hangsUp();
  },
  expects: {
    recordings: [{ outcome: "degraded", why: "restart", part: 1, recovered: true }],
    allowsLoss: true,
  },
});
