// Proves R22, R4: loss and reorder change no voice and no part.
import { scenario } from "../language/index.ts";
import { threeParts, visitThreeAgents } from "../language/three-agents.ts";

const handovers = ["blind", "blind"] as const;

export default scenario({
  name: "transfers/three-agents-with-loss",
  title: "Three agents, and a network that loses, reorders and doubles packets",
  proves: ["R22", "R4"],
  relay: true,
  story: (story) =>
    visitThreeAgents(story, {
      handovers,
      meanwhile: (agent, { world }) => {
        if (agent === 0)
          world.loses({
            loss: { enter: 0.02, leave: 0.3, lossInBad: 0.7 },
            reorderRatio: 0.05,
            duplicateRatio: 0.02,
          });
        return Promise.resolve();
      },
    }),
  expects: { ...threeParts(handovers), allowsLoss: true },
});
