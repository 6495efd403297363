// Proves R16, R22, R7: calls one over the other, short of VCM channels, with transfers, pauses and
// listeners, another one for each seed.
import { playSwarm, scenario, swarmSettings } from "../language/index.ts";

export default scenario({
  name: "swarm/busy-site",
  title: "Calls one over the other, short of VCM channels, with transfers, pauses and listeners",
  proves: ["R7", "R16", "R22"],
  ...swarmSettings("busy-site"),
  story: (story) => playSwarm("busy-site", story),
});
