// Proves R4, R15: one dialog of the address lacks media, so the packets are its.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "media/other-port",
  title: "RTP comes from another port than the SDP names",
  proves: ["R4", "R15"],
  async story({ caller, agent, talk, oddities }) {
    oddities.sip.rtpFromOtherPort = true;
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 10, liveSeconds: 2 });
    await alice.hangsUp();
  },
  expects: { recordings: [{ part: 1 }] },
});
