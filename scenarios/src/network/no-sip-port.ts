// Proves R23: a closed SIP port is told as what it is.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "network/no-sip-port",
  title: "The firewall forgets the SIP Message Port",
  proves: ["R23", "R2"],
  fieldFault: "recorder-unreachable",
  relay: true,
  async story({ caller, agent, talk, world }) {
    world.allowsOnly(["devlink3", "rtp"]);
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await talk({ seconds: 25 });
    await alice.hangsUp();
  },
  expects: { recordings: [], failedParts: ["no-invite"] },
});
