// Proves R4, R6, R7, R21, R22: a site while everything goes wrong that can, another one for each
// seed.
import { playSwarm, scenario, swarmSettings } from "../language/index.ts";

export default scenario({
  name: "swarm/everything",
  title: "A site while everything goes wrong that can",
  proves: ["R4", "R6", "R7", "R21", "R22"],
  ...swarmSettings("everything"),
  story: (story) => playSwarm("everything", story),
});
