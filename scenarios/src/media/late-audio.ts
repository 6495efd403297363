// Proves R4: sample 0 is the first packet; the lead time stands in the journal.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "media/late-audio",
  title: "RTP begins 3 s after the answer",
  proves: ["R4", "R23"],
  async story({ caller, agent, talk, oddities }) {
    oddities.sip.rtpDelayMs = 3_000;
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 10, liveSeconds: 5 });
    await alice.hangsUp();
  },
  expects: { recordings: [{ part: 1 }] },
});
