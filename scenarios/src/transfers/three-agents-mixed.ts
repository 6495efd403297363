// Proves R22, R7: supervised, then blind.
import { scenario } from "../language/index.ts";
import { threeParts, visitThreeAgents } from "../language/three-agents.ts";

const handovers = ["supervised", "blind"] as const;

export default scenario({
  name: "transfers/three-agents-mixed",
  title: "Alice asks Bob, Bob sends the caller on to Carol unasked",
  proves: ["R22", "R7"],
  story: (story) => visitThreeAgents(story, { handovers }),
  expects: threeParts(handovers, "ok"),
});
