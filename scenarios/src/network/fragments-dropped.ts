// Proves R23: an INVITE that is lost in fragments is told as one that never came.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "network/fragments-dropped",
  title: "A firewall drops fragments: the long INVITE never arrives",
  proves: ["R23"],
  fieldFault: "fragmented-invite",
  relay: true,
  async story({ caller, agent, talk, world, oddities }) {
    world.loses({ maximumBytes: 1_472 });
    oddities.sip.invitePadBytes = 3_000;
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await talk({ seconds: 25 });
    await alice.hangsUp();
  },
  expects: { recordings: [], failedParts: ["no-invite"] },
});
