// Proves R3: a display name is no obstacle (RFC 3261 §25.1).
import { scenario } from "../language/index.ts";

export default scenario({
  name: "sip/display-name",
  title: "From and Contact carry a display name with commas, quotes and brackets",
  proves: ["R3"],
  async story({ caller, agent, talk, oddities }) {
    oddities.sip.displayName = 'O"Hara, <Alice> \\ Söhne; tag=no';
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 5, liveSeconds: 1 });
    await alice.hangsUp();
  },
  expects: { recordings: [{ outcome: "ok", part: 1 }] },
});
