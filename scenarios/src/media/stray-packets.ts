// Proves R15: packets that belong to no call never reach a recording.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "media/stray-packets",
  title: "A stranger sends RTP to the recorder's port all the time",
  proves: ["R15", "R4"],
  fieldFault: "wrong-source-locked",
  async story({ caller, agent, talk, oddities }) {
    oddities.sip.strayPacketsPerSecond = 50;
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
