// Proves R3, R5: SIP over TCP, with calls that are handed on, paused and listened to, while streams
// break and stall and the recorder is killed, another site for each seed.
import { playSwarm, scenario, swarmSettings } from "../language/index.ts";

export default scenario({
  name: "swarm/stream-sip",
  title: "SIP over TCP, while streams break and stall and the recorder is killed",
  proves: ["R3", "R5"],
  ...swarmSettings("stream-sip"),
  story: (story) => playSwarm("stream-sip", story),
});
