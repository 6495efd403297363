// Proves R4: comfort noise is never written as audio; the timeline keeps its length (RFC 3389).
import { scenario } from "../language/index.ts";

export default scenario({
  name: "media/comfort-noise",
  title: "In the pauses of speech only comfort noise is sent",
  proves: ["R4"],
  async story({ caller, agent, talk, oddities }) {
    oddities.sip.comfortNoise = true;
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 30, liveSeconds: 6 });
    await alice.hangsUp();
  },
  expects: { recordings: [{ part: 1 }] },
});
