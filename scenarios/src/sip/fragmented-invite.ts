// Proves R2, R3: an INVITE longer than the network's 1,500 bytes is answered.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "sip/fragmented-invite",
  title: "The INVITE has 6,000 bytes: IP fragments on UDP",
  proves: ["R2", "R3"],
  fieldFault: "fragmented-invite",
  async story({ caller, agent, talk, oddities }) {
    oddities.sip.invitePadBytes = 6_000;
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 5, liveSeconds: 1 });
    await alice.hangsUp();
  },
  expects: { recordings: [{ outcome: "ok", part: 1 }] },
});
