// Proves R4, R6: a site while the recorder's disks are slow, frozen, full or gone, another one for
// each seed.
import { playSwarm, scenario, swarmSettings } from "../language/index.ts";

export default scenario({
  name: "swarm/bad-disk",
  title: "A site while the recorder's disks are slow, frozen, full or gone",
  proves: ["R4", "R6"],
  ...swarmSettings("bad-disk"),
  story: (story) => playSwarm("bad-disk", story),
});
