// Proves R4, R8: an A-law site has its calls in the same µ-law files.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "sip/pcma-only",
  title: "The IP Office offers A-law only: it is transcoded, sample by sample",
  proves: ["R4", "R8"],
  async story({ caller, agent, talk, oddities }) {
    oddities.sip.codec = "PCMA";
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
