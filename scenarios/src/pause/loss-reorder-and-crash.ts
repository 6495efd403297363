// Proves R21: no paused frame gets through where packets are lost, late, doubled and out of order,
// and the recorder is killed in the middle of it. For many seeds.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "pause/loss-reorder-and-crash",
  title: "Pauses on a bad network, with a listener, and the recorder killed twice",
  proves: ["R21"],
  modes: ["virtual"],
  notElsewhere: "loss and delay at will",
  async story({ caller, agent, supervisor, world, talk, recorder }) {
    world.loses({
      loss: { enter: 0.01, leave: 0.3, lossInBad: 0.5 },
      delayMs: [5, 120],
      reorderRatio: 0.1,
      duplicateRatio: 0.02,
    });
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 6, liveSeconds: 1 });
    await supervisor.listensTo(alice);
    for (const seconds of [0.3, 2, 0.05]) {
      await supervisor.pauses(alice);
      await talk({ seconds });
      await supervisor.resumes(alice);
      await talk({ seconds: 1.1 });
    }
    await supervisor.pauses(alice);
    await talk({ seconds: 1.3 });
    await recorder.crashes("process");
    await talk({ seconds: 1 });
    await recorder.restarts();
    await talk({ seconds: 3 });
    await supervisor.seesPaused(alice);
    await supervisor.resumes(alice);
    await talk({ seconds: 2 });
    await supervisor.pauses(alice);
    await talk({ seconds: 2 });
    await recorder.crashes("process");
    await recorder.restarts();
    await talk({ seconds: 2 });
    await alice.hangsUp();
  },
  expects: { recordings: [{ outcome: "degraded", part: 1, recovered: true }], allowsLoss: true },
});
