// Proves R22, R7, R10: the DevLink3 link may go in the middle; number and callKey stay.
import { scenario } from "../language/index.ts";
import { threeParts, visitThreeAgents } from "../language/three-agents.ts";

const handovers = ["blind", "blind"] as const;

export default scenario({
  name: "transfers/three-agents-with-reconnect",
  title: "Three agents, and the DevLink3 link is lost while the second one talks",
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
