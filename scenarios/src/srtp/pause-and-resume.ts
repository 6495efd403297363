// Proves R21: of a paused call nothing is kept, whatever key it has, over a hold with new keys too.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "srtp/pause-and-resume",
  title: "A call by SRTP is paused, put on hold, taken back with new keys, and resumed",
  proves: ["R21"],
  site: { srtp: true },
  sipTls: true,
  async story({ caller, agent, supervisor, talk, oddities }) {
    oddities.sip.srtpRekeyOnHold = true;
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 6, liveSeconds: 1 });
    await supervisor.pauses(alice);
    await talk({ seconds: 4, liveSeconds: 1 });
    await alice.holds();
    await talk({ seconds: 3, liveSeconds: 1 });
    await alice.retrieves();
    await talk({ seconds: 4, liveSeconds: 1 });
    await supervisor.resumes(alice);
    await talk({ seconds: 6, liveSeconds: 1 });
    await alice.hangsUp();
  },
  expects: { recordings: [{ outcome: "ok", part: 1, extension: "2001" }] },
});
