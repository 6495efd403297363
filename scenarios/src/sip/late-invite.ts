// Proves R2, R3: a late INVITE is answered, and belongs to its call all the same.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "sip/late-invite",
  title: "The INVITE comes 3 s after the request was accepted",
  proves: ["R2", "R3", "R7"],
  async story({ caller, agent, talk, oddities }) {
    oddities.sip.inviteDelayMs = 3_000;
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 10, liveSeconds: 2 });
    await alice.hangsUp();
  },
  expects: { recordings: [{ outcome: "ok", part: 1, extension: "2001", rung: 1 }] },
});
