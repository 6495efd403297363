// Proves R3: what the IP Office gave up is asked for again, and then recorded.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "sip/given-up-early",
  title: "An INVITE is given up after 300 ms, before the slow disk lets the recorder answer",
  proves: ["R3"],
  modes: ["virtual"],
  notElsewhere: "live the 200 comes within a millisecond",
  async story({ caller, agent, talk, oddities, world, pbx, until }) {
    world.slowsLiveDisk(2_000);
    oddities.sip.giveUpMs = 300;
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await until("the INVITE was given up", () =>
      pbx.truth.conversations.some(({ legs }) => legs.some(({ endedMs }) => endedMs !== null)),
    );
    world.heals();
    await talk({ seconds: 5 });
    await alice.hangsUp();
  },
  // The attempt that failed keeps its number.
  expects: { recordings: [{ outcome: "ok", part: 2 }] },
});
