// Proves R22, R7, R10: the same with consultations.
import { scenario } from "../language/index.ts";
import { threeParts, visitThreeAgents } from "../language/three-agents.ts";

const handovers = ["supervised", "supervised"] as const;

export default scenario({
  name: "transfers/three-agents-supervised-with-reconnect",
  title: "Three agents who ask first, and the DevLink3 link is lost while the second one talks",
  proves: ["R22", "R7", "R10"],
  story: (story) =>
    visitThreeAgents(story, {
      handovers,
      meanwhile: async (agent, { pbx, until }) => {
        if (agent !== 1) return;
        pbx.resetConnections();
        await until("the link is back", () => pbx.streamingConnections() > 0);
      },
    }),
  expects: threeParts(handovers, "ok"),
});
