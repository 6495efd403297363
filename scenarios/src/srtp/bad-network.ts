// Proves R4: packets that are lost, late, doubled, swapped or changed on the way: what is changed
// is dropped, being no packet of the call's any more, and its place is fill.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "srtp/bad-network",
  title: "SRTP over a bad network: lost, late, doubled, swapped and changed packets",
  proves: ["R4"],
  modes: ["virtual"],
  notElsewhere: "the relay of live runs does not pass SIP over TLS on",
  site: { srtp: true },
  sipTls: true,
  async story({ caller, agent, talk, oddities, world }) {
    oddities.sip.changeSsrcEveryFrames = 400;
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    world.loses({
      loss: { enter: 0.03, leave: 0.5, lossInBad: 0.7 },
      delayMs: [5, 60],
      duplicateRatio: 0.05,
      corruptRatio: 0.05,
    });
    await talk({ seconds: 60 });
    world.heals();
    await alice.hangsUp();
  },
  expects: {
    recordings: [{ outcome: "degraded", why: "packets-lost", part: 1 }],
    allowsLoss: true,
  },
});
