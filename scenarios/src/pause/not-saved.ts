// Proves R21: a pause of which the live disk takes nothing for 10 s is in force and told to be
// unsaved: a kill takes it back, unless the disk has gone on before that.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "pause/not-saved",
  title: "Paused while the live disk hangs; it goes on before the second of two kills",
  proves: ["R21", "R4"],
  modes: ["virtual"],
  notElsewhere: "a real disk that hangs keeps a killed process from ending",
  async story({ caller, agent, supervisor, talk, recorder, world, until }) {
    const alice = agent("2001");
    await caller().calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 2 });
    world.freezesLiveDisk();
    // Its line waits behind a write that hangs, and is nowhere when the process dies.
    await talk({ seconds: 1 });
    const first = await supervisor.pauses(alice);
    await until(`told: ${first}`, () => first === "pause-not-saved");
    await talk({ seconds: 2 });
    await recorder.crashes("process");
    world.healsLiveDisk();
    await recorder.restarts();
    await supervisor.seesRecordedAgain(alice);
    await talk({ seconds: 3 });
    world.freezesLiveDisk();
    const second = await supervisor.pauses(alice);
    await until(`told: ${second}`, () => second === "pause-not-saved");
    world.healsLiveDisk();
    await talk({ seconds: 3 });
    await recorder.crashes("process");
    await recorder.restarts();
    await supervisor.seesPaused(alice);
    await talk({ seconds: 3 });
    await supervisor.resumes(alice);
    await talk({ seconds: 3 });
    await alice.hangsUp();
  },
  expects: {
    recordings: [{ outcome: "degraded", why: "restart", part: 1, recovered: true }],
    allowsLoss: true,
  },
});
