// Proves R3, R8: of what the IP Office offers the recorder takes G.711 and refuses the rest.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "sip/other-codecs",
  title: "G.722 and G.729 are offered first, then both laws of G.711: G.711 is taken",
  proves: ["R3", "R8"],
  matrix: { law: ["PCMU", "PCMA"] },
  async story({ caller, agent, talk, oddities }, { law }) {
    oddities.sip.otherCodecs = "before";
    oddities.sip.codec = law;
    const outside = caller();
    const alice = agent("Alice");
    await outside.calls("Alice");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 8, liveSeconds: 2 });
    await outside.hangsUp();
  },
  expects: {
    recordings: [{ outcome: "ok", part: 1, extension: "2001", voices: ["+4930123456", "2001"] }],
  },
});
