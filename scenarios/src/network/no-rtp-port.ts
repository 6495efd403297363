// Proves R23: a closed RTP port is told as what it is, while SIP works.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "network/no-rtp-port",
  title: "The firewall forgets the Active Recording RTP Port",
  proves: ["R23", "R9"],
  fieldFault: "recorder-unreachable",
  relay: true,
  async story({ caller, agent, talk, world }) {
    world.allowsOnly(["devlink3", "sip"]);
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 10 });
    await alice.hangsUp();
  },
  expects: { recordings: [{ outcome: "failed", why: "no-media", part: 1 }] },
});
