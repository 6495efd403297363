// Proves R22, R7: the same when each asks the next one first; what they ask is a call of its own.
import { scenario } from "../language/index.ts";
import { threeParts, visitThreeAgents } from "../language/three-agents.ts";

const handovers = ["supervised", "supervised"] as const;

export default scenario({
  name: "transfers/three-agents-supervised",
  title:
    "Alice asks Bob, Bob asks Carol, before each takes the caller: three parts, two consultations",
  proves: ["R22", "R7"],
  story: (story) => visitThreeAgents(story, { handovers }),
  expects: threeParts(handovers, "ok"),
});
