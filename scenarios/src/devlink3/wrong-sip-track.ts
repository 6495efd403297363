// Proves R7: a wrong SIPTrack does not lead to a wrong call.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "devlink3/wrong-sip-track",
  title: "SIPTrack names a SIP Call-ID that no dialog has",
  proves: ["R7"],
  async story({ caller, agent, talk, oddities }) {
    oddities.devlink3.wrongSipTrackCallId = true;
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 8, liveSeconds: 2 });
    await alice.hangsUp();
  },
  expects: { recordings: [{ outcome: "ok", part: 1, extension: "2001", rung: 1 }] },
});
