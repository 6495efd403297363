// Proves R21, R4: what was paused when the recorder was killed is paused when it is back, in the
// same file.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "pause/with-crash",
  title: "The recorder is killed during a pause and started again",
  proves: ["R21", "R4"],
  async story({ caller, agent, supervisor, talk, recorder }) {
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 6, liveSeconds: 1 });
    await supervisor.pauses(alice);
    await talk({ seconds: 4, liveSeconds: 1 });
    await recorder.crashes();
    await talk({ seconds: 2, liveSeconds: 1 });
    await recorder.restarts();
    await talk({ seconds: 6, liveSeconds: 2 });
    await supervisor.seesPaused(alice);
    await supervisor.resumes(alice);
    await talk({ seconds: 6, liveSeconds: 2 });
    await alice.hangsUp();
  },
  expects: {
    recordings: [{ outcome: "degraded", why: "restart", part: 1, recovered: true }],
    allowsLoss: true,
  },
});
