// Proves R4: a new SSRC goes on in the same file.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "media/ssrc-changes",
  title: "The SSRC changes every two seconds: one file, nothing missing",
  proves: ["R4"],
  async story({ caller, agent, talk, oddities }) {
    oddities.sip.changeSsrcEveryFrames = 100;
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 15, liveSeconds: 5 });
    await alice.hangsUp();
  },
  expects: { recordings: [{ part: 1 }] },
});
