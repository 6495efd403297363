// Proves R3: an offer without G.711 is refused with 488, and it is told why there is no recording.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "sip/no-common-codec",
  title: "The IP Office offers G.722 and G.729 only: refused, and told",
  proves: ["R3"],
  async story({ caller, agent, talk, oddities }) {
    oddities.sip.otherCodecs = "only";
    const outside = caller();
    const alice = agent("Alice");
    await outside.calls("Alice");
    await alice.answers();
    await talk({ seconds: 8, liveSeconds: 2 });
    await outside.hangsUp();
  },
  expects: { recordings: [], failedParts: ["sip-refused"] },
});
