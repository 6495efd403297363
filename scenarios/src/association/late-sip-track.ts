// Proves R7: SIPTrack may come long after the INVITE: the recording is associated while it runs.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "association/late-sip-track",
  title: "SIPTrack comes 4 s after the INVITE",
  proves: ["R7"],
  site: {
    record: "always",
    recorder: "sip:recorder@192.0.2.10:5060",
    devlink3: { recordingExtension: false },
  },
  modes: ["virtual"],
  notElsewhere: "the site must name the recorder's address; live/record-always has its own test",
  async story({ caller, agent, talk, oddities }) {
    oddities.devlink3.delaySipTrackMs = 4000;
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 10 });
    await alice.hangsUp();
  },
  expects: { recordings: [{ outcome: "ok", part: 1, extension: "2001" }] },
});
