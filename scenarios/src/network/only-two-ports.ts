// Proves R9, R15: beside the link two ports are all that a locked-down network has to allow.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "network/only-two-ports",
  title: "A firewall denies everything but the link, the SIP port and the RTP port",
  proves: ["R9", "R15"],
  relay: true,
  async story({ caller, agent, talk, world }) {
    world.allowsOnly(["devlink3", "sip", "rtp"]);
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 30 });
    await alice.hangsUp();
  },
  expects: { recordings: [{ outcome: "ok", part: 1 }] },
});
