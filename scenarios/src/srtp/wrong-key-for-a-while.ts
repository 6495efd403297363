// Proves R4: what does not authenticate in mid-call is a gap of its length, and no more.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "srtp/wrong-key-for-a-while",
  title: "SRTP with a wrong key for some seconds, over the wrap of the sequence number",
  proves: ["R4"],
  site: { srtp: true },
  sipTls: true,
  async story({ caller, agent, talk, oddities }) {
    oddities.sip.firstSequence = 65_400;
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 2, liveSeconds: 1 });
    oddities.sip.srtpWrongKey = true;
    await talk({ seconds: 4, liveSeconds: 2 });
    oddities.sip.srtpWrongKey = false;
    await talk({ seconds: 8, liveSeconds: 2 });
    await alice.hangsUp();
  },
  expects: {
    recordings: [{ outcome: "degraded", why: "packets-lost", part: 1 }],
    allowsLoss: true,
  },
});
