// Proves R4: a new SSRC after a hold goes on in the same file.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "media/ssrc-changes-on-hold",
  title: "The SSRC changes with each hold: one file",
  proves: ["R4", "R22"],
  fieldFault: "ssrc-changes-on-hold",
  async story({ caller, agent, talk, oddities }) {
    oddities.sip.changeSsrcOnHold = true;
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 5, liveSeconds: 1 });
    await alice.holds();
    await talk({ seconds: 4, liveSeconds: 1 });
    await alice.retrieves();
    await talk({ seconds: 5, liveSeconds: 1 });
    await alice.hangsUp();
  },
  expects: { recordings: [{ part: 1 }] },
});
