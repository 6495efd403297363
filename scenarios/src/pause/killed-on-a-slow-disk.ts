// Proves R21, R4: a pause that was answered is in force after a kill, also when the live disk is
// slow; while the disk takes nothing, nobody is told that a pause is safe.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "pause/killed-on-a-slow-disk",
  title:
    "The recorder is killed during a pause, with a live disk that hangs, then one that is slow",
  proves: ["R21", "R4"],
  modes: ["virtual"],
  notElsewhere: "a live disk that is as slow as wanted",
  async story({ caller, agent, supervisor, talk, recorder, world }) {
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 4 });
    world.freezesLiveDisk();
    await talk({ seconds: 1 });
    // Its line waits behind a write that hangs. Killed before the disk takes it: no answer comes.
    void supervisor.pauses(alice);
    await talk({ seconds: 4 });
    await recorder.crashes("process");
    world.healsLiveDisk();
    await recorder.restarts();
    await talk({ seconds: 2 });
    world.slowsLiveDisk(400);
    await supervisor.pauses(alice);
    await recorder.crashes("process");
    await recorder.restarts();
    await talk({ seconds: 4 });
    await supervisor.seesPaused(alice);
    await supervisor.resumes(alice);
    await talk({ seconds: 3 });
    world.healsLiveDisk();
    await alice.hangsUp();
  },
  expects: {
    recordings: [{ outcome: "degraded", why: "restart", part: 1, recovered: true }],
    allowsLoss: true,
  },
});
