// Proves R4, R15: packets that somebody sends again later, and strangers, change nothing
// (RFC 3711 §3.3.2).
import { scenario } from "../language/index.ts";

export default scenario({
  name: "srtp/replays",
  title: "SRTP packets are sent once more 2 s later, and a stranger sends plain RTP",
  proves: ["R4", "R15"],
  site: { srtp: true },
  sipTls: true,
  async story({ caller, agent, talk, oddities }) {
    oddities.sip.srtpReplays = 5;
    oddities.sip.strayPacketsPerSecond = 20;
    oddities.sip.firstSequence = 65_450;
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 10, liveSeconds: 4 });
    await alice.holds();
    await talk({ seconds: 4, liveSeconds: 3 });
    await alice.retrieves();
    await talk({ seconds: 5, liveSeconds: 1 });
    await alice.hangsUp();
  },
  expects: { recordings: [{ outcome: "ok", part: 1 }] },
});
