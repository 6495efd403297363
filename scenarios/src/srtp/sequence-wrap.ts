// Proves R4: the roll-over counter of SRTP goes on where the sequence number wraps, with packets
// that overtake each other at the very place (RFC 3711 §3.3.1).
import { scenario } from "../language/index.ts";

export default scenario({
  name: "srtp/sequence-wrap",
  title: "SRTP over the wrap of the sequence number, in disorder and twice each",
  proves: ["R4"],
  site: { srtp: true },
  sipTls: true,
  async story({ caller, agent, talk, oddities }) {
    oddities.sip.firstSequence = 65_500;
    oddities.sip.reorderRatio = 0.3;
    oddities.sip.duplicateRtp = true;
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 10, liveSeconds: 3 });
    await alice.hangsUp();
  },
  expects: { recordings: [{ outcome: "ok", part: 1 }] },
});
