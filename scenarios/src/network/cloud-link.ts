// Proves R13: on a poor link the recording tells what it lacks, and keeps its length.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "network/cloud-link",
  title: "A cloud link loses and delays, and everything is recorded",
  proves: ["R13"],
  fieldFault: "bandwidth-short",
  relay: true,
  async story({ caller, agent, talk, world }) {
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    // From here on: an INVITE that stays away for 4 s is a story of its own (sip/given-up).
    world.loses({
      loss: { enter: 0.02, leave: 0.4, lossInBad: 0.9 },
      delayMs: [20, 60],
      reorderRatio: 0.02,
    });
    await talk({ seconds: 30 });
    await alice.hangsUp();
  },
  expects: { recordings: [{ part: 1 }], allowsLoss: true },
});
