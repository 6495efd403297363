// Proves R3: an INVITE without offer is answered with one (RFC 3261 §13.2.1).
import { scenario } from "../language/index.ts";

export default scenario({
  name: "sip/offerless-invite",
  title: "The INVITE has no SDP: the recorder offers, the IP Office answers in the ACK",
  proves: ["R3", "R4"],
  async story({ caller, agent, talk, oddities }) {
    oddities.sip.offerless = true;
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 10, liveSeconds: 2 });
    await alice.hangsUp();
  },
  expects: { recordings: [{ outcome: "ok", part: 1 }] },
});
