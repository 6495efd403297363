// Proves R4, R6, R21: a site while the recorder is killed and loses its power, another one for each
// seed.
import { playSwarm, scenario, swarmSettings } from "../language/index.ts";

export default scenario({
  name: "swarm/crashy",
  title: "A site while the recorder is killed and loses its power",
  proves: ["R4", "R6", "R21"],
  ...swarmSettings("crashy"),
  story: (story) => playSwarm("crashy", story),
});
