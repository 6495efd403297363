// Proves R7: rung 3: SIPTrack names another SIP call, and the description of the leg is the right
// one.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "association/by-description",
  title: "SIPTrack is wrong: the call is associated by the description of its leg",
  proves: ["R7"],
  site: {
    record: "always",
    recorder: "sip:recorder@192.0.2.10:5060",
    devlink3: { recordingExtension: false },
  },
  modes: ["virtual"],
  notElsewhere: "the site must name the recorder's address; live/record-always has its own test",
  async story({ caller, agent, talk, oddities }) {
    oddities.devlink3.wrongSipTrackCallId = true;
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 10 });
    await alice.hangsUp();
  },
  expects: { recordings: [{ outcome: "ok", part: 1, extension: "2001", rung: 3 }] },
});
