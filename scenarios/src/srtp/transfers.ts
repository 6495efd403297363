// Proves R22: each part of a call that changes hands has keys of its own.
import { scenario } from "../language/index.ts";
import { threeParts, visitThreeAgents } from "../language/three-agents.ts";

const HANDOVERS = ["blind", "supervised"] as const;

export default scenario({
  name: "srtp/transfers",
  title: "Three agents one after the other, a consultation among them, all by SRTP",
  proves: ["R22"],
  site: { srtp: true },
  sipTls: true,
  story: (story) => visitThreeAgents(story, { handovers: HANDOVERS }),
  expects: threeParts(HANDOVERS, "ok"),
});
