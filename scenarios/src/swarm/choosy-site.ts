// Proves R13, R10: rules that want half of the calls, while the link is lost and the recorder
// killed, another site for each seed.
import { playSwarm, scenario, swarmSettings } from "../language/index.ts";

export default scenario({
  name: "swarm/choosy-site",
  title: "Rules want half of the calls, while the link is lost and the recorder killed",
  proves: ["R10", "R13"],
  ...swarmSettings("choosy-site"),
  story: (story) => playSwarm("choosy-site", story),
});
