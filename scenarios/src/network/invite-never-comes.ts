// Proves R23, R2: an accepted request without a SIP call is told as what it is.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "network/invite-never-comes",
  title: "The IP Office accepts the request, but its INVITE never arrives",
  proves: ["R2", "R23"],
  fieldFault: "recorder-unreachable",
  async story({ caller, agent, talk, oddities }) {
    oddities.sip.inviteNever = true;
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await talk({ seconds: 20, liveSeconds: 12 });
    await alice.hangsUp();
  },
  expects: { recordings: [], failedParts: ["no-invite"] },
});
