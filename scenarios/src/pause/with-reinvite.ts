// Proves R21: hold and retrieve by re-INVITE, with a new SSRC each time, end no pause.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "pause/with-reinvite",
  title: "A paused call is put on hold and taken back: it stays paused",
  proves: ["R21"],
  async story({ caller, agent, supervisor, talk, oddities }) {
    oddities.sip.changeSsrcEveryFrames = 150;
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 6, liveSeconds: 1 });
    await supervisor.pauses(alice);
    await talk({ seconds: 4, liveSeconds: 1 });
    await alice.holds();
    await talk({ seconds: 4, liveSeconds: 1 });
    await alice.retrieves();
    await talk({ seconds: 8, liveSeconds: 2 });
    await supervisor.resumes(alice);
    await talk({ seconds: 6, liveSeconds: 1 });
    await alice.hangsUp();
  },
  expects: { recordings: [{ part: 1, extension: "2001" }] },
});
