// Proves R23, R9: a SIP call without RTP is told as what it is.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "network/no-audio",
  title: "SIP works, but no RTP arrives",
  proves: ["R9", "R23"],
  fieldFault: "recorder-unreachable",
  async story({ caller, agent, talk, oddities }) {
    oddities.sip.noAudio = true;
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 10, liveSeconds: 3 });
    await alice.hangsUp();
  },
  expects: { recordings: [{ outcome: "failed", why: "no-media", part: 1 }] },
});
