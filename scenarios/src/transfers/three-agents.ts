// Proves R22, R1, R7, R8: a call that visits three agents gives three numbered, linked parts.
import { scenario } from "../language/index.ts";
import { threeParts, visitThreeAgents } from "../language/three-agents.ts";

const handovers = ["blind", "blind"] as const;

export default scenario({
  name: "transfers/three-agents",
  title: "The caller is sent from Alice to Bob to Carol: three parts, each with the right voices",
  proves: ["R22", "R1", "R7", "R8"],
  fieldFault: "split-on-transfer",
  smoke: true,
  story: (story) => visitThreeAgents(story, { handovers }),
  expects: threeParts(handovers, "ok"),
});
