// Proves R4: after a restart a wall clock that was set back is no witness against the timestamps.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "clock/set-back-while-held",
  title: "The clock is set back while a call is held, and the recorder is killed before it goes on",
  proves: ["R4", "R6"],
  modes: ["virtual"],
  notElsewhere: "the machine's clock is not the testbed's to set",
  async story({ caller, agent, talk, recorder, world, oddities }) {
    oddities.sip.holdBy = "silence";
    const alice = agent("2001");
    await caller().calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 5 });
    await alice.holds();
    world.stepsClock(-3_600_000);
    await talk({ seconds: 1 });
    await recorder.crashes();
    await alice.retrieves();
    await recorder.restarts();
    await talk({ seconds: 5 });
    await alice.hangsUp();
  },
  expects: { recordings: [{ outcome: "degraded", why: "restart", part: 1, recovered: true }] },
});
