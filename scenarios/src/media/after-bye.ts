// Proves R4: what comes after the BYE is no part of the call.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "media/after-bye",
  title: "RTP goes on for a second after the BYE",
  proves: ["R4"],
  async story({ caller, agent, talk, oddities }) {
    oddities.sip.rtpAfterByeMs = 1_000;
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 6, liveSeconds: 2 });
    const bob = agent("2002");
    await alice.hangsUp();
    await caller("+4930222").calls("2002");
    await bob.answers();
    await bob.isBeingRecorded();
    await talk({ seconds: 6, liveSeconds: 2 });
    await bob.hangsUp();
  },
  expects: {
    recordings: [
      { outcome: "ok", part: 1, extension: "2001" },
      { outcome: "ok", part: 1, extension: "2002" },
    ],
  },
});
