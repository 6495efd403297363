// Proves R3, R23: a 200 that comes too late finds that nobody waits any more (RFC 3261 §15).
import { scenario } from "../language/index.ts";

export default scenario({
  name: "sip/given-up",
  title: "The way is so slow that the IP Office gives its INVITE up after 4 s",
  proves: ["R3", "R23"],
  modes: ["virtual"],
  notElsewhere: "the loopback network has no delay",
  async story({ caller, agent, talk, world, pbx, until }) {
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    world.loses({ delayMs: [2_500, 2_600] });
    await alice.answers();
    await until("the INVITE was given up", () =>
      pbx.truth.conversations.some(({ legs }) => legs.some(({ endedMs }) => endedMs !== null)),
    );
    await talk({ seconds: 10 });
    world.heals();
    await alice.hangsUp();
  },
  expects: {
    recordings: [
      { outcome: "failed", why: "no-media", part: 1 },
      { outcome: "failed", why: "no-media", part: 2 },
    ],
    failedParts: ["cancelled"],
  },
});
