// Proves R3: copies of the INVITE are one call (RFC 3261 §17.2.1, RFC 6026).
import { scenario } from "../language/index.ts";

export default scenario({
  name: "sip/repeated-invite",
  title: "The INVITE arrives three times: one recording",
  proves: ["R3"],
  async story({ caller, agent, talk, oddities }) {
    oddities.sip.repeatInvite = 2;
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
