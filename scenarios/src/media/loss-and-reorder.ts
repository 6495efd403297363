// Proves R4: lost packets are filled, reordered ones put right; the length stays.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "media/loss-and-reorder",
  title: "Packets are lost and overtake each other on the way",
  proves: ["R4"],
  async story({ caller, agent, talk, oddities }) {
    oddities.sip.lossRatio = 0.05;
    oddities.sip.reorderRatio = 0.1;
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 30, liveSeconds: 4 });
    await alice.hangsUp();
  },
  expects: {
    recordings: [{ outcome: "degraded", why: "packets-lost", part: 1 }],
    allowsLoss: true,
  },
});
