// Proves R7: without a link the audio that the IP Office sends on its own is kept, as an orphan.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "devlink3/down-at-answer",
  title: "The link is down at the moment of answering: the audio is kept as an orphan",
  proves: ["R7"],
  fieldFault: "link-down-at-answer",
  modes: ["virtual"],
  notElsewhere: "live the link is back before a person could answer",
  site: { record: "always", recorder: "sip:recorder@192.0.2.10:5060" },
  async story({ caller, agent, talk, world }) {
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    world.allowsOnly(["sip", "rtp"]);
    world.loses({ link: true });
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 20 });
    await alice.hangsUp();
    await talk({ seconds: 45 });
    world.heals();
  },
  expects: { recordings: [{ rung: "orphan" }] },
});
