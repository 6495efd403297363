// Proves R3: CANCEL races the 200; whoever wins, nothing is left over (RFC 3261 §9.2).
import { scenario } from "../language/index.ts";

export default scenario({
  name: "sip/cancel-before-answer",
  title: "The IP Office cancels its INVITE before the recorder has answered",
  proves: ["R3"],
  modes: ["virtual"],
  notElsewhere: "live the 200 comes within a millisecond: the CANCEL would always be late",
  async story({ caller, agent, talk, oddities, world, pbx, until }) {
    world.slowsLiveDisk(300);
    oddities.sip.cancelAfterMs = 50;
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await until("the INVITE has ended", () =>
      pbx.truth.conversations.some(({ legs }) => legs.some(({ endedMs }) => endedMs !== null)),
    );
    await talk({ seconds: 5 });
    await alice.hangsUp();
  },
  expects: { recordings: [], failedParts: ["cancelled"] },
});
