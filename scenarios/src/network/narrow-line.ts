// Proves R13, R4, R10: a line that is narrow, uneven, doubles and changes packets, and a link that
// crawls: what arrives whole stands in the recording, the rest is fill of the same length.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "network/narrow-line",
  title: "A line of 120 kbit/s with jitter, doubled and changed packets, and a slow DevLink3 link",
  proves: ["R13", "R4", "R10"],
  fieldFault: "bandwidth-short",
  relay: true,
  async story({ caller, agent, talk, world }) {
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    world.loses({
      rateBitsPerSecond: 120_000,
      delayMs: [10, 30],
      jitterMs: 8,
      duplicateRatio: 0.02,
      corruptRatio: 0.01,
    });
    world.cutsStreams({ chunkBytes: 40, delayMs: [20, 80] });
    await talk({ seconds: 30, liveSeconds: 4 });
    await alice.hangsUp();
  },
  expects: { recordings: [{ part: 1 }], allowsLoss: true },
});
