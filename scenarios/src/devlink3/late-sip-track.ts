// Proves R7: SIPTrack may come before or after the INVITE.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "devlink3/late-sip-track",
  title: "SIPTrack comes 2 s after the INVITE",
  proves: ["R7"],
  async story({ caller, agent, talk, oddities }) {
    oddities.devlink3.delaySipTrackMs = 2_000;
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
