// Proves R22, R7, R10: loss and a link that is lost with each agent change no voice and no part.
import { scenario } from "../language/index.ts";
import { threeParts, visitThreeAgents } from "../language/three-agents.ts";

const handovers = ["supervised", "blind"] as const;

export default scenario({
  name: "transfers/three-agents-in-bad-weather",
  title: "Three agents, packets are lost, and the DevLink3 link is lost while each of them talks",
  proves: ["R22", "R7", "R10"],
  relay: true,
  story: (story) =>
    visitThreeAgents(story, {
      handovers,
      meanwhile: async (_agent, { world, oddities, pbx, until }) => {
        oddities.sip.lossRatio = 0.05;
        oddities.sip.reorderRatio = 0.1;
        world.cutsStreams({ chunkBytes: 7 });
        pbx.resetConnections();
        await until("the link is back", () => pbx.streamingConnections() > 0);
      },
    }),
  expects: { ...threeParts(handovers), allowsLoss: true },
});
