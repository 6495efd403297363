// Proves R4: however a hold is signalled, it is one file with the hold as fill.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "hold/every-way",
  title: "A hold by sendonly, by inactive, by c=0.0.0.0, or only by silence",
  proves: ["R4", "R22"],
  matrix: { by: ["sendonly", "inactive", "zero-address", "silence"] },
  async story({ caller, agent, talk, oddities }, { by }) {
    oddities.sip.holdBy = by;
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 5, liveSeconds: 1 });
    await alice.holds();
    await talk({ seconds: 15, liveSeconds: 1 });
    await alice.retrieves();
    await talk({ seconds: 5, liveSeconds: 1 });
    await alice.hangsUp();
  },
  expects: { recordings: [{ outcome: "ok", part: 1, voices: ["+4930123456", "2001"] }] },
});
