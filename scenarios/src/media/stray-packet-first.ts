// Proves R15: one stray packet locks nobody out.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "media/stray-packet-first",
  title: "A foreign packet arrives before the first one of the call",
  proves: ["R15", "R4"],
  fieldFault: "wrong-source-locked",
  async story({ caller, agent, talk, oddities }) {
    oddities.sip.strayPacketsFirst = 1;
    oddities.sip.rtpDelayMs = 300;
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 10, liveSeconds: 2 });
    await alice.hangsUp();
  },
  expects: { recordings: [{ outcome: "ok", part: 1 }] },
});
