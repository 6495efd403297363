// Proves R9, R10, R7: a site under every oddity of SIP, RTP and DevLink3, and a bad network,
// another one for each seed.
import { playSwarm, scenario, swarmSettings } from "../language/index.ts";

export default scenario({
  name: "swarm/bad-network",
  title: "A site under every oddity of SIP, RTP and DevLink3, and a bad network",
  proves: ["R7", "R9", "R10"],
  ...swarmSettings("bad-network"),
  story: (story) => playSwarm("bad-network", story),
});
