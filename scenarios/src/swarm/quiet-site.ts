// Proves R4, R5, R6, R7, R21, R22: one or two calls and whatever people do with them, another one
// for each seed.
import { playSwarm, scenario, swarmSettings } from "../language/index.ts";

export default scenario({
  name: "swarm/quiet-site",
  title: "One or two calls and whatever people do with them",
  proves: ["R4", "R5", "R6", "R7", "R21", "R22"],
  ...swarmSettings("quiet-site"),
  story: (story) => playSwarm("quiet-site", story),
});
